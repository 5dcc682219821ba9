"""The pieces of image files, by position: segments of a JPEG, chunks of a PNG or WebP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SCAN = 0xDA


class Piece(NamedTuple):
    """A piece from `start` to `end`, of which `data_start` to `data_end` is content; a JPEG's name is its marker."""

    name: bytes
    start: int
    data_start: int
    data_end: int
    end: int


def jpeg_segments(content: bytes) -> Iterator[Piece]:
    """Yield the segments before the first scan (ITU-T T.81, annex B); the last one may be cut off."""
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        length = int.from_bytes(content[position + 2 : position + 4], "big")
        if marker == SCAN or length < 2:
            return
        end = position + 2 + length
        yield Piece(bytes([marker]), position, position + 4, end, end)
        position = end


def png_chunks(content: bytes) -> Iterator[Piece]:
    """Yield the chunks (W3C PNG, third edition, 5.3), checksums not looked at; the last one may be cut off."""
    position = len(PNG_SIGNATURE)
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        end = position + 8 + length
        yield Piece(content[position + 4 : position + 8], position, position + 8, end, end + 4)
        position = end + 4


def webp_chunks(content: bytes) -> Iterator[Piece]:
    """Yield the chunks of a RIFF file that are whole (RFC 9649, 2.3)."""
    position = 12
    while position + 8 <= len(content):
        length = int.from_bytes(content[position + 4 : position + 8], "little")
        end = position + 8 + length
        if end > len(content):
            return
        yield Piece(content[position : position + 4], position, position + 8, end, end + length % 2)
        position = end + length % 2

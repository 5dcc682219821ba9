"""What GIF files say beside their pixels: comment and application extensions (GIF89a, sections 24 and 26)."""

from __future__ import annotations

from pippin.apps.upscale.metadata.record import Metadata

EXTENSION, COMMENT, APPLICATION, IMAGE = 0x21, 0xFE, 0xFF, 0x2C
XMP = b"XMP DataXMP"


def read(content: bytes) -> Metadata:
    """Read a GIF file's metadata."""
    position = 13 + (3 << ((content[10] & 7) + 1) if content[10] & 0x80 else 0)
    comments, packet = list[bytes](), b""
    while position + 2 < len(content) and content[position] in (EXTENSION, IMAGE):
        if content[position] == IMAGE:
            flags = content[position + 9] if position + 9 < len(content) else 0
            _, position = _blocks(content, position + 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0))
            continue
        label, start = content[position + 1], position + 2
        data, position = _blocks(content, start)
        if label == COMMENT:
            comments.append(data)
        elif label == APPLICATION and data.startswith(XMP):
            packet = content[start + 12 :].partition(b"\1\xff\xfe")[0]  # not in blocks, but ended by a trailer
    return Metadata("gif", xmp=packet, comments=tuple(comments))


def _blocks(content: bytes, position: int) -> tuple[bytes, int]:
    """Join sub-blocks, and return where they end."""
    data = b""
    while position < len(content) and (length := content[position]):
        data += content[position + 1 : position + 1 + length]
        position += 1 + length
    return data, position + 1

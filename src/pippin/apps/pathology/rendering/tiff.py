"""Tiled TIFF files with a pyramid of levels, as slide scanners write them (TIFF 6.0, section 15; deflate)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pippin.core.files import write_bytes

TILE = 256
SHORT, LONG, RATIONAL = 3, 4, 5
_SIZES = {SHORT: "H", LONG: "I"}
Entry = tuple[int, int, Sequence[int]]


def write_tiff(path: Path, levels: Sequence[NDArray[np.uint8]], microns: float) -> None:
    """Write levels [H,W,3], the finest first, whose pixels are `microns` micrometres large in the finest."""
    content = bytearray(b"II*\0" + bytes(4))
    link = 4  # where the position of the next directory is written
    for number, level in enumerate(levels):
        offsets, counts = [], []
        for tile in _tiles(level):
            packed = zlib.compress(tile.tobytes(), 6)
            offsets.append(len(content))
            counts.append(len(packed))
            content += packed
        scale = microns * levels[0].shape[1] / level.shape[1]
        content += bytes(len(content) % 2)
        struct.pack_into("<I", content, link, len(content))
        link = _append_directory(content, _entries(level, number > 0, offsets, counts, scale))
    write_bytes(path, bytes(content))


def _tiles(level: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return tiles in rows, the last ones filled up with white."""
    height, width = level.shape[:2]
    padded = np.pad(level, ((0, -height % TILE), (0, -width % TILE), (0, 0)), constant_values=255)
    return [
        np.ascontiguousarray(padded[top : top + TILE, left : left + TILE])
        for top in range(0, height, TILE)
        for left in range(0, width, TILE)
    ]


def _entries(
    level: NDArray[np.uint8], is_reduced: bool, offsets: Sequence[int], counts: Sequence[int], microns: float
) -> list[Entry]:
    height, width = level.shape[:2]
    resolution = (round(1e4 / microns * 1000), 1000)  # pixels a centimetre
    return [
        (254, LONG, [int(is_reduced)]),
        (256, LONG, [width]),
        (257, LONG, [height]),
        (258, SHORT, [8, 8, 8]),
        (259, SHORT, [8]),  # deflate
        (262, SHORT, [2]),  # RGB
        (277, SHORT, [3]),
        (282, RATIONAL, resolution),
        (283, RATIONAL, resolution),
        (284, SHORT, [1]),
        (296, SHORT, [3]),  # centimetres
        (322, SHORT, [TILE]),
        (323, SHORT, [TILE]),
        (324, LONG, offsets),
        (325, LONG, counts),
    ]


def _append_directory(content: bytearray, entries: Sequence[Entry]) -> int:
    """Append an image file directory; returns where the position of the next one is to be written."""
    start = len(content)
    after = start + 2 + 12 * len(entries) + 4
    directory, more = bytearray(struct.pack("<H", len(entries))), bytearray()
    for tag, kind, values in entries:
        count = 1 if kind == RATIONAL else len(values)
        packed = struct.pack(f"<{len(values)}{_SIZES.get(kind, 'I')}", *values)
        if len(packed) > 4:
            field = struct.pack("<I", after + len(more))
            more += packed + bytes(len(packed) % 2)
        else:
            field = packed.ljust(4, b"\0")
        directory += struct.pack("<HHI", tag, kind, count) + field
    content += directory + bytes(4) + more
    return after - 4

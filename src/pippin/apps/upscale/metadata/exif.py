"""EXIF: patched where sizes, orientation and thumbnail changed; every other byte stays as it was."""

from __future__ import annotations

import struct
from collections.abc import Callable

from pippin.apps.upscale.metadata.ifd import EXIF, Entry, Layout, layout_of, read_directory

ORIENTATION, WIDTH, HEIGHT = 0x0112, 0x0100, 0x0101
PIXEL_WIDTH, PIXEL_HEIGHT, MAKER_NOTE = 0xA002, 0xA003, 0x927C
THUMBNAIL, THUMBNAIL_LENGTH = 0x0201, 0x0202
THUMBNAIL_SIDE = 160  # pixels (EXIF 2.32, 4.8.1: 160 x 120)


def stripped(content: bytes) -> bytes:
    """Return an EXIF block from its byte-order mark on: some kinds of file put "Exif" before it."""
    for sign in (b"II*\0", b"MM\0*"):
        if (position := content[:16].find(sign)) >= 0:
            return content[position:]
    return b""


def has_thumbnail(exif: bytes) -> bool:
    """Return whether a second directory follows, which is that of a small preview."""
    layout = layout_of(exif)
    first = read_directory(exif, layout, layout.first) if layout else None
    return bool(layout and first and first.next and read_directory(exif, layout, first.next))


def updated(exif: bytes, width: int, height: int, *, turned: bool, thumbnail: Callable[[int], bytes]) -> bytes:
    """Return the block with the sizes of the larger image, upright if it was `turned`, and a new thumbnail.

    `thumbnail` gives a JPEG file of at most so many pixels a side, or nothing; then the old one is left out.
    """
    layout, made = layout_of(exif), bytearray(exif)
    first = read_directory(exif, layout, layout.first) if layout else None
    if layout is None or first is None:
        return exif
    details = first.children.get(EXIF)
    for directory, tag, value in (
        (first, WIDTH, width),
        (first, HEIGHT, height),
        (details, PIXEL_WIDTH, width),
        (details, PIXEL_HEIGHT, height),
        *([(first, ORIENTATION, 1)] if turned else []),
    ):
        if directory is not None and tag in directory.entries:
            _set(made, layout, directory.entries[tag], value)
    if first.next:
        _replace_thumbnail(made, layout, first.next, thumbnail(THUMBNAIL_SIDE), turned=turned)
    return bytes(made)


def _set(made: bytearray, layout: Layout, entry: Entry, value: int) -> None:
    """Replace one whole number by another."""
    if entry.number != 1 or entry.type not in (3, 4):
        return
    kind = 4 if value > 0xFFFF else entry.type
    struct.pack_into(f"{layout.order}H", made, entry.field, kind)
    made[entry.start : entry.start + 4] = struct.pack(f"{layout.order}{'I' if kind == 4 else 'H'}", value).ljust(
        4, b"\0"
    )


def _replace_thumbnail(made: bytearray, layout: Layout, offset: int, jpeg: bytes, *, turned: bool) -> None:
    """Write a new thumbnail over the old one, or behind everything where it is longer."""
    second = read_directory(bytes(made), layout, offset)
    place = second.entries.get(THUMBNAIL) if second else None
    length = second.entries.get(THUMBNAIL_LENGTH) if second else None
    if second is None or not jpeg or place is None or length is None:
        return _unlink(made, layout)
    start, old = int(place.numbers(layout.order)[0]), int(length.numbers(layout.order)[0])
    within = start + old <= len(made)
    if within:
        made[start : start + old] = bytes(old)  # the old one, which may show what was cut away
    if not within or len(jpeg) > old:
        start = len(made)
        made += jpeg
    made[start : start + len(jpeg)] = jpeg
    _set(made, layout, place, start)
    _set(made, layout, length, len(jpeg))
    for tag in (WIDTH, HEIGHT):
        if tag in second.entries:
            _set(made, layout, second.entries[tag], _jpeg_side(jpeg, tag == WIDTH))
    if turned and ORIENTATION in second.entries:
        _set(made, layout, second.entries[ORIENTATION], 1)
    return None


def _unlink(made: bytearray, layout: Layout) -> None:
    """Unlink the directories that follow the first."""
    (count,) = struct.unpack_from(f"{layout.order}H", made, layout.first)
    struct.pack_into(f"{layout.order}I", made, layout.first + 2 + 12 * count, 0)


def _jpeg_side(jpeg: bytes, width: bool) -> int:
    """Return a JPEG file's width or height, from its frame header."""
    position = 2
    while position + 9 < len(jpeg):
        marker, length = jpeg[position + 1], int.from_bytes(jpeg[position + 2 : position + 4], "big")
        if marker in (0xC0, 0xC1, 0xC2):
            begin = position + (7 if width else 5)
            return int.from_bytes(jpeg[begin : begin + 2], "big")
        position += 2 + length
    return 0

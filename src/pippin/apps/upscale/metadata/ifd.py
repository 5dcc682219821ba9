"""TIFF's image file directories (TIFF 6.0, section 2; BigTIFF), which EXIF consists of, too."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
UNITS = {**SIZES, 5: 4, 10: 4}  # bytes whose order depends on the file's: a rational is two numbers
MAX_ENTRIES = 4096
MAX_DIRECTORIES = 64
EXIF, GPS, INTEROPERABILITY, SUB_IMAGES = 0x8769, 0x8825, 0xA005, 0x014A
USER_COMMENT, UNICODE = 0x9286, b"UNICODE\0"  # whose 16-bit characters are in the file's byte order, too
POINTERS = (EXIF, GPS, INTEROPERABILITY)


Buffer = bytes | mmap.mmap


class Layout(NamedTuple):
    """Byte order ("<" or ">"), whether offsets take 8 bytes (`big`), and the offset of the `first` directory."""

    order: str
    big: bool
    first: int

    @property
    def offset(self) -> str:
        """The `struct` format of an offset."""
        return f"{self.order}{'Q' if self.big else 'I'}"

    @property
    def width(self) -> int:
        """Bytes of an offset."""
        return 8 if self.big else 4


class Entry(NamedTuple):
    """One field: `data` as it lies in the file, from the offset `start`; its type and number of values from `field`."""

    tag: int
    type: int
    number: int
    data: bytes
    start: int = 0
    field: int = 0

    def numbers(self, order: str) -> tuple[float, ...]:
        """Return its values where they are whole numbers or rationals, else none."""
        code = {1: "B", 3: "H", 4: "I", 5: "II", 8: "h", 9: "i", 10: "ii", 12: "d", 13: "I", 16: "Q", 18: "Q"}
        if self.type not in code:
            return ()
        values = struct.unpack(f"{order}{code[self.type] * self.number}", self.data)
        if self.type in (5, 10):
            return tuple(a / b if b else 0.0 for a, b in zip(values[::2], values[1::2], strict=True))
        return values


@dataclass
class Directory:
    """A directory's entries by tag, its sub-directories by the tag that points at them, and the next one's offset."""

    entries: dict[int, Entry] = field(default_factory=dict)
    children: dict[int, Directory] = field(default_factory=dict)
    next: int = 0

    def number(self, tag: int, order: str, default: float = 0) -> float:
        """Return the first number of a field."""
        values = self.entries[tag].numbers(order) if tag in self.entries else ()
        return values[0] if values else default


def layout_of(content: Buffer) -> Layout | None:
    """Return how a TIFF or EXIF block is written; None where it is neither."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(content[:2]))
    if order is None or len(content) < 8:
        return None
    (magic,) = struct.unpack_from(f"{order}H", content, 2)
    if magic == 43 and len(content) >= 16:
        return Layout(order, True, struct.unpack_from(f"{order}Q", content, 8)[0])
    return Layout(order, False, struct.unpack_from(f"{order}I", content, 4)[0]) if magic == 42 else None


def read_directory(content: Buffer, layout: Layout, offset: int) -> Directory | None:
    """Return the directory at an offset, with EXIF's sub-directories, or None; damaged fields are left out."""
    return _read(content, layout, offset, set())


def _read(content: Buffer, layout: Layout, offset: int, seen: set[int]) -> Directory | None:
    head, size = (8, 20) if layout.big else (2, 12)
    if offset < 8 or offset + head > len(content) or offset in seen or len(seen) > MAX_DIRECTORIES:
        return None
    seen.add(offset)
    (count,) = struct.unpack_from(f"{layout.order}{'Q' if layout.big else 'H'}", content, offset)
    end = offset + head + size * count
    if count > MAX_ENTRIES or end > len(content):
        return None
    found = Directory()
    for index in range(offset + head, end, size):
        entry = _entry(content, layout, index)
        if entry is None:
            continue
        found.entries.setdefault(entry.tag, entry)
        if entry.tag in POINTERS and entry.numbers(layout.order):
            child = _read(content, layout, int(entry.numbers(layout.order)[0]), seen)
            if child is not None:
                found.children[entry.tag] = child
    if end + layout.width <= len(content):
        (found.next,) = struct.unpack_from(layout.offset, content, end)
    return found


def _entry(content: Buffer, layout: Layout, position: int) -> Entry | None:
    tag, kind = struct.unpack_from(f"{layout.order}HH", content, position)
    (count,) = struct.unpack_from(layout.offset, content, position + 4)
    length = SIZES.get(kind, 0) * count
    start = position + 4 + layout.width
    if length > layout.width:
        (start,) = struct.unpack_from(layout.offset, content, start)
    if not length or start + length > len(content):
        return None
    return Entry(tag, kind, count, bytes(content[start : start + length]), start, position + 2)


def images_in(content: Buffer, layout: Layout) -> list[Directory]:
    """Return the directories of all images in a TIFF file: the first, its followers, and sub-images (SubIFDs)."""
    found, waiting, seen = list[Directory](), [layout.first], set[int]()
    while waiting and len(found) < MAX_DIRECTORIES:
        directory = _read(content, layout, waiting.pop(0), seen)
        if directory is None:
            continue
        found.append(directory)
        pointers = directory.entries.get(SUB_IMAGES)
        waiting += [int(value) for value in (pointers.numbers(layout.order) if pointers else ())]
        waiting += [directory.next] if directory.next else []
    return found


def reordered(entry: Entry, order: str, wanted: str) -> Entry:
    """Return the entry with its data in another byte order."""
    unit, start = UNITS[entry.type], 0
    if entry.tag == USER_COMMENT and entry.data.startswith(UNICODE):
        unit, start = 2, len(UNICODE)
    if order == wanted or unit == 1:
        return entry
    parts = [entry.data[index : index + unit][::-1] for index in range(start, len(entry.data), unit)]
    return entry._replace(data=entry.data[:start] + b"".join(parts))


def short(tag: int, value: int, order: str) -> Entry:
    """Return a field of one 16-bit number."""
    return Entry(tag, 3, 1, struct.pack(f"{order}H", value))


def raw(tag: int, data: bytes) -> Entry:
    """Return a field of bytes without a meaning of TIFF's own."""
    return Entry(tag, 7, len(data), data)


def build(directory: Directory, layout: Layout, start: int) -> bytes:
    """Build a directory and all below it as bytes to lie at `start`; each entry's data in the layout's order."""
    tags = sorted({**directory.entries, **dict.fromkeys(directory.children)})
    head, size = (8, 20) if layout.big else (2, 12)
    table = struct.pack(f"{layout.order}{'Q' if layout.big else 'H'}", len(tags))
    after, position = b"", start + head + size * len(tags) + layout.width
    for tag in tags:
        entry, rest = _placed(directory, tag, layout, position + len(after))
        table += struct.pack(f"{layout.order}HH", entry.tag, entry.type) + struct.pack(layout.offset, entry.number)
        table += entry.data.ljust(layout.width, b"\0")
        after += rest
    return table + struct.pack(layout.offset, directory.next) + after


def _placed(directory: Directory, tag: int, layout: Layout, end: int) -> tuple[Entry, bytes]:
    """Return a field with what stands in its table, and the bytes that follow the table at `end` for it."""
    padding = bytes(-end % 8)
    offset = struct.pack(layout.offset, end + len(padding))
    if tag in directory.children:
        child = build(directory.children[tag], layout, end + len(padding))
        return Entry(tag, 18 if layout.big else 4, 1, offset), padding + child
    entry = directory.entries[tag]
    if len(entry.data) <= layout.width:
        return entry, b""
    return entry._replace(data=offset), padding + entry.data


def block(directory: Directory, order: str) -> bytes:
    """Return a directory as an EXIF block: a TIFF file without an image."""
    head = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8)
    return head + build(directory, Layout(order, False, 8), 8)


def without(directory: Directory, tags: Mapping[int, object] | frozenset[int]) -> Directory:
    """Return the directory without some of its fields; no other follows it."""
    entries = {tag: entry for tag, entry in directory.entries.items() if tag not in tags and tag not in POINTERS}
    return Directory(entries, dict(directory.children))

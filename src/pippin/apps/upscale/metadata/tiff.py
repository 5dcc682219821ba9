"""What TIFF files say beside their pixels: tags (TIFF 6.0), which become an EXIF block and come back from it."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from pippin.apps.upscale.metadata import photoshop
from pippin.apps.upscale.metadata.exif import MAKER_NOTE, ORIENTATION
from pippin.apps.upscale.metadata.ifd import (
    EXIF,
    POINTERS,
    SUB_IMAGES,
    Directory,
    Entry,
    block,
    build,
    layout_of,
    raw,
    read_directory,
    reordered,
    short,
    without,
)
from pippin.apps.upscale.metadata.record import (
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
    Metadata,
    Resolution,
    resolution_of,
)

XMP, IPTC, PHOTOSHOP, PROFILE, LAYERS, CREDENTIALS = 0x02BC, 0x83BB, 0x8649, 0x8773, 0x935C, 0xCD41
PIXEL_SCALE, TIE_POINTS, TRANSFORMATION = 0x830E, 0x8482, 0x85D8  # GeoTIFF 1.1, annex B
# How pixels are stored: the encoder's business.
ENCODING = frozenset(
    {
        *range(254, 260),
        262,
        263,
        264,
        265,
        266,
        273,
        274,
        277,
        278,
        279,
        280,
        281,
        284,
        288,
        289,
        290,
        291,
        292,
        293,
        301,
    }
    | {
        317,
        320,
        321,
        *range(322, 329),
        SUB_IMAGES,
        332,
        333,
        334,
        336,
        338,
        339,
        340,
        341,
        342,
        343,
        344,
        345,
        346,
        347,
    }
    | {*range(512, 522), 529, 530, 531, 532, 559, 32995, 32996, 32997, 32998, 34016, 34017, 34018, 34019, 34020, 34021}
)
ELSEWHERE = frozenset({XMP, IPTC, PHOTOSHOP, PROFILE, LAYERS, CREDENTIALS})
RESOLUTIONS = frozenset({X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT})
MAX_CLASSIC = 2**32 - 1


def read(content: bytes) -> Metadata:
    """Read a TIFF file's metadata; its tags become an EXIF block."""
    layout = layout_of(content)
    first = read_directory(content, layout, layout.first) if layout else None
    if layout is None or first is None:
        return Metadata("tif")
    notes = []
    if LAYERS in first.entries:
        notes.append("its Photoshop layers were left out")
    if CREDENTIALS in first.entries:
        notes.append("its content credentials (C2PA) were left out, since they vouch for other pixels")
    if SUB_IMAGES in first.entries or first.next:
        notes.append("smaller copies of the image in it were left out")
    if _without_maker_note(first):
        notes.append("its maker note, which refers to offsets in the file, was left out")
    kept = without(first, (ENCODING - {ORIENTATION}) | ELSEWHERE)
    resources = first.entries[PHOTOSHOP].data if PHOTOSHOP in first.entries else b""
    if IPTC in first.entries and not photoshop.iptc(resources):
        resources += photoshop.of_iptc(_swapped_longs(first.entries[IPTC], layout.order))
    packet = first.entries[XMP].data if XMP in first.entries else b""
    exif = block(kept, layout.order) if kept.entries or kept.children else b""
    return Metadata("tif", exif, packet.strip(b"\0"), resources, resolution=resolution_of(content), notes=tuple(notes))


def _without_maker_note(directory: Directory) -> bool:
    """Remove a camera's own data, whose offsets would no longer hold; returns whether there were any."""
    details = directory.children.get(EXIF)
    return details is not None and details.entries.pop(MAKER_NOTE, None) is not None


def _swapped_longs(entry: Entry, order: str) -> bytes:
    """Return IPTC records, which many programs call 32-bit numbers, so that they may lie in another byte order."""
    data = reordered(entry, order, ">").data if entry.type == 4 and entry.data[:1] != b"\x1c" else entry.data
    return data.rstrip(b"\0") if entry.type == 4 else data


def embed(path: Path, metadata: Metadata, factor: float, *, turned: bool) -> list[str]:
    """Add metadata to a TIFF file as libvips wrote it: a new directory at its end replaces the first."""
    lost = list[str]()
    with path.open("rb+") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        layout = layout_of(content)
        directory = read_directory(content, layout, layout.first) if layout else None
        assert layout is not None
        assert directory is not None
        told = _build_directory(metadata, layout.order)
        if metadata.kind != "tif" and _without_maker_note(told):
            lost.append("its maker note, which refers to offsets in EXIF data, was left out")
        lost += _scale_ground(told, factor, layout.order, turned=turned)
        for tag in RESOLUTIONS:
            directory.entries.pop(tag, None)
        resolution = {} if X_RESOLUTION in told.entries else _resolution(metadata.resolution, layout.order)
        directory.entries.update({**told.entries, **resolution, **_blocks(metadata)})
        directory.children.update(told.children)
        directory.next = 0
        end = len(content) + -len(content) % 8
        added = build(directory, layout, end)
    if not layout.big and end + len(added) > MAX_CLASSIC:
        return ["there was no room for its metadata, which were left out"]
    with path.open("rb+") as file:
        file.seek(end)
        file.write(added)
        file.seek(8 if layout.big else 4)
        file.write(struct.pack(layout.offset, end))
    return lost


def _build_directory(metadata: Metadata, order: str) -> Directory:
    """Return the tags of an EXIF block, but those that say how pixels are stored, in a byte order."""
    layout = layout_of(metadata.exif)
    first = read_directory(metadata.exif, layout, layout.first) if layout else None
    if layout is None or first is None:
        return Directory()
    return _in_order(without(first, ENCODING | ELSEWHERE), layout.order, order)


def _in_order(directory: Directory, order: str, wanted: str) -> Directory:
    return Directory(
        {tag: reordered(entry, order, wanted) for tag, entry in directory.entries.items() if tag not in POINTERS},
        {tag: _in_order(child, order, wanted) for tag, child in directory.children.items()},
    )


def _resolution(resolution: Resolution | None, order: str) -> dict[int, Entry]:
    """Return the fields that TIFF wants of every file: per inch, or only the shape of a pixel."""
    x, y = (1.0, 1.0) if resolution is None else resolution.dpi if resolution.absolute else (resolution.x, resolution.y)
    unit = 2 if resolution and resolution.absolute else 1
    found = {RESOLUTION_UNIT: short(RESOLUTION_UNIT, unit, order)}
    for tag, value in ((X_RESOLUTION, x), (Y_RESOLUTION, y)):
        numbers = Fraction(value).limit_denominator(10_000)
        found[tag] = Entry(tag, 5, 1, struct.pack(f"{order}II", numbers.numerator, numbers.denominator))
    return found


def _blocks(metadata: Metadata) -> dict[int, Entry]:
    """Return the fields that hold whole blocks of another standard."""
    found = {XMP: Entry(XMP, 1, len(metadata.xmp), metadata.xmp)} if metadata.xmp else {}
    if metadata.photoshop:
        found[PHOTOSHOP] = Entry(PHOTOSHOP, 1, len(metadata.photoshop), metadata.photoshop)
    if records := photoshop.iptc(metadata.photoshop):
        found[IPTC] = raw(IPTC, records)
    return found


def _scale_ground(directory: Directory, factor: float, order: str, *, turned: bool) -> list[str]:
    """Scale the pixels' positions on the ground (GeoTIFF); returns notes on what had to be left out."""
    entries = directory.entries
    if turned and any(entries.pop(tag, None) for tag in (PIXEL_SCALE, TIE_POINTS, TRANSFORMATION)):
        return ["where it lies on the ground (GeoTIFF) was left out, since it was turned upright"]
    every = {PIXEL_SCALE: lambda position: position < 2, TRANSFORMATION: lambda position: position % 4 < 2}
    for tag, is_scaled in every.items():
        _multiply(entries, tag, 1 / factor, is_scaled, order)
    _multiply(entries, TIE_POINTS, factor, lambda position: position % 6 < 2, order)
    return []


def _multiply(entries: dict[int, Entry], tag: int, by: float, which: Callable[[int], bool], order: str) -> None:
    """Multiply those doubles of a field that `which` names by their number."""
    entry = entries.get(tag)
    if entry is not None and entry.type == 12:
        values = [value * by if which(index) else value for index, value in enumerate(entry.numbers(order))]
        entries[tag] = entry._replace(data=struct.pack(f"{order}{len(values)}d", *values))

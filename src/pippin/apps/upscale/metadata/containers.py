"""Metadata of any image file: read by what the file is, written into what it becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import IO

from pippin.apps.upscale.metadata import gif, jpeg, png, tiff, webp
from pippin.apps.upscale.metadata.exif import stripped
from pippin.apps.upscale.metadata.record import INCH, Metadata, Resolution
from pippin.apps.upscale.metadata.sizes import Sizes

READERS = {
    b"\xff\xd8": jpeg.read,
    b"\x89P": png.read,
    b"GI": gif.read,
    b"RI": webp.read,
    b"II": tiff.read,
    b"MM": tiff.read,
}
GAIN_MAP_ITEMS = (b"aux:hdrgainmap", b"tmap")


def read(content: bytes, exif: bytes = b"", xmp: bytes = b"") -> Metadata:
    """Read a file's metadata; `exif` and `xmp` are what a decoder found in kinds not read here (HEIF)."""
    reader = READERS.get(content[:2])
    if content[4:8] == b"ftyp":
        notes = ("its HDR gain map was left out",) if any(item in content[:65_536] for item in GAIN_MAP_ITEMS) else ()
        return Metadata("heif", stripped(exif), xmp, notes=notes)
    if content[:2] == b"BM":
        x, y = (int.from_bytes(content[position : position + 4], "little") for position in (38, 42))
        return Metadata("bmp", resolution=Resolution(x, y) if x and y else None)
    return reader(content) if reader else Metadata()


def losses(metadata: Metadata, kind: str) -> list[str]:
    """Return the metadata a file of `kind` has no room for."""
    lost = list[str]()
    if metadata.kind == "png" and kind != "png":
        lost += [f"{what} cannot be kept there" for what in png.words(metadata)]
    if metadata.kind == "webp" and kind != "webp" and metadata.chunks:
        lost.append("what programs of their own put into it was left out")
    if metadata.kind == "jpg" and kind != "jpg" and metadata.segments:
        lost.append("what cameras put into segments of their own was left out")
    if metadata.comments and kind not in ("jpg", "png"):
        lost.append("its comment was left out")
    if metadata.photoshop and kind == "webp":
        lost.append("its IPTC data were left out")
    if kind == "webp" and metadata.resolution and metadata.resolution.absolute and not metadata.exif:
        lost.append(f"its resolution ({metadata.resolution.x * INCH:.0f} dpi) was left out")
    return lost


def embed(encoded: IO[bytes] | None, path: Path, kind: str, metadata: Metadata, sizes: Sizes) -> list[str]:
    """Write a file of `kind` to `path` from what libvips wrote, with metadata; a TIFF lies at `path` already."""
    metadata = replace(metadata, chunks=metadata.chunks if metadata.kind == kind else ())
    metadata = replace(metadata, segments=metadata.segments if metadata.kind == kind else ())
    if encoded is None:
        return tiff.embed(path, metadata, sizes.factor, turned=sizes.turned)
    with path.open("wb") as target:
        if kind == "jpg":
            return jpeg.embed(encoded, target, metadata)
        if kind == "png":
            return png.embed(encoded, target, metadata)
        return webp.embed(encoded, target, metadata, sizes.width, sizes.height)

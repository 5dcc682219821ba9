"""Write an enlarged image as a file of any kind, with its metadata and the mark of what it was made of."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from pippin.apps.upscale import metadata
from pippin.apps.upscale.image_formats import with_profile
from pippin.apps.upscale.image_io import Array, Photograph, sentence
from pippin.apps.upscale.metadata import Sizes, xmp
from pippin.apps.upscale.provenance import marked, seal
from pippin.apps.upscale.vips import pyvips
from pippin.core.errors import PippinError
from pippin.core.provenance import Provenance

WRITERS: dict[str, tuple[str, dict[str, Any], int]] = {
    "jpg": ("image/jpeg", {"Q": 95, "subsample_mode": "off"}, 65_535),
    "png": ("image/png", {"compression": 6}, 2**31 - 1),
    "tif": ("image/tiff", {"compression": "deflate", "predictor": "horizontal"}, 2**31 - 1),
    "webp": ("image/webp", {"Q": 95, "smart_subsample": True}, 16_383),
}
MAX_CLASSIC_TIFF = 4_000_000_000  # bytes of pixels; a larger file needs BigTIFF, which fewer programs read


def kind_of(path: Path, usual: str) -> str:
    """Return the kind of file to write: by the path's suffix, else the usual; PippinError if it cannot be written."""
    named = path.suffix[1:].lower()
    kind = {"jpeg": "jpg", "tiff": "tif", "": usual}.get(named, named)
    if kind not in WRITERS:
        raise PippinError(f"An image can be written as {', '.join(WRITERS)}, not as {named}.", input=path)
    return kind


def refuse_too_large(photograph: Photograph, size: tuple[int, int], kind: str, folder: Path) -> None:
    """Refuse a result that does not fit into the file format, or on the disk (as raw numbers, on its way)."""
    height, width = size
    name, most = photograph.name, WRITERS[kind][2]
    what = f"{name} would become {width:,} x {height:,} pixels"
    if max(height, width) > most:
        raise PippinError(f"{what}, and a {kind} file holds {most:,} a side at most; write a png.", input=name)
    needed = height * width * photograph.image.bands * np.dtype(photograph.dtype).itemsize
    free = shutil.disk_usage(folder).free
    if needed > free:
        message = f"{what} and need {needed / 1e9:.1f} GB on the way; {folder} has {free / 1e9:.1f} GB free"
        raise PippinError(f"{message}.", input=name)


def write_photograph(
    photograph: Photograph,
    slabs: Iterable[Array],
    size: tuple[int, int],
    kind: str,
    path: Path,
    provenance: Provenance | None = None,
) -> tuple[str, ...]:
    """Write the rows of an image of `size` (height, width) to `path`, with the metadata of the photograph.

    With `provenance` the file is marked. Returns sentences on what it could not hold.
    """

    def encode(encoded: IO[bytes]) -> None:
        with _nameless(path.parent) as (raw, name):
            for slab in slabs:
                raw.write(np.ascontiguousarray(slab).tobytes())
            raw.flush()
            with path.open("wb+") if kind == "tif" else nullcontext(encoded) as file:
                _encode(photograph, name, size, kind, file, path)

    return write_with_metadata(photograph, encode, size, kind, path, provenance)


def write_with_metadata(
    photograph: Photograph,
    encode: Callable[[IO[bytes]], None],
    size: tuple[int, int],
    kind: str,
    path: Path,
    provenance: Provenance | None,
) -> tuple[str, ...]:
    """Write what `encode` writes to `path`, with metadata and mark; returns sentences on what it could not hold."""
    with _nameless(path.parent) as (encoded, _):
        encode(encoded)
        lost = _add_metadata(photograph, size, kind, encoded, path, provenance)
    if provenance is not None:
        seal(path)
    return (*notes_on(photograph, kind), *map(sentence, lost))


def _encode(photograph: Photograph, name: str, size: tuple[int, int], kind: str, file: IO[bytes], path: Path) -> None:
    """Write raw rows as a file of a kind by libvips, with nothing but their colour profile."""
    source, (height, width) = photograph.image, size
    options = {"format": source.format, "interpretation": source.interpretation, "access": "sequential"}
    writing = {**WRITERS[kind][1], "keep": "icc"}
    if kind == "tif" and height * width * source.bands * np.dtype(photograph.dtype).itemsize > MAX_CLASSIC_TIFF:
        writing["bigtiff"] = True
    try:
        image = with_profile(pyvips.Image.rawload(name, width, height, source.bands, **options), source)
        if kind == "jpg" and photograph.alpha:
            image = image.flatten(background=np.iinfo(photograph.dtype).max)
        # By its number, for libvips takes no name that is not UTF-8.
        image.write_to_target(pyvips.Target.new_to_descriptor(file.fileno()), f".{kind}", **writing)
    except pyvips.Error as problem:
        _raise_unwritable(path, problem)


def _add_metadata(
    photograph: Photograph,
    size: tuple[int, int],
    kind: str,
    encoded: IO[bytes],
    path: Path,
    provenance: Provenance | None,
) -> list[str]:
    """Add the photograph's metadata, and the mark, to what libvips wrote; returns what was left out."""
    sizes = Sizes(size[1], size[0], size[1] / photograph.size[1], photograph.turned)
    told, lost = photograph.metadata.updated(kind, sizes, upright=photograph.upright, thumbnail=photograph.preview)
    if provenance is not None:
        packet = marked(told.xmp, provenance)
        if kind == "jpg" and not metadata.fits_jpeg(packet):
            packet = xmp.without_padding(packet)
        if kind == "jpg" and not metadata.fits_jpeg(packet):
            packet = marked(b"", provenance)
            lost.append("its XMP data are too large for a JPEG and were left out")
        told = replace(told, xmp=packet)
    return lost + metadata.embed(None if kind == "tif" else encoded, path, kind, told, sizes)


@contextmanager
def _nameless(folder: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Yield a file that is gone with this process, where the system has such, and its path for libvips."""
    if Path("/proc/self/fd").exists():
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file, f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".rows-") as file:
            yield file, file.name


def notes_on(photograph: Photograph, kind: str) -> tuple[str, ...]:
    """Return notes on what of the image the kind of file cannot hold."""
    lost = []
    if kind == "jpg" and photograph.alpha:
        lost.append("JPEG knows no transparency, so it became white")
    if kind in ("jpg", "webp") and photograph.dtype == np.uint16:
        lost.append("16 bits became 8")
    lost += metadata.losses(photograph.metadata, kind)
    return tuple(map(sentence, lost))


def _raise_unwritable(path: Path, problem: Exception) -> NoReturn:
    """Raise the system's error, which libvips tells in words only."""
    told = " ".join(str(problem).split())
    if "No space left" in told:
        raise OSError(errno.ENOSPC, told) from problem
    raise PippinError(f"The larger image cannot be written ({told[:80]}).", input=path) from problem

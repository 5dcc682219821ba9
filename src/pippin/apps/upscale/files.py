"""Read and write image files of any kind, with their metadata, transparency and depth.

libvips reads and writes it row by row, so that a picture need not fit into memory.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from pippin.apps.upscale import metadata
from pippin.apps.upscale.formats import blob, by_heif, by_pillow, cut_off, with_profile
from pippin.apps.upscale.metadata import Metadata, Sizes, xmp
from pippin.apps.upscale.previews import preview
from pippin.apps.upscale.provenance import marked, seal
from pippin.apps.upscale.raw import refuse_unfit
from pippin.core.errors import PippinError, missing_extra, unforeseen
from pippin.core.kinds import Input
from pippin.core.provenance import Provenance

try:
    import pyvips
except (ImportError, OSError) as problem:
    raise missing_extra("pyvips", "upscale", "Reading and writing photographs") from problem

Array = np.ndarray
Vips = Any  # pyvips has no types

pyvips.cache_set_max(0)  # or it gives back what a file of the same name held before
logging.getLogger("pyvips").addHandler(logging.NullHandler())

LEAST = 4  # pixels a side; less is no picture
# libvips' loaders that need no other program (and two of ours), by the format we write in return.
FORMATS = {
    "jpegload": "jpg",
    "pngload": "png",
    "tiffload": "tif",
    "webpload": "webp",
    "heifload": "jpg",
    "gifload": "png",
    "simple": "png",
}
UPRIGHT = ("heifload",)  # what comes upright from them, whatever EXIF says
NOTES = {"heifload": "it is written as {kind}, which everything can read, unless --format says otherwise"}
NAMES = {"jpg": "JPEG (8 bits)", "png": "PNG"}
CUT_OFF = "the file is cut off or damaged; what can be read of it was used, the rest is blank"
SLAB = 128  # rows
WRITERS: dict[str, tuple[str, dict[str, Any], int]] = {
    "jpg": ("image/jpeg", {"Q": 95, "subsample_mode": "off"}, 65_535),
    "png": ("image/png", {"compression": 6}, 2**31 - 1),
    "tif": ("image/tiff", {"compression": "deflate", "predictor": "horizontal"}, 2**31 - 1),
    "webp": ("image/webp", {"Q": 95, "smart_subsample": True}, 16_383),
}
MAX_CLASSIC_TIFF = 4_000_000_000  # bytes of pixels; a larger file needs BigTIFF, which fewer programs read
ADVICE = "give a JPEG, PNG, TIFF, WebP, HEIC, GIF, BMP or PNM picture"


@dataclass(frozen=True)
class Photograph:
    """An opened picture, not yet decoded: `image` has 1 or 3 bands of 8 or 16 bits, and alpha after them.

    `turned` says that it lies on its side as its EXIF data tell, `upright` that what they say of that no longer holds
    in the result; `notes` are sentences a user should know of; `preview` makes a JPEG of so many pixels a side.
    """

    name: str
    image: Vips
    format: str
    turned: bool = False
    notes: tuple[str, ...] = ()
    upright: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    preview: Callable[[int], bytes] = lambda side: b""

    @property
    def alpha(self) -> bool:
        """Whether the last band tells how opaque it is."""
        return bool(self.image.hasalpha())

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, once it is upright."""
        upright = self.image.autorot() if self.turned else self.image
        return upright.height, upright.width

    @property
    def dtype(self) -> type[np.unsignedinteger[Any]]:
        """Of its pixels: 8 or 16 bits."""
        return np.uint8 if self.image.format == "uchar" else np.uint16

    def rows(self) -> Iterator[Array]:
        """Its rows from top to bottom, in slabs [h,W,bands]; PippinError where it cannot be decoded. Once only."""
        try:
            # What comes in rows cannot be read again for its columns; so a turned one is decoded at once.
            image = self.image.copy_memory().autorot() if self.turned else self.image
            region = pyvips.Region.new(image)
            for top in range(0, image.height, SLAB):
                height = min(SLAB, image.height - top)
                content = region.fetch(0, top, image.width, height)
                yield np.frombuffer(content, self.dtype).reshape(height, image.width, image.bands)
        except pyvips.Error as problem:
            raise _damaged(self.name, problem) from problem


def open_photograph(input: Input) -> Photograph:
    """Open a picture by its content; PippinError for what is missing, damaged, animated, RAW or no picture."""
    try:
        return _photograph(input)
    except PippinError:
        raise
    except Exception as problem:  # whatever a library raises, to a user it is one fact
        if os.environ.get("PIPPIN_DEBUG"):
            raise
        raise PippinError(unforeseen(input.name, problem), input=input.name) from problem


def _photograph(input: Input) -> Photograph:
    content = input.read()
    refuse_unfit(input.name, content)
    image = _opened(input, content)
    loader = _loader(image)
    _refuse_odd(input, image, loader, content)
    lies = bool(image.get_typeof("orientation")) and 1 < image.get("orientation") <= 8
    upright = loader in UPRIGHT
    plain, note = _plain(input, image)
    told = metadata.read(content, blob(image, "exif-data"), blob(image, "xmp-data"))
    kind = "png" if loader in UPRIGHT and plain.hasalpha() else FORMATS[loader]
    written = NOTES[loader].format(kind=NAMES[kind]) if loader in NOTES else ""
    is_cut_off = told.cut_off if told.kind == "jpg" else cut_off(content)  # a JPEG was gone through already
    notes = [CUT_OFF if is_cut_off else "", note, written, *told.notes]
    return Photograph(
        input.name,
        plain,
        kind,
        lies and not upright,
        tuple(sentence(note) for note in notes if note),
        upright or lies,
        told,
        lambda side: preview(input, side),
    )


def _loader(image: Vips) -> str:
    name: str = image.get("vips-loader")
    return name.removesuffix("_source").removesuffix("_buffer")


def _opened(input: Input, content: bytes) -> Vips:
    if not content:
        raise PippinError(f"{input.name} is empty (0 bytes); copy it again or remove it.", input=input.name)
    try:
        if content.startswith(b"\xff\xd8\xff"):  # or a picture with a gain map would be one of another kind
            return pyvips.Image.jpegload_buffer(content, access="sequential")
        image = pyvips.Image.new_from_buffer(content, "", access="sequential")
        if _loader(image) == "heifload" and image.get("heif-compression") != "av1":
            return by_heif(content)  # what telephones write, which this libvips cannot decode
        if _loader(image) == "tiffload":  # which tells of damage only when it is asked to
            return pyvips.Image.tiffload_buffer(content, access="sequential", fail_on="error")
        return image
    except (pyvips.Error, OSError, ValueError, RuntimeError) as problem:
        simple = by_pillow(content)
        if simple is not None:
            return simple
        message = f"{input.name} is damaged, or no picture Pippin can enlarge; {ADVICE}."
        raise PippinError(message, input=input.name) from problem


def _refuse_odd(input: Input, image: Vips, loader: str, content: bytes) -> None:
    if loader not in FORMATS:
        raise PippinError(f"{input.name} is not a picture Pippin can enlarge; {ADVICE}.", input=input.name)
    pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
    if loader == "pngload" and b"acTL" in content[: content.find(b"IDAT")]:
        pages = "several"
    if pages != 1:
        what = "pictures" if loader == "tiffload" else "frames"
        raise PippinError(f"{input.name} holds {pages} {what}; save each as a file of its own.", input=input.name)
    if min(image.width, image.height) < LEAST:
        advice = f"give a picture of at least {LEAST} x {LEAST}"
        raise PippinError(f"{input.name} is only {image.width} x {image.height} pixels; {advice}.", input=input.name)


def _plain(input: Input, image: Vips) -> tuple[Vips, str]:
    """The picture in grey or RGB of 8 or 16 bits, and what was done to it, if anything."""
    if image.interpretation == "cmyk":
        try:
            made = image.icc_transform("srgb", embedded=True, input_profile="cmyk")
        except pyvips.Error as problem:
            raise _damaged(input.name, problem) from problem
        return made, "CMYK became RGB (sRGB)"
    colours = {"srgb": 3, "rgb16": 3, "b-w": 1, "grey16": 1}.get(image.interpretation, 0)
    if image.format not in ("uchar", "ushort") or image.bands not in (colours, colours + 1) or not colours:
        what = f"{image.bands} channels of {image.interpretation} ({image.format})"
        raise PippinError(f"{input.name} holds {what}; save it as RGB of 8 or 16 bits.", input=input.name)
    return image, ""


def _damaged(name: str, problem: Exception) -> PippinError:
    told = " ".join(str(problem).split())[:80]
    return PippinError(f"{name} is damaged ({told}); copy it again or remove it.", input=name)


def kind_of(path: Path, usual: str) -> str:
    """The kind of file to write: as the path's suffix says, else the usual; PippinError for one that is not written."""
    named = path.suffix[1:].lower()
    kind = {"jpeg": "jpg", "tiff": "tif", "": usual}.get(named, named)
    if kind not in WRITERS:
        raise PippinError(f"A picture can be written as {', '.join(WRITERS)}, not as {named}.", input=path)
    return kind


def refuse_too_large(photograph: Photograph, size: tuple[int, int], kind: str, folder: Path) -> None:
    """Say so where the result does not fit into the file format, or on the disk (as raw numbers, on its way)."""
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
    """Write the rows of a picture of `size` (height, width) to `path`, with the metadata of the photograph.

    With `provenance` the file is marked. Returns sentences on what it could not hold.
    """
    with _nameless(path.parent) as (encoded, _):
        with _nameless(path.parent) as (raw, name):
            for slab in slabs:
                raw.write(np.ascontiguousarray(slab).tobytes())
            raw.flush()
            with path.open("wb+") if kind == "tif" else nullcontext(encoded) as file:
                _encode(photograph, name, size, kind, file, path)
        lost = _add_metadata(photograph, size, kind, encoded, path, provenance)
    if provenance is not None:
        seal(path)
    return (*notes_on(photograph, kind), *map(sentence, lost))


def _encode(photograph: Photograph, name: str, size: tuple[int, int], kind: str, file: IO[bytes], path: Path) -> None:
    """Let libvips write raw rows as a file of a kind, with nothing but their colour profile."""
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
    """Put what the photograph says, and the mark, around what libvips wrote; returns what was left out."""
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
    """A file that is gone with this process, however it ends, where the system has such; and how libvips finds it."""
    if Path("/proc/self/fd").exists():
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file, f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".rows-") as file:
            yield file, file.name


def notes_on(photograph: Photograph, kind: str) -> tuple[str, ...]:
    """What the kind of file cannot hold of the picture."""
    lost = []
    if kind == "jpg" and photograph.alpha:
        lost.append("JPEG knows no transparency, so it became white")
    if kind in ("jpg", "webp") and photograph.dtype == np.uint16:
        lost.append("16 bits became 8")
    lost += metadata.losses(photograph.metadata, kind)
    return tuple(map(sentence, lost))


def sentence(words: str) -> str:
    """Words as a sentence."""
    return f"{words[0].upper()}{words[1:]}."


def _raise_unwritable(path: Path, problem: Exception) -> NoReturn:
    """libvips tells the system's error in words only."""
    told = " ".join(str(problem).split())
    if "No space left" in told:
        raise OSError(errno.ENOSPC, told) from problem
    raise PippinError(f"The larger picture cannot be written ({told[:80]}).", input=path) from problem

"""Any picture file in, the same kind of file out, with its colour profile, EXIF, XMP, transparency and depth.

libvips reads and writes it row by row, so that a picture need not fit into memory.
"""

from __future__ import annotations

import errno
import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from pippin.apps.upscale.formats import by_heif, by_pillow, cut_off, told_of
from pippin.core.errors import PippinError, missing_extra
from pippin.core.kinds import Input

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
NOTES = {"heifload": "it is written as JPEG (8 bits), which everything can read, unless --format says otherwise"}
CUT_OFF = "the file is cut off or damaged; what can be read of it was used, the rest is blank"
SLAB = 128  # rows
WRITERS: dict[str, tuple[str, dict[str, Any], int]] = {
    "jpg": ("image/jpeg", {"Q": 95, "subsample_mode": "off"}, 65_535),
    "png": ("image/png", {"compression": 6}, 2**31 - 1),
    "tif": ("image/tiff", {"compression": "deflate", "predictor": "horizontal", "bigtiff": True}, 2**31 - 1),
    "webp": ("image/webp", {"Q": 95, "smart_subsample": True}, 16_383),
}
TAIL = 65_536  # bytes in which a camera says what its file holds
ADVICE = "give a JPEG, PNG, TIFF, WebP, HEIC, GIF, BMP or PNM picture"


@dataclass(frozen=True)
class Photograph:
    """An opened picture, not yet decoded: `image` has 1 or 3 bands of 8 or 16 bits, and alpha after them.

    `turned` says that it lies on its side as its EXIF data tell; `notes` are sentences a user should know of.
    """

    name: str
    image: Vips
    format: str
    turned: bool = False
    notes: tuple[str, ...] = ()

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
    """Open a picture by its content; PippinError for what is missing, damaged, animated or no picture."""
    content = input.read()
    image = _opened(input, content)
    loader = _loader(image)
    _refuse_odd(input, image, loader, content)
    turned = loader not in UPRIGHT and image.get_typeof("orientation") and image.get("orientation") > 1
    plain, note = _plain(input, image)
    notes = [CUT_OFF if cut_off(content) else "", note, NOTES.get(loader, "")]
    if b"hdrgm:Version" in content[:TAIL]:
        notes.append("its HDR gain map was left out")
    told = tuple(sentence(note) for note in notes if note)
    return Photograph(input.name, plain, FORMATS[loader], bool(turned), told)


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
    usual = image.interpretation in ("srgb", "rgb16", "b-w", "grey16")
    if not usual or image.format not in ("uchar", "ushort") or image.bands > 4:
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
    photograph: Photograph, slabs: Iterable[Array], size: tuple[int, int], kind: str, path: Path
) -> None:
    """Write rows of `size` (height, width) to `path`, with what `told_of` takes over of the smaller picture."""
    height, width = size
    source = photograph.image
    with _nameless(path.parent) as (raw, name):
        for slab in slabs:
            raw.write(np.ascontiguousarray(slab).tobytes())
        raw.flush()
        options = {"format": source.format, "interpretation": source.interpretation, "access": "sequential"}
        try:
            image = told_of(pyvips.Image.rawload(name, width, height, source.bands, **options).copy(), source)
            if kind == "jpg" and photograph.alpha:
                image = image.flatten(background=np.iinfo(photograph.dtype).max)
            with path.open("wb+") as file:  # by its number, for libvips takes no name that is not UTF-8
                image.write_to_target(pyvips.Target.new_to_descriptor(file.fileno()), f".{kind}", **WRITERS[kind][1])
        except pyvips.Error as problem:
            _raise_unwritable(path, problem)


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
    if kind == "tif" and photograph.image.get_typeof("exif-data"):
        lost.append("its EXIF data do not go into a TIFF")
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

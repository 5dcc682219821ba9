"""Any picture file in, the same kind of file out, with its colour profile, EXIF, XMP, transparency and depth.

libvips reads and writes it row by row, so that a picture need not fit into memory.
"""

from __future__ import annotations

import errno
import io
import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from PIL import Image as Pillow

from pippin.core.errors import PippinError, missing_extra
from pippin.core.kinds import Input

try:
    import pyvips
except (ImportError, OSError) as problem:
    raise missing_extra("pyvips", "upscale", "Reading and writing photographs") from problem

Array = np.ndarray
Vips = Any  # pyvips has no types

logging.getLogger("pyvips").addHandler(logging.NullHandler())

LEAST = 4  # pixels a side; less is no picture
# libvips' loaders that need no other program, by the format we write in return; JPEG is what everything reads.
FORMATS = {
    "jpegload": "jpg",
    "pngload": "png",
    "tiffload": "tif",
    "webpload": "webp",
    "heifload": "jpg",
    "gifload": "png",
    "simple": "png",
}
WRITERS: dict[str, tuple[str, dict[str, Any], int]] = {
    "jpg": ("image/jpeg", {"Q": 95, "subsample_mode": "off", "background": 255}, 65_535),
    "png": ("image/png", {"compression": 6}, 2**31 - 1),
    "tif": ("image/tiff", {"compression": "deflate", "predictor": "horizontal", "bigtiff": True}, 2**31 - 1),
    "webp": ("image/webp", {"Q": 95, "smart_subsample": True}, 16_383),
}
KEPT = ("exif-", "xmp-", "iptc-", "icc-profile-", "png-comment-")
ENDS = {"jpegload": b"\xff\xd9", "pngload": b"IEND"}  # what a whole file has near its end
TAIL = 65_536  # bytes in which to look for it: cameras append previews and the like
ADVICE = "give a JPEG, PNG, TIFF, WebP, HEIC, GIF, BMP or PNM picture"
EXIF_SIZES = (("exif-ifd2-PixelXDimension", "width"), ("exif-ifd2-PixelYDimension", "height"))


@dataclass(frozen=True)
class Photograph:
    """An opened picture, upright, not yet decoded: `image` has 1 or 3 bands of 8 or 16 bits, and `alpha` after them.

    `notes` are sentences a user should know of.
    """

    name: str
    image: Vips
    alpha: bool
    format: str
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.image.height, self.image.width

    @property
    def dtype(self) -> type[np.unsignedinteger[Any]]:
        """Of its pixels: 8 or 16 bits."""
        return np.uint8 if self.image.format == "uchar" else np.uint16

    def rows(self) -> Iterator[Array]:
        """Its rows from top to bottom, in slabs [h,W,bands]; PippinError where it cannot be decoded."""
        slab = 128
        try:
            region = pyvips.Region.new(self.image)
            for top in range(0, self.image.height, slab):
                height = min(slab, self.image.height - top)
                content = region.fetch(0, top, self.image.width, height)
                yield np.frombuffer(content, self.dtype).reshape(height, self.image.width, self.image.bands)
        except pyvips.Error as problem:
            raise _damaged(self.name, problem) from problem


def open_photograph(input: Input) -> Photograph:
    """Open a picture by its content; PippinError for what is missing, damaged, animated or no picture."""
    image = _opened(input)
    loader = _loader(image)
    _refuse_odd(input, image, loader)
    notes = [_cut_off(input, loader)]
    try:
        turned = image.get_typeof("orientation") and image.get("orientation") > 1
        upright = image.autorot() if turned else image
        plain, note = _plain(input, upright)
        # What comes in rows cannot be read again for its columns; so a turned one is decoded at once.
        plain = plain.copy_memory() if turned else plain
    except pyvips.Error as problem:
        raise _damaged(input.name, problem) from problem
    notes += [note, "written as JPEG, which everything can read" if loader == "heifload" else ""]
    told = tuple(f"{input.name}: {note}." for note in notes if note)
    return Photograph(input.name, plain, bool(plain.hasalpha()), FORMATS[loader], told)


def _loader(image: Vips) -> str:
    name: str = image.get("vips-loader")
    return name.removesuffix("_source").removesuffix("_buffer")


def _opened(input: Input) -> Vips:
    content = input.read()
    if not content:
        raise PippinError(f"{input.name} is empty (0 bytes); copy it again or remove it.", input=input.name)
    try:
        image = pyvips.Image.new_from_buffer(content, "", access="sequential")
        # libvips' own decoder knows AV1 only, not what telephones write.
        return _by_heif(content) if _loader(image) == "heifload" else image
    except (pyvips.Error, OSError, ValueError) as problem:
        simple = _by_pillow(content)
        if simple is not None:
            return simple
        message = f"{input.name} is damaged, or no picture Pippin can enlarge; {ADVICE}."
        raise PippinError(message, input=input.name) from problem


def _by_pillow(content: bytes) -> Vips | None:
    """A picture of a simple kind that libvips does not know, or None."""
    try:
        with Pillow.open(io.BytesIO(content), formats=("BMP", "PPM")) as found:
            mode = found.mode if found.mode in ("L", "RGB", "RGBA") else "RGB"
            image = pyvips.Image.new_from_array(np.asarray(found.convert(mode)))
    except Exception:  # whatever else it is, it is not one of these
        return None
    image = image.copy(interpretation="b-w" if image.bands == 1 else "srgb")
    image.set_type(pyvips.GValue.gstr_type, "vips-loader", "simple")
    return image


def _by_heif(content: bytes) -> Vips:
    """A HEIC picture, decoded by pillow-heif, as libvips would have it."""
    import pillow_heif

    heif = pillow_heif.open_heif(content, convert_hdr_to_8bit=False)
    found = heif[heif.primary_index]
    array = np.ascontiguousarray(np.asarray(found))
    image = pyvips.Image.new_from_array(array)
    image = image.copy(interpretation="rgb16" if array.dtype == np.uint16 else "srgb")
    for name, key in (("exif-data", "exif"), ("xmp-data", "xmp"), ("icc-profile-data", "icc_profile")):
        told = found.info.get(key)
        if isinstance(told, bytes) and told:
            image.set_type(pyvips.GValue.blob_type, name, told)
    image.set_type(pyvips.GValue.gstr_type, "vips-loader", "heifload")
    return image


def _refuse_odd(input: Input, image: Vips, loader: str) -> None:
    if loader not in FORMATS:
        raise PippinError(f"{input.name} is not a picture Pippin can enlarge; {ADVICE}.", input=input.name)
    pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
    if pages > 1:
        what = "pictures" if loader == "tiffload" else "frames"
        message = f"{input.name} holds {pages} {what}; save each as a file of its own"
        raise PippinError(f"{message}.", input=input.name)
    if min(image.width, image.height) < LEAST:
        advice = f"give a picture of at least {LEAST} x {LEAST}"
        raise PippinError(f"{input.name} is only {image.width} x {image.height} pixels; {advice}.", input=input.name)


def _plain(input: Input, image: Vips) -> tuple[Vips, str]:
    """The picture in grey or RGB of 8 or 16 bits, and what was done to it, if anything."""
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", embedded=True, input_profile="cmyk"), "CMYK became RGB (sRGB)"
    usual = image.interpretation in ("srgb", "rgb16", "b-w", "grey16")
    if not usual or image.format not in ("uchar", "ushort") or image.bands > 4:
        what = f"{image.bands} channels of {image.interpretation} ({image.format})"
        raise PippinError(f"{input.name} holds {what}; save it as RGB of 8 or 16 bits.", input=input.name)
    return image, ""


def _cut_off(input: Input, loader: str) -> str:
    """A note where the file lacks its end: what is missing is decoded as grey or black."""
    end = ENDS.get(loader)
    if end is None or end in input.read()[-TAIL:]:
        return ""
    return "the file is cut off; what is left of it was used, the rest is blank"


def _damaged(name: str, problem: Exception) -> PippinError:
    told = " ".join(str(problem).split())[:80]
    return PippinError(f"{name} is damaged ({told}); copy it again or remove it.", input=name)


def refuse_too_large(photograph: Photograph, scale: int, kind: str, folder: Path) -> None:
    """Say so where the result does not fit into the file format, or on the disk (as raw numbers, on its way)."""
    height, width = (side * scale for side in photograph.size)
    name, most = photograph.name, WRITERS[kind][2]
    what = f"{name} would become {width:,} x {height:,} pixels"
    if max(height, width) > most:
        raise PippinError(f"{what}, and a {kind} file holds {most:,} a side at most; write a png.", input=name)
    needed = height * width * photograph.image.bands * np.dtype(photograph.dtype).itemsize
    free = shutil.disk_usage(folder).free
    if needed > free:
        message = f"{what} and need {needed / 1e9:.1f} GB on the way; {folder} has {free / 1e9:.1f} GB free"
        raise PippinError(f"{message}.", input=name)


def write_photograph(photograph: Photograph, slabs: Iterable[Array], scale: int, kind: str, path: Path) -> None:
    """Write the rows of the larger picture to `path`, with all that was known of the smaller one."""
    height, width = (side * scale for side in photograph.size)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".rows-") as raw:
        for slab in slabs:
            raw.write(np.ascontiguousarray(slab).tobytes())
        raw.flush()
        try:
            bands = photograph.image.bands
            options = {"format": photograph.image.format, "interpretation": photograph.image.interpretation}
            image = pyvips.Image.rawload(raw.name, width, height, bands, access="sequential", **options)
            _told_of(image.copy(), photograph.image).write_to_file(str(path), **WRITERS[kind][1])
        except pyvips.Error as problem:
            _raise_unwritable(path, problem)


def _told_of(image: Vips, source: Vips) -> Vips:
    """The picture with what the source says of itself; its sizes and orientation are what they are now."""
    for name in source.get_fields():
        if name.startswith(KEPT):
            image.set_type(source.get_typeof(name), name, source.get(name))
    if source.get_typeof("exif-data"):
        image.set_type(pyvips.GValue.gint_type, "orientation", 1)
        for name, side in EXIF_SIZES:
            number = str(getattr(image, side))
            image.set_type(pyvips.GValue.gstr_type, name, f"{number} ({number}, Long, 1 components, 4 bytes)")
    return image.copy(xres=source.xres, yres=source.yres)


def _raise_unwritable(path: Path, problem: Exception) -> NoReturn:
    """libvips tells the system's error in words only."""
    told = " ".join(str(problem).split())
    if "No space left" in told:
        raise OSError(errno.ENOSPC, told) from problem
    raise PippinError(f"Cannot write {path} ({told[:80]}).", input=path) from problem

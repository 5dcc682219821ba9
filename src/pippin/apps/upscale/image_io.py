"""Read image files of any kind, with their metadata, transparency and depth.

libvips reads row by row, so that an image need not fit into memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pippin.apps.upscale import metadata
from pippin.apps.upscale.image_formats import blob, by_heif, by_pillow, cut_off
from pippin.apps.upscale.metadata import Metadata
from pippin.apps.upscale.previews import preview
from pippin.apps.upscale.raw import refuse_unfit
from pippin.apps.upscale.vips import Vips, pyvips
from pippin.core.errors import PippinError, unforeseen
from pippin.core.inputs import Input

Array = np.ndarray

LEAST = 4  # pixels a side; less is no image
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
UPRIGHT = ("heifload",)  # loaders that return upright images and apply EXIF themselves
NOTES = {"heifload": "it is written as {kind}, which everything can read, unless --format says otherwise"}
NAMES = {"jpg": "JPEG (8 bits)", "png": "PNG"}
CUT_OFF = "the file is cut off or damaged; what can be read of it was used, the rest is blank"
SLAB = 128  # rows
ADVICE = "give a JPEG, PNG, TIFF, WebP, HEIC, GIF, BMP or PNM image"


@dataclass(frozen=True)
class Photograph:
    """An opened image, not yet decoded: `image` has 1 or 3 bands of 8 or 16 bits, and alpha after them.

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
        """Yield its rows from top to bottom, in slabs [h,W,bands]; PippinError if it cannot be decoded. Once only."""
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


def open_photograph(input: Input, *, animated: bool = False) -> Photograph:
    """Open an image by its content; PippinError for what is missing, damaged, RAW or no image.

    Those of several frames are refused too, unless the first frame of an `animated` one is asked for.
    """
    try:
        return _photograph(input, animated)
    except PippinError:
        raise
    except Exception as problem:  # libraries raise many kinds; a user sees one message
        if os.environ.get("PIPPIN_DEBUG"):
            raise
        raise PippinError(unforeseen(input.name, problem), input=input.name) from problem


def _photograph(input: Input, animated: bool) -> Photograph:
    content = input.read()
    refuse_unfit(input.name, content)
    image = _opened(input, content)
    loader = _loader(image)
    _refuse_odd(input, image, loader, "" if animated else _frames(image, loader, content))
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
        if content.startswith(b"\xff\xd8\xff"):  # or an image with a gain map would be one of another kind
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
        message = f"{input.name} is damaged, or no image Pippin can enlarge; {ADVICE}."
        raise PippinError(message, input=input.name) from problem


def _frames(image: Vips, loader: str, content: bytes) -> str:
    """Return how many pages or frames a file holds; "" where it is one."""
    pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
    if loader == "pngload" and b"acTL" in content[: content.find(b"IDAT")]:
        pages = "several"
    return "" if pages == 1 else f"{pages} {'images' if loader == 'tiffload' else 'frames'}"


def _refuse_odd(input: Input, image: Vips, loader: str, frames: str) -> None:
    if loader not in FORMATS:
        raise PippinError(f"{input.name} is not an image Pippin can enlarge; {ADVICE}.", input=input.name)
    if frames:
        raise PippinError(f"{input.name} holds {frames}; save each as a file of its own.", input=input.name)
    if min(image.width, image.height) < LEAST:
        advice = f"give an image of at least {LEAST} x {LEAST}"
        raise PippinError(f"{input.name} is only {image.width} x {image.height} pixels; {advice}.", input=input.name)


def _plain(input: Input, image: Vips) -> tuple[Vips, str]:
    """Return the image in grey or RGB of 8 or 16 bits, and what was done to it, if anything."""
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


def sentence(words: str) -> str:
    """Return words as a sentence."""
    return f"{words[0].upper()}{words[1:]}."

"""Open any image a user may bring, by its content and safely, or say in one sentence why not."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageOps

from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input
from pippin.learn.vision.quiet_tiff import silence_libtiff

# Formats in wide use. Pillow knows others too: some start another program (EPS), some are long dead.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "DIB", "TIFF", "PPM", "AVIF", "HEIF")

# How names of image files end (lower case); only used to tell what in a folder is meant to be an image.
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp"})
SUFFIXES |= {".tif", ".tiff", ".avif", ".heic", ".heif", ".pbm", ".pgm", ".pnm", ".ppm"}

# The "brands" by which a file says it is HEIC (ISO/IEC 23008-12; mif1 and msf1 are the general ones).
_HEIC_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"])

# How image files begin, to tell a damaged one from something else.
_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8", b"II*\0", b"MM\0*", b"\0\0\0\x18ftyp", b"\0\0\0\x1cftyp")

# How an image of an EXIF orientation is turned upright (EXIF 2.32, 4.6.5; what ImageOps.exif_transpose does).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow logs oddities of TIFF files; with no handler at all Python would print them amid a command's lines.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class DecodedImage:
    """An upright RGB image; `size` as displayed, before any reduction; orientation (1 to 8) and EXIF of its file."""

    image: Image.Image
    size: tuple[int, int]
    orientation: int
    exif: Image.Exif


def open_image(
    input: Input, *, about: tuple[int, int] | None = None, least: int = 8, limit_megapixels: float = 178
) -> Image.Image:
    """Decode an image as 8-bit RGB: upright (EXIF), transparent parts on white, the first of several frames.

    `about` (width, height in pixels) lets a JPEG be decoded at a fraction of its size, never below `about`:
    much faster for photographs. Raises PippinError for a file that is missing, empty, damaged, no image,
    smaller than `least` pixels a side, or larger than `limit_megapixels` million pixels (a "decompression
    bomb"; the size is looked at before anything is decoded).
    """
    with _open(input, least, limit_megapixels) as image:
        if about is not None:  # the longer side for both: an image lying on its side has them exchanged
            image.draft(None, (max(about), max(about)))
        image.load()
        return _rgb(_upright(image))


def decode_image(
    input: Input, max_side: int, *, least: int = 8, limit_megapixels: float = 178, extra: str = "recognize"
) -> DecodedImage:
    """Decode an image as `open_image` does, its longer side `max_side` pixels at most, with its size and EXIF.

    No copy of full size is made of an RGB image. `extra` is the one that brings a missing decoder. Errors: as there.
    """
    with _open(input, least, limit_megapixels, extra) as image:
        (width, height), orientation = image.size, _orientation(image)
        image.draft(None, (max_side, max_side))
        image.load()
        turn = _orientation(image)  # TIFF and HEIC are upright by now
        small = image if image.mode == "RGB" and not image.has_transparency_data else _rgb(image)
        small.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        size = (height, width) if turn > 4 else (width, height)
        return DecodedImage(small.transpose(TURNS[turn]) if turn > 1 else small, size, orientation, _exif(image))


def read_header(input: Input) -> tuple[tuple[int, int], int]:
    """Return width and height of an image as its file stores it, and its EXIF orientation; nothing is decoded.

    Errors: as `open_image`, where the file's beginning shows them.
    """
    with _open(input, 1, 10_000) as image:
        (width, height), orientation = image.size, _orientation(image)
        if image.format == "TIFF" and orientation > 4:  # Pillow tells the size as displayed
            width, height = height, width
        return (width, height), orientation


@contextmanager
def _open(input: Input, least: int, limit_megapixels: float, extra: str = "recognize") -> Iterator[Image.Image]:
    """Yield an image, not yet decoded; what breaks within is told as damage of the file."""
    content = input.read()
    if not content:
        raise PippinError(f"{input.name} is empty (0 bytes); copy it again or remove it.", input=input.name)
    # Not `catch_warnings`: it changes what all threads share, and images are opened in several at once.
    warnings.filterwarnings("ignore", module=r"PIL|pippin\.learn\.vision")
    image = _header(input, content, limit_megapixels, extra)
    _check_size(input, image.size, least, limit_megapixels)
    try:
        yield image
    except Exception as problem:  # a damaged file may break any step of any decoder; to a user it is one fact
        message = f"{input.name} is damaged or cut off ({_explain_problem(problem)}); copy it again or remove it."
        raise PippinError(message, input=input.name) from problem


def _exif(image: Image.Image) -> Image.Exif:
    """Return an image's EXIF, empty where it is damaged."""
    try:
        return image.getexif()
    except Exception:  # as above
        return Image.Exif()


def _orientation(image: Image.Image) -> int:
    found = _exif(image).get(ExifTags.Base.Orientation, 1)
    return found if found in range(1, 9) else 1


def begins_as_image(start: bytes) -> bool:
    """Return whether 16 bytes begin a file of a common image format."""
    if start[4:8] == b"ftyp":
        return start[8:12] in _HEIC_BRANDS | {b"avif", b"avis"}
    if start[:4] == b"RIFF":
        return start[8:12] == b"WEBP"
    return start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")) or (
        start[:2] == b"BM" and start[6:10] == bytes(4)
    )


def _header(input: Input, content: bytes, limit_megapixels: float, extra: str) -> Image.Image:
    """Return the image in `content`, opened and not yet decoded."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        _learn_heic(extra)
    try:
        Image.init()
        formats = [name for name in FORMATS if name in Image.OPEN]
        if content[:2] in (b"II", b"MM"):
            silence_libtiff()
        return Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError as problem:
        raise _too_large(input, limit_megapixels) from problem
    except Exception as problem:  # as above
        raise PippinError(f"{input.name} {_unreadable(content)}.", input=input.name) from problem


def _learn_heic(extra: str) -> None:
    """Teach Pillow the format of iPhone photographs, by the library pillow-heif."""
    try:
        import pillow_heif
    except ImportError as problem:
        raise missing_extra("pillow-heif", extra, "Opening a HEIC image") from problem
    pillow_heif.register_heif_opener()


def _check_size(input: Input, size: tuple[int, int], least: int, limit_megapixels: float) -> None:
    width, height = size
    if width * height > limit_megapixels * 1e6:
        raise _too_large(input, limit_megapixels)
    if min(size) < least:
        advice = f"give an image of at least {least} x {least}"
        raise PippinError(f"{input.name} is only {width} x {height} pixels; {advice}.", input=input.name)


def _too_large(input: Input, limit_megapixels: float) -> PippinError:
    message = f"{input.name} claims to hold more than {limit_megapixels:g} million pixels"
    return PippinError(f"{message}; give a smaller copy of it.", input=input.name)


def _unreadable(content: bytes) -> str:
    """Return why no decoder takes `content`, and what to do."""
    if content.startswith(_STARTS):
        return "is damaged or cut off near its beginning; copy it again or remove it"
    what = "holds text, not an image" if _is_text(content) else "is not an image Pippin can read"
    return f"{what}; give a PNG, JPEG, WebP, GIF, BMP, TIFF or HEIC image"


def _is_text(content: bytes) -> bool:
    try:  # the cut at 4,096 bytes may fall within a character, so up to three bytes at the end are forgiven
        start = content[:4096].decode("utf-8", errors="strict" if len(content) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return False
    enough = len(start.encode()) >= min(len(content), 4096) - 3
    return enough and all(character.isprintable() or character.isspace() for character in start)


def _explain_problem(problem: Exception) -> str:
    """Return a decoder's complaint, short and on one line."""
    return (" ".join(str(problem).split()) or type(problem).__name__)[:80]


def _upright(image: Image.Image) -> Image.Image:
    """Turn the image as its EXIF orientation says; damaged EXIF data does not make an image unusable."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bit(image).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer.getchannel("A"))
    return white


def _eight_bit(image: Image.Image) -> Image.Image:
    """Convert grey of 16 or 32 bits to 0..255; white is the full scale of the smallest type that holds all levels."""
    levels = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0).clip(0)
    brightest = float(levels.max())
    scales = {"I": (255.0, 65535.0), "F": (1.0, 255.0, 65535.0)}.get(image.mode, (65535.0,))
    white = next((scale for scale in scales if brightest <= scale), brightest)
    return Image.fromarray((levels * (255 / white)).round().astype(np.uint8))

"""What libvips does not do for us: two kinds of file it cannot decode, whether a file is whole, and what it says."""

from __future__ import annotations

import io
import re
import zlib
from typing import Any

import numpy as np
from PIL import Image

from pippin.core.errors import missing_extra

try:
    import pyvips
except (ImportError, OSError) as problem:
    raise missing_extra("pyvips", "upscale", "Reading and writing photographs") from problem

Vips = Any  # pyvips has no types
KEPT = ("exif-", "xmp-", "iptc-", "icc-profile-", "png-comment-", "image-description")
SIZES = (("exif-ifd2-PixelXDimension", "width"), ("exif-ifd2-PixelYDimension", "height"))
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in JPEG's coded data, the next that is no part of them
END, STANDALONE = 0xD9, frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})


def by_pillow(content: bytes) -> Vips | None:
    """A picture of a simple kind (BMP, PNM) that libvips does not know, or None."""
    try:
        with Image.open(io.BytesIO(content), formats=("BMP", "PPM")) as found:
            if found.mode.startswith("I"):
                array = np.asarray(found).astype(np.uint16)
            else:
                array = np.asarray(found.convert(found.mode if found.mode in ("L", "RGB", "RGBA") else "RGB"))
    except Exception:  # whatever else it is, it is not one of these
        return None
    return _from_array(array, "simple")


def by_heif(content: bytes) -> Vips:
    """A HEIC picture, decoded by pillow-heif and so upright, with what it says of itself."""
    try:
        import pillow_heif
    except ImportError as problem:
        raise missing_extra("pillow-heif", "upscale", "Opening a HEIC picture") from problem
    heif = pillow_heif.open_heif(content, convert_hdr_to_8bit=False)
    found = heif[heif.primary_index]
    image = _from_array(np.ascontiguousarray(np.asarray(found)), "heifload")
    for name, key in (("exif-data", "exif"), ("xmp-data", "xmp"), ("icc-profile-data", "icc_profile")):
        told = found.info.get(key)
        if isinstance(told, bytes) and told:
            image.set_type(pyvips.GValue.blob_type, name, told)
    return image


def _from_array(array: np.ndarray, loader: str) -> Vips:
    image = pyvips.Image.new_from_array(array)
    deep, grey = array.dtype == np.uint16, image.bands < 3
    kind = ("grey16" if deep else "b-w") if grey else ("rgb16" if deep else "srgb")
    image = image.copy(interpretation=kind)
    image.set_type(pyvips.GValue.gstr_type, "vips-loader", loader)
    return image


def told_of(image: Vips, source: Vips) -> Vips:
    """The picture with what the source says of itself; its sizes and orientation are what they are now."""
    for name in source.get_fields():
        if name.startswith(KEPT):
            image.set_type(source.get_typeof(name), name, source.get(name))
    if source.get_typeof("exif-data"):
        image.set_type(pyvips.GValue.gint_type, "orientation", 1)
        for name, side in SIZES:
            number = str(getattr(image, side))
            image.set_type(pyvips.GValue.gstr_type, name, f"{number} ({number}, Long, 1 components, 4 bytes)")
    return image.copy(xres=source.xres, yres=source.yres)


def cut_off(content: bytes) -> bool:
    """Whether a JPEG or PNG file lacks its end, or a PNG's parts do not agree with their checksums."""
    if content.startswith(b"\xff\xd8"):
        return not _whole_jpeg(content)
    return content.startswith(b"\x89PNG") and not _whole_png(content)


def _whole_jpeg(content: bytes) -> bool:
    """Walk from marker to marker (ITU-T T.81, annex B) to the end of the first picture."""
    place = 2
    while match := MARKER.search(content, place):
        marker, place = content[match.start() + 1], match.end()
        if marker == END:
            return True
        if marker not in STANDALONE:
            place += int.from_bytes(content[place : place + 2], "big")
    return False


def _whole_png(content: bytes) -> bool:
    """Walk from chunk to chunk (W3C PNG, section 5) to the one that ends the picture."""
    place = 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        chunk = content[place + 4 : place + 8 + length]
        if zlib.crc32(chunk) != int.from_bytes(content[place + 8 + length : place + 12 + length], "big"):
            return False
        if chunk[:4] == b"IEND":
            return True
        place += 12 + length
    return False

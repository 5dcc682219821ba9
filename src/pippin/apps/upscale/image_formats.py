"""What libvips does not do for us: kinds of file it cannot decode, and whether a file is whole."""

from __future__ import annotations

import io
import zlib

import numpy as np
from PIL import Image

from pippin.apps.upscale.metadata.jpeg import end_of_image
from pippin.apps.upscale.vips import Vips, pyvips
from pippin.core.errors import missing_extra


def by_pillow(content: bytes) -> Vips | None:
    """Return an image of a simple kind (BMP, PNM) that libvips does not know, or None."""
    try:
        with Image.open(io.BytesIO(content), formats=("BMP", "PPM")) as found:
            if found.mode.startswith("I"):
                array = np.asarray(found).astype(np.uint16)
            else:
                array = np.asarray(found.convert(found.mode if found.mode in ("L", "RGB", "RGBA") else "RGB"))
    except Exception:  # any failure means that it is none of these
        return None
    return _from_array(array, "simple")


def by_heif(content: bytes) -> Vips:
    """Return a HEIC image, decoded by pillow-heif and so upright, with what it says of itself."""
    try:
        import pillow_heif
    except ImportError as problem:
        raise missing_extra("pillow-heif", "upscale", "Opening a HEIC image") from problem
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


def with_profile(image: Vips, source: Vips) -> Vips:
    """Return the image with the colour profile of another."""
    image = image.copy()
    if profile := blob(source, "icc-profile-data"):
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image


def blob(image: Vips, name: str) -> bytes:
    """Return a field of bytes, b"" where there is none."""
    return bytes(image.get(name)) if image.get_typeof(name) else b""


def cut_off(content: bytes) -> bool:
    """Return whether a JPEG or PNG file lacks its end, or a PNG's parts do not agree with their checksums."""
    if content.startswith(b"\xff\xd8"):
        return end_of_image(content) is None
    return content.startswith(b"\x89PNG") and not _whole_png(content)


def _whole_png(content: bytes) -> bool:
    """Walk from chunk to chunk (W3C PNG, section 5) to the one that ends the image."""
    position = 8
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        chunk = content[position + 4 : position + 8 + length]
        if zlib.crc32(chunk) != int.from_bytes(content[position + 8 + length : position + 12 + length], "big"):
            return False
        if chunk[:4] == b"IEND":
            return True
        position += 12 + length
    return False

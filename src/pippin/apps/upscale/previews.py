"""A new preview image for a photograph's EXIF data."""

from __future__ import annotations

import io

from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.learn.vision.image_decoding import open_image

QUALITY = 80
MAX_MEGAPIXELS = 400


def preview(input: Input, side: int) -> bytes:
    """Return a JPEG file of the image, upright, at most `side` pixels wide and high; b"" where it cannot be made."""
    try:
        image = open_image(input, about=(side, side), least=1, limit_megapixels=MAX_MEGAPIXELS)
    except PippinError:
        return b""
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()

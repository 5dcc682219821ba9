"""Small images for tables and pages."""

from __future__ import annotations

import io

from pippin.core.inputs import Input
from pippin.learn.vision.image_decoding import open_image

SIDE = 128


def thumbnail(input: Input) -> bytes:
    """Scale an image to fit 128 x 128 pixels; return PNG bytes."""
    image = open_image(input, about=(SIDE, SIDE), least=1)
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)  # small anyway, and made for every answer
    return buffer.getvalue()

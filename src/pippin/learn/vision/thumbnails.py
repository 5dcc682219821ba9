"""Small pictures for tables and pages."""

from __future__ import annotations

import io

from pippin.core.inputs import Input
from pippin.learn.vision.image_decoding import open_picture

SIDE = 128


def thumbnail(input: Input) -> bytes:
    """The picture scaled to fit 128 x 128 pixels, as PNG bytes."""
    picture = open_picture(input, about=(SIDE, SIDE), least=1)
    picture.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)  # small anyway, and made for every answer
    return buffer.getvalue()

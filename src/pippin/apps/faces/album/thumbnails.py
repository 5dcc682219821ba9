"""Small images of faces, as they are kept in the album."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

SIDE = 160
AROUND = 0.35
"""Of a face's box, shown on each side of it."""


def make_thumbnail(pixels: np.ndarray, box: tuple[float, float, float, float]) -> bytes:
    """Return a JPEG of the face in `box` (left, top, width, height as fractions) of an image [H,W,3]."""
    height, width = pixels.shape[:2]
    x, y, w, h = (value * side for value, side in zip(box, (width, height, width, height), strict=True))
    half = max(w, h) * (0.5 + AROUND)
    middle_x, middle_y = x + w / 2, y + h / 2
    edges = (middle_x - half, middle_y - half, middle_x + half, middle_y + half)
    crop = Image.fromarray(pixels).crop(tuple(round(edge) for edge in edges))
    crop.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    crop.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()

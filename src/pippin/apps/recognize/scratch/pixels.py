"""Images as a network from scratch takes them: squares of few pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pippin.core.inputs import Input
from pippin.learn.vision.image_decoding import open_image

SIDES = 24, 64  # pixels: the range from which a side is chosen by the data
_RESAMPLING = Image.Resampling.BILINEAR


def resize_square(item: Input, side: int) -> NDArray[np.float32]:
    """Squeeze the whole image into a square: RGB [3,side,side] from 0 to 1."""
    return np.ascontiguousarray(square_bytes(item, side).transpose(2, 0, 1)).astype(np.float32) / np.float32(255)


def square_bytes(item: Input, side: int) -> NDArray[np.uint8]:
    """Squeeze the whole image into a square of bytes [side,side,3]."""
    image = open_image(item, about=(side, side))
    return np.asarray(image if image.size == (side, side) else image.resize((side, side), _RESAMPLING))

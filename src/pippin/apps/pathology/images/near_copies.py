"""Whether an image is nearly one that was learned from: known by 256 bits of each, so that no image is kept.

Each bit says on which side of a random plane the grey levels at 28 x 28 pixels lie (Charikar 2002, "Similarity
estimation techniques from rounding algorithms"), so the share of bits that differ is the angle between two images over
180 degrees. The limit was set on the training and validation parts of BreastMNIST and PneumoniaMNIST: it finds all 30
validation images that correlate above 0.99 with one of training, and 6 more, which correlate above 0.98.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

Codes = NDArray[np.uint8]

SIDE, BITS = 28, 256
MAX_BITS = 16  # that may differ: 11 degrees, a correlation of 0.98
MIN_CONTRAST = 2.0  # levels of standard deviation below which an image is too plain to be told from others


def no_codes() -> Codes:
    """Return the codes of no images."""
    return np.zeros((0, BITS // 8), np.uint8)


def encode(pixels_NHWC: NDArray[np.uint8]) -> Codes:
    """Return the code [N,32] of each image [N,H,W,3]; zeros for one too plain to be told from others."""
    if not len(pixels_NHWC):
        return no_codes()
    grey = np.stack([_shrink(pixels) for pixels in pixels_NHWC])
    codes = np.packbits((grey - grey.mean(axis=1, keepdims=True)) @ _planes() > 0, axis=1)
    codes[grey.std(axis=1) < MIN_CONTRAST] = 0
    return codes


def is_near(code: Codes, codes_NB: Codes) -> bool:
    """Return whether an image's code [32] is nearly one of others [N,32]."""
    if not len(codes_NB) or not code.any():
        return False
    return bool(np.bitwise_count(codes_NB ^ code).sum(axis=1, dtype=np.int64).min() <= MAX_BITS)


def _shrink(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    small = PilImage.fromarray(pixels).convert("L").resize((SIDE, SIDE), PilImage.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(small, np.float32).ravel()


@lru_cache(maxsize=1)
def _planes() -> NDArray[np.float32]:
    """Return random signs [784,256], the same on every machine."""
    drawn = hashlib.shake_256(b"planes of near copies").digest(SIDE * SIDE * BITS // 8)
    return np.unpackbits(np.frombuffer(drawn, np.uint8)).reshape(SIDE * SIDE, BITS).astype(np.float32) * 2 - 1

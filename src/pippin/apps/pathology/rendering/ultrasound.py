"""Rendered images in the manner of ultrasound: grainy layers with a dark shape; drawn by rules, of no patient.

The rules are those that books give for shapes (oval and wider than tall, or ragged, taller than wide, with a shadow
below); with which chance each is drawn is made up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

SIDE = 28
_SCALE = 4  # times as large as it is drawn
SMOOTH, RAGGED = "normal or benign", "malignant"
LABELS = SMOOTH, RAGGED


def render(label: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return an image [28,28] of a shape of this label."""
    size = SIDE * _SCALE
    rows, columns = np.mgrid[:size, :size] / size
    tissue = rng.uniform(0.55, 0.7) * np.exp(-rng.uniform(1.4, 2.4) * rows)
    tissue *= 1 + 0.5 * _streaks(rng, size, 14, 3) + 0.4 * _streaks(rng, size, 22, 9)
    inside, below = _shape(label, rows, columns, rng)
    image = tissue * (1 - rng.uniform(0.7, 0.9) * inside)
    image *= 1 + (rng.uniform(0.2, 0.6) if label == SMOOTH else -rng.uniform(0.3, 0.7)) * below
    grain = rng.gamma(12.0, 1 / 12.0, (size, size))
    levels = (image * grain * 255).clip(0, 255).astype(np.uint8)
    return np.asarray(PilImage.fromarray(levels).resize((SIDE, SIDE), PilImage.Resampling.BOX))


def _streaks(rng: np.random.Generator, size: int, rows: int, columns: int) -> NDArray[np.float64]:
    """Return smooth noise from -1 to 1 [size,size] that varies faster downwards than across."""
    coarse = PilImage.fromarray(rng.uniform(-1, 1, (rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize((size, size), PilImage.Resampling.BICUBIC), np.float64)


def _shape(
    label: str, rows: NDArray[np.float64], columns: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how much of each pixel is inside of the shape, and how much lies below it."""
    top, left = rng.uniform(0.38, 0.5), rng.uniform(0.38, 0.62)
    height, width = rng.uniform(0.1, 0.17), rng.uniform(0.14, 0.24)
    if label == RAGGED and rng.random() < 0.7:
        height, width = width, height
    down, across = (rows - top) / height, (columns - left) / width
    angle, radius = np.arctan2(down, across), np.hypot(down, across)
    spikes = rng.integers(5, 10)
    roughness = rng.uniform(0.14, 0.3) if label == RAGGED else rng.uniform(0.0, 0.05)
    edge = 1 + roughness * np.sin(spikes * angle + rng.uniform(0, 6)) + roughness * np.sin(2.7 * spikes * angle) / 2
    softness = rng.uniform(0.05, 0.16)
    inside = 1 / (1 + np.exp(((radius - edge) / softness).clip(-40, 40)))
    below = ((np.abs(across) < 0.9) & (rows > top + height)).astype(float)
    return inside, below

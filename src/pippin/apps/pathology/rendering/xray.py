"""Rendered images in the manner of chest X-rays: two dark fields with ribs, some clouded; of no patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

SIDE = 28
_SCALE = 4
CLEAR, CLOUDED = "normal", "pneumonia"
LABELS = CLEAR, CLOUDED


def render(label: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return an image [28,28] whose fields are clear or clouded."""
    size = SIDE * _SCALE
    rows, columns = np.mgrid[:size, :size] / size
    image = np.full((size, size), rng.uniform(0.55, 0.7))
    fields = np.zeros((size, size))
    for left in (rng.uniform(0.27, 0.32), rng.uniform(0.69, 0.74)):
        fields = np.maximum(fields, _oval(rows, columns, 0.48, left, rng.uniform(0.32, 0.38), rng.uniform(0.15, 0.19)))
    image -= rng.uniform(0.32, 0.42) * fields
    ribs = np.sin((rows + 0.25 * np.abs(columns - 0.5)) * rng.uniform(38, 48))
    image += 0.05 * fields * ribs
    image += 0.15 * _oval(rows, columns, 0.62, rng.uniform(0.54, 0.58), 0.2, 0.17)
    if label == CLOUDED:
        for _ in range(rng.integers(1, 4)):
            side = rng.choice([0.3, 0.71]) + rng.uniform(-0.06, 0.06)
            cloud = _oval(rows, columns, rng.uniform(0.4, 0.7), side, rng.uniform(0.1, 0.2), rng.uniform(0.08, 0.15))
            image += rng.uniform(0.12, 0.24) * cloud * fields
    image += rng.normal(0, 0.04, (size, size))
    levels = (image * 255).clip(0, 255).astype(np.uint8)
    return np.asarray(PilImage.fromarray(levels).resize((SIDE, SIDE), PilImage.Resampling.BOX))


def _oval(
    rows: NDArray[np.float64], columns: NDArray[np.float64], top: float, left: float, height: float, width: float
) -> NDArray[np.float64]:
    """Return a soft oval."""
    distance = np.hypot((rows - top) / height, (columns - left) / width)
    return np.asarray(1 / (1 + np.exp(((distance - 1) / 0.12).clip(-40, 40))))

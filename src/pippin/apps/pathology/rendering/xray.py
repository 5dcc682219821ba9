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
    image = np.full((size, size), rng.uniform(0.6, 0.75)) + 0.15 * rows
    image -= 0.5 * np.maximum(_oval(rows, columns, 0.1, 0.0, 0.5, 0.12), _oval(rows, columns, 0.1, 1.0, 0.5, 0.12))
    fields = np.zeros((size, size))
    for left, lean in ((rng.uniform(0.25, 0.29), 0.2), (rng.uniform(0.71, 0.75), -0.2)):
        across = columns + lean * (rows - 0.45)
        fields = np.maximum(fields, _oval(rows, across, 0.45, left, rng.uniform(0.36, 0.42), rng.uniform(0.14, 0.18)))
    fields *= rows < rng.uniform(0.76, 0.84) - 0.1 * np.abs(columns - 0.5)
    image -= rng.uniform(0.34, 0.46) * fields
    ribs = np.sin((rows + 0.25 * np.abs(columns - 0.5)) * rng.uniform(46, 60))
    image += 0.045 * fields * ribs
    image += 0.12 * _oval(rows, columns, 0.6, rng.uniform(0.54, 0.6), 0.22, 0.16)
    image += 0.06 * _oval(rows, columns, 0.4, 0.5, 0.6, 0.06)
    if label == CLOUDED:
        for _ in range(rng.integers(1, 4)):
            side = rng.choice([0.3, 0.71]) + rng.uniform(-0.06, 0.06)
            cloud = _oval(rows, columns, rng.uniform(0.4, 0.7), side, rng.uniform(0.1, 0.2), rng.uniform(0.08, 0.15))
            image += rng.uniform(0.12, 0.24) * cloud * fields
    image += rng.normal(0, 0.03, (size, size))
    levels = (image * 255).clip(0, 255).astype(np.uint8)
    return np.asarray(PilImage.fromarray(levels).resize((SIDE, SIDE), PilImage.Resampling.BOX))


def _oval(
    rows: NDArray[np.float64], columns: NDArray[np.float64], top: float, left: float, height: float, width: float
) -> NDArray[np.float64]:
    """Return a soft oval."""
    distance = np.hypot((rows - top) / height, (columns - left) / width)
    return np.asarray(1 / (1 + np.exp(((distance - 1) / 0.12).clip(-40, 40))))

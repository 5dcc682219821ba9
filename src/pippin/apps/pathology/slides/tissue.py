"""Where on a slide there is tissue: colour that differs from the glass (Otsu's threshold on saturation)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageFilter

MIN_SATURATION, MAX_SATURATION = 0.06, 0.12  # the threshold's range: nuclei must not make pale tissue seem glass


def tissue_mask(overview: PilImage.Image) -> NDArray[np.bool_]:
    """Return which pixels [H,W] of a slide's overview show tissue."""
    smooth = overview.filter(ImageFilter.MedianFilter(3))
    levels = np.asarray(smooth, np.float32)
    high, low = levels.max(axis=2), levels.min(axis=2)
    saturation = (high - low) / np.maximum(high, 1)
    saturation[high < 30] = 0  # black: pen, or where nothing was scanned
    return np.asarray(saturation > np.clip(otsu(saturation), MIN_SATURATION, MAX_SATURATION))


def otsu(values: NDArray[np.float32], bins: int = 128) -> float:
    """Return the threshold that parts values into two groups of least variance within (Otsu 1979, equation 18)."""
    counts, edges = np.histogram(values, bins)
    if np.count_nonzero(counts) < 2:
        return float(values.max(initial=0.0))
    shares = counts / counts.sum()
    centres = (edges[:-1] + edges[1:]) / 2
    weight, mean = np.cumsum(shares), np.cumsum(shares * centres)
    between = (mean[-1] * weight - mean) ** 2 / np.maximum(weight * (1 - weight), 1e-12)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))  # a gap makes several thresholds equal
    return float(edges[1:][(best[0] + best[-1]) // 2])

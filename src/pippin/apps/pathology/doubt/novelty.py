"""Whether an image is of the kind that was learned from: its distance from them in a pretrained network's features.

The distance is the mean squared deviation along the principal components of the features, in their standard
deviations (Mahalanobis), plus what lies outside of these components, in the mean of that of images left out. Number of
components and quantile were chosen on every second image of BreastMNIST, PneumoniaMNIST, CIFAR-10 and photographs of
fruit; benchmarks/pathology_kinds.py reports on the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

COMPONENTS = 64
QUANTILE = 0.97  # of distances of images left out: the others are called unknown, too
MIN_IMAGES = 20  # below which nothing is called unknown


@dataclass(frozen=True)
class Novelty:
    """`axes` [D,F] with their deviations `scale` [D] around `mean` [F]; `rest` is the usual residual."""

    mean: Floats
    axes: Floats
    scale: Floats
    rest: float
    limit: float

    def distances(self, points_NF: Floats) -> Floats:
        """Return how far points [N,F] lie from those learned from."""
        along, residual = _split(points_NF, self.mean, self.axes, self.scale)
        return along + residual / np.float32(self.rest)

    def save(self) -> tuple[dict[str, NDArray[Any]], dict[str, float]]:
        """Return arrays and numbers."""
        arrays: dict[str, NDArray[Any]] = {"novelty.mean": self.mean, "novelty.scale": self.scale}
        arrays["novelty.axes"] = self.axes.astype(np.float16)
        return arrays, {"rest": self.rest, "limit": self.limit}

    @classmethod
    def load(cls, arrays: Mapping[str, NDArray[Any]], numbers: Mapping[str, float]) -> Novelty:
        """Return the same again."""
        mean, axes, scale = (arrays[f"novelty.{name}"].astype(np.float32) for name in ("mean", "axes", "scale"))
        return cls(mean, axes, scale, numbers["rest"], numbers["limit"])


def as_points(features_NF: Floats) -> Floats:
    """Return features of the pretrained network as points: square roots of length 1."""
    roots = np.sqrt(np.maximum(features_NF, 0, dtype=np.float32))
    return roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), np.float32(1e-9))


def fit_novelty(points_NF: Floats, folds_N: NDArray[np.int64]) -> Novelty:
    """Learn the kind of points [N,F]; the limit is a quantile of distances of each fold from all others."""
    along, residual = np.zeros(len(points_NF), np.float32), np.ones(len(points_NF), np.float32)
    for fold in np.unique(folds_N):
        away = folds_N == fold
        if (~away).sum() >= 2:
            along[away], residual[away] = _split(points_NF[away], *_components(points_NF[~away]))
    rest = float(residual.mean()) or 1.0
    distances = along + residual / rest
    limit = float(np.quantile(distances, QUANTILE)) if len(points_NF) >= MIN_IMAGES else float("inf")
    return Novelty(*_components(points_NF), rest, min(limit, 1e30))


def _components(points_NF: Floats) -> tuple[Floats, Floats, Floats]:
    mean = points_NF.mean(axis=0)
    count = max(1, min(COMPONENTS, len(points_NF) // 4))
    _, lengths, axes = np.linalg.svd(points_NF - mean, full_matrices=False)
    # Kept as half precision, so learned as such: a loaded model must answer the same.
    rounded = axes[:count].astype(np.float16).astype(np.float32)
    return mean, rounded, (lengths[:count] / np.sqrt(len(points_NF))).astype(np.float32) + np.float32(1e-6)


def _split(points_NF: Floats, mean: Floats, axes: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Return the squared deviation along the axes [N] and outside of them [N]."""
    centred = points_NF - mean
    within = centred @ axes.T
    return ((within / scale) ** 2).mean(axis=1), ((centred - within @ axes) ** 2).sum(axis=1)

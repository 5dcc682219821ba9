"""Points of images: the network's features as directions on their principal axes, and which of them are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

AXES = 256  # at most
POWER = 0.5  # of an axis's spread that its coordinates are divided by: 0 keeps the spread, 1 makes all axes alike
SAMPLE = 4000  # images that the axes are found on
PAIRS = 1000  # images whose pairs tell how alike two unlike ones are
UNLIKE = 0.95  # share of pairs that are less alike than what counts as alike


@dataclass(frozen=True)
class PointSpace:
    """What makes points [N,K] of features [N,D]: the mean [D], axes [D,K], and the likeness from which two are alike.

    No label takes part: all three come from the features of unlabelled images.
    """

    mean: Floats
    axes: Floats
    alike: float

    @classmethod
    def fit(cls, features: Floats) -> PointSpace:
        """Find the principal axes of features [N,D], N at least 2."""
        some = features[:SAMPLE]
        mean = some.mean(axis=0)
        _, spread, directions = np.linalg.svd(some - mean, full_matrices=False)
        spread = spread / np.sqrt(len(some))
        count = max(1, min(AXES, int((spread > spread[0] * 1e-4).sum())))
        axes = (directions[:count] / spread[:count, None] ** POWER).T
        space = cls(mean.astype(np.float32), np.ascontiguousarray(axes, np.float32), 0.0)
        points = space.points(some[:PAIRS])
        likeness = (points @ points.T)[np.triu_indices(len(points), 1)]
        return cls(space.mean, space.axes, float(np.quantile(likeness, UNLIKE)))

    def points(self, features: Floats) -> Floats:
        """Return unit vectors [N,K] of features [N,D]."""
        raw = (features - self.mean) @ self.axes
        return np.asarray(raw / (np.linalg.norm(raw, axis=1, keepdims=True) + 1e-9), np.float32)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays to save."""
        return {"mean": self.mean, "axes": self.axes, "alike": np.array(self.alike, np.float32)}

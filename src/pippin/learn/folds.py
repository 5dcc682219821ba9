"""Folds for cross-validation: every label in each fold alike, whatever the order of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn.targets import Target


def assign_folds(truth: NDArray[Any], target: Target, count: int) -> NDArray[np.int64]:
    """Return the fold (0 to `count` - 1) of each encoded target [N]; rows of a label take turns, as do numbers."""
    if target.is_number:
        return np.arange(len(truth), dtype=np.int64) % count
    folds, start = np.zeros(len(truth), np.int64), 0
    for label in range(target.width):
        rows = np.flatnonzero(truth == label)
        folds[rows] = (np.arange(len(rows)) + start) % count
        start += len(rows)
    return folds

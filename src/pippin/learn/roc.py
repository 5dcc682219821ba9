"""The area under the ROC curve."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def auroc(values: Array, positive: Array) -> float:
    """Return the area under the ROC curve (Mann and Whitney 1947); ties count half; 0.5 where a class is missing."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return 0.5
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))

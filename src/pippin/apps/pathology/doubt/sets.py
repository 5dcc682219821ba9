"""Sets of labels that hold the right one with a stated probability, and how often they were measured to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pippin.core.values import Score
from pippin.learn.conformal import label_limits
from pippin.learn.metrics import wilson


def label_set(probabilities_L: Sequence[float], limits_L: Sequence[float], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels whose probability reaches their limit, likeliest first."""
    order = np.argsort(-np.asarray(probabilities_L), kind="stable")
    return tuple(labels[index] for index in order if probabilities_L[index] >= limits_L[index])


def measure_coverage(
    probabilities_NL: NDArray[np.floating], truth_N: NDArray[np.int64], folds_N: NDArray[np.int64], coverage: float
) -> Score:
    """Return the share of images whose set held the right label, the limits of each fold being those of all others."""
    held = 0
    for fold in np.unique(folds_N):
        away = folds_N == fold
        limits = label_limits(probabilities_NL[~away], truth_N[~away], coverage)
        held += int((probabilities_NL[away, truth_N[away]] >= limits[truth_N[away]]).sum())
    return wilson(held, len(truth_N))

"""Sets of labels that hold the right one with a stated probability, and how often they were measured to.

A set is never empty: the likeliest label always belongs to it, which only adds to the coverage.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pippin.core.values import Score
from pippin.learn.conformal import label_limits
from pippin.learn.metrics import wilson


def label_set(probabilities_L: Sequence[float], limits_L: Sequence[float], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the likeliest label and all others whose probability reaches their limit, likeliest first."""
    first, *rest = np.argsort(-np.asarray(probabilities_L), kind="stable").tolist()
    return (labels[first], *(labels[index] for index in rest if probabilities_L[index] >= limits_L[index]))


def is_held(
    probabilities_NL: NDArray[np.floating], truth_N: NDArray[np.int64], limits_L: Sequence[float]
) -> NDArray[np.bool_]:
    """Return whether the set of each image holds its label [N]."""
    rows = np.arange(len(truth_N))
    reached = probabilities_NL[rows, truth_N] >= np.asarray(limits_L)[truth_N]
    return np.asarray(reached | (probabilities_NL.argmax(axis=1) == truth_N))


def held_by_others(
    probabilities_NL: NDArray[np.floating], truth_N: NDArray[np.int64], folds_N: NDArray[np.int64], coverage: float
) -> NDArray[np.bool_]:
    """Return whether the set of each image holds its label [N], the limits of each fold being those of all others."""
    held = np.zeros(len(truth_N), np.bool_)
    for fold in np.unique(folds_N):
        away = folds_N == fold
        limits = label_limits(probabilities_NL[~away], truth_N[~away], coverage)
        held[away] = is_held(probabilities_NL[away], truth_N[away], limits.tolist())
    return held


def measure_coverage(held_N: NDArray[np.bool_], truth_N: NDArray[np.int64], count: int) -> tuple[Score, list[Score]]:
    """Return the share of images whose set held the right label, over all and by each of `count` labels."""
    by_label = [held_N[truth_N == label] for label in range(count)]
    return wilson(int(held_N.sum()), len(held_N)), [wilson(int(held.sum()), len(held)) for held in by_label]

"""Split-conformal prediction: intervals (Lei et al. 2018) and sets of labels, from rows a model was not fitted on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

COVERAGE = 0.9


def radius(residuals: ArrayLike, coverage: float = COVERAGE) -> float:
    """Return the half-width that covers a new value with probability `coverage`.

    `residuals` [N] are differences between predictions and values that were held out. The half-width is the
    ceil((N + 1) * coverage)-th smallest absolute residual; the largest where N is too small for that.
    """
    sizes = np.sort(np.abs(np.asarray(residuals, float)))
    if not len(sizes):
        return 0.0
    return float(sizes[min(len(sizes), math.ceil((len(sizes) + 1) * coverage)) - 1])


def label_limits(probabilities_NL: ArrayLike, truth_N: ArrayLike, coverage: float = COVERAGE) -> NDArray[np.float64]:
    """Return the least probability [L] with which each label belongs to a set that holds the right one.

    Label-conditional split-conformal sets (Vovk 2012, "Conditional validity of inductive conformal predictors"): of
    each label by itself, a share `coverage` of new examples has it in their set, for any shares of labels.
    `probabilities_NL` are of held-out examples whose labels are `truth_N`. A label with too few of them belongs to
    every set (a limit of 0).
    """
    probabilities, truth = np.asarray(probabilities_NL, float), np.asarray(truth_N)
    limits = np.zeros(probabilities.shape[1])
    for label in range(len(limits)):
        own = np.sort(probabilities[truth == label, label])[::-1]
        rank = math.ceil((len(own) + 1) * coverage - 1e-9)
        limits[label] = own[rank - 1] if rank <= len(own) else 0.0
    return limits

"""Split-conformal prediction intervals from residuals on rows a model was not fitted on (Lei et al. 2018)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

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

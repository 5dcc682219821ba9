"""Ridge regression whose strength is chosen by leave-one-out residuals in closed form, in numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
STRENGTHS = tuple(float(10.0**power) for power in range(-1, 5))


class Ridge(NamedTuple):
    """Weights [D] and bias of a linear model for one number."""

    weights: Array
    bias: float

    def predict(self, rows: Array) -> Array:
        """Return the number of each row [N]."""
        return np.asarray(rows @ self.weights + self.bias)


def fit(rows: Array, truth: Array, strength: float) -> Ridge:
    """Minimise the summed squared error plus `strength` * |weights|^2; the bias is not penalised (as scikit-learn)."""
    mean, centre = rows.mean(axis=0, dtype=float), float(np.mean(truth, dtype=float))
    x, y = rows - mean, truth - centre
    if x.shape[1] <= len(x):
        weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ y)
    else:
        weights = x.T @ np.linalg.solve(x @ x.T + strength * np.eye(len(x)), y)
    return Ridge(weights, centre - float(mean @ weights))


def choose_by_folds(
    rows: Array, truth: Array, folds: Array, strengths: Sequence[float] = STRENGTHS
) -> tuple[float, Array]:
    """Return the strength of least squared residuals in cross-validation over `folds` [N], and those residuals [N]."""
    found = []
    for strength in strengths:
        residuals = np.zeros(len(truth))
        for fold in np.unique(folds):
            held = folds == fold
            residuals[held] = truth[held] - fit(rows[~held], truth[~held], strength).predict(rows[held])
        found.append(residuals)
    best = int(np.argmin([float((residuals**2).mean()) for residuals in found]))
    return strengths[best], found[best]


def choose(rows: Array, truth: Array, strengths: Sequence[float] = STRENGTHS) -> tuple[float, Array]:
    """Return the strength of least squared leave-one-out residuals, and those residuals [N].

    A residual without a row is its residual with it over 1 - leverage (Hastie et al. 2009, equation 7.64).
    """
    x, y = rows - rows.mean(axis=0, dtype=float), truth - float(np.mean(truth, dtype=float))
    left, sizes, _ = np.linalg.svd(x, full_matrices=False)
    along = left.T @ y
    found = []
    for strength in strengths:
        kept = sizes**2 / (sizes**2 + strength)
        leverage = (left**2) @ kept + 1 / len(y)
        found.append((y - left @ (kept * along)) / np.maximum(1 - leverage, 1e-6))
    best = int(np.argmin([float((residuals**2).mean()) for residuals in found]))
    return strengths[best], found[best]

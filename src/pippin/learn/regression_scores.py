"""Scores of predicted numbers: RMSE, MAE, R2 and how many intervals hold the number, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, wilson

Array = NDArray[Any]


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return `rmse`, `mae`, `r2` and `coverage` (of 90 % intervals); empty where no row was answered.

    `r2` needs two different numbers. Rows that failed are left out; `execute` counts them.
    """
    answered = [(p, e) for p, e in zip(predictions, examples, strict=True) if not p.error]
    if not answered:
        return {}
    found = np.array([float(p.answer) for p, _ in answered])
    truth = np.array([float(e.answer) for _, e in answered])
    scores = {"rmse": bootstrap(rmse, found, truth), "mae": bootstrap(mae, found, truth)}
    if len(set(truth)) > 1:
        scores["r2"] = bootstrap(r2, found, truth)
    bounds = [(p.interval, float(e.answer)) for p, e in answered if p.interval is not None]
    if bounds:
        scores["coverage"] = wilson(sum(low <= value <= high for (low, high), value in bounds), len(bounds))
    return scores


def rmse(found: Array, truth: Array) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(((found - truth) ** 2).mean()))


def mae(found: Array, truth: Array) -> float:
    """Return the mean absolute error."""
    return float(np.abs(found - truth).mean())


def r2(found: Array, truth: Array) -> float:
    """Return the share of the variance that is explained; 0 where all numbers are equal (a bootstrap resample)."""
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((found - truth) ** 2).sum()) / spread if spread else 0.0

"""What `evaluate` shows of numbers: predicted against true, residuals, and what the mean alone would score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Example
from pippin.core.learner import Prediction
from pippin.core.report import Figure, Report, Table
from pippin.learn.metrics import bootstrap
from pippin.learn.regression_scores import mae, rmse
from pippin.learn.scatter import scatter_svg

QUANTILES = (("lowest", 0.0), ("5 %", 0.05), ("median", 0.5), ("95 %", 0.95), ("highest", 1.0))


def details(predictions: Sequence[Prediction], examples: Sequence[Example]) -> Report:
    """Return predicted against true numbers with their intervals, a summary of residuals and the mean's scores.

    The mean is that of the numbers scored on, the best constant for them. Inputs that failed are left out.
    """
    answered = [(p, float(e.answer)) for p, e in zip(predictions, examples, strict=True) if not p.error]
    if not answered:
        return Report(title="Numbers in detail", notes=("No input was answered.",))
    found = np.array([float(p.answer) for p, _ in answered])
    truth = np.array([value for _, value in answered])
    bounds = [p.interval for p, _ in answered]
    constant = np.full_like(truth, truth.mean())
    baseline = {"rmse": bootstrap(rmse, constant, truth), "mae": bootstrap(mae, constant, truth)}
    residuals = summary(truth - found)
    rows = ((name, residuals[name]) for name in residuals)
    return Report(
        title="Numbers in detail",
        tables=(
            Table(("always the mean", "value"), tuple(baseline.items())),
            Table(("true less predicted", "value"), tuple(rows), "Residuals"),
        ),
        figures=(
            Figure(
                "Predicted against true",
                scatter_svg(truth, found, bounds),
                "image/svg+xml",
                "Each point is an example; on the diagonal both agree. Lines are 90 % prediction intervals.",
            ),
        ),
        payload={"mean_baseline": baseline, "residuals": residuals, "mean": float(truth.mean())},
    )


def summary(residuals: NDArray[Any]) -> dict[str, float]:
    """Return mean, standard deviation and quantiles of residuals [N]."""
    found = {"mean": float(residuals.mean()), "standard deviation": float(residuals.std())}
    return found | {name: float(np.quantile(residuals, at)) for name, at in QUANTILES}

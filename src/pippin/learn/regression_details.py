"""What `evaluate` shows of numbers: predicted against true, residuals, and what the mean alone would score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Example
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap
from pippin.learn.plots.scatter_plot import scatter_svg
from pippin.learn.regression_scores import mae, rmse

MAX_POINTS = 500
QUANTILES = (("lowest", 0.0), ("5 %", 0.05), ("median", 0.5), ("95 %", 0.95), ("highest", 1.0))
RESIDUALS = ("mean", "standard deviation", *(name for name, _ in QUANTILES))


def measure(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Any]:
    """Return points (true, predicted, low, high), a summary of residuals and the scores of always the mean.

    The mean is that of the numbers scored on, the best constant for them. Inputs that failed are left out; of many
    points MAX_POINTS are kept.
    """
    answered = [(p, float(e.answer)) for p, e in zip(predictions, examples, strict=True) if not p.error]
    if not answered:
        return {"points": []}
    found = np.array([float(p.answer) for p, _ in answered])
    truth = np.array([value for _, value in answered])
    constant = np.full_like(truth, truth.mean())
    kept = np.linspace(0, len(answered) - 1, min(len(answered), MAX_POINTS)).round().astype(int)
    return {
        "points": [(truth[i], found[i], *(answered[i][0].interval or (None, None))) for i in kept.tolist()],
        "mean_baseline": {
            "rmse": bootstrap(rmse, constant, truth)._asdict(),
            "mae": bootstrap(mae, constant, truth)._asdict(),
        },
        "residuals": summary(truth - found),
        "mean": float(truth.mean()),
    }


def report(measured: Mapping[str, Any]) -> Report:
    """Report what `measure` returned, here or out of a stored model, in tables and figures."""
    if not measured["points"]:
        return Report(title="Numbers in detail", notes=("No input was answered.",), payload=dict(measured))
    truth, found, low, high = zip(*measured["points"], strict=True)
    bounds = [None if a is None or b is None else (a, b) for a, b in zip(low, high, strict=True)]
    # Stored values come back in alphabetical order.
    baseline = tuple((name, Score(**measured["mean_baseline"][name])) for name in ("rmse", "mae"))
    residuals = tuple((name, measured["residuals"][name]) for name in RESIDUALS)
    return Report(
        title="Numbers in detail",
        tables=(
            Table(("score", "always the mean"), baseline),
            Table(("residual", "true less predicted"), residuals, "Residuals"),
        ),
        figures=(
            Figure(
                "Predicted against true",
                scatter_svg(np.array(truth), np.array(found), bounds),
                "image/svg+xml",
                "Each point is an example; on the diagonal both agree. Lines are 90 % prediction intervals.",
            ),
        ),
        notes=_no_better(measured),
        payload=dict(measured),
    )


def _no_better(measured: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a note if a model's errors are as large as those of the mean alone."""
    always, own = measured["mean_baseline"]["rmse"]["value"], measured["residuals"]
    if np.hypot(own["mean"], own["standard deviation"]) < always:
        return ()
    return (f"Its errors are no smaller than those of always saying the mean, whose RMSE is {always:.4g}.",)


def summary(residuals: NDArray[Any]) -> dict[str, float]:
    """Return mean, standard deviation and quantiles of residuals [N]."""
    found = {"mean": float(residuals.mean()), "standard deviation": float(residuals.std())}
    return found | {name: float(np.quantile(residuals, at)) for name, at in QUANTILES}

"""How error falls as data grow: saturating power laws, what twice the data should bring, and where two curves cross."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

EXPONENTS = np.linspace(0.02, 1.5, 75)
FLOORS = np.linspace(0.0, 0.98, 50)  # candidates for the error that no data remove, as shares of the smallest error
DRAWS = 500


@dataclass(frozen=True)
class PowerLaw:
    """error(n) = floor + scale * n ** -exponent (Hestness et al. 2017; Rosenfeld et al. 2020), all three >= 0."""

    floor: float
    scale: float
    exponent: float

    def __call__(self, sizes: ArrayLike) -> Array:
        """Return the error at `sizes`."""
        return np.asarray(self.floor + self.scale * np.asarray(sizes, float) ** -self.exponent)


def fit(sizes: ArrayLike, errors: ArrayLike, spread: ArrayLike | None = None) -> PowerLaw:
    """Fit a power law to errors [K] (0 to 1) at `sizes` [K >= 3].

    The fit is by weighted least squares of the log error.
    `spread` are their standard errors. Floor and exponent are searched on a grid: with few noisy points steps by
    gradient end anywhere. Log errors make a point count by its relative error, as the law has it.
    """
    n, y = np.asarray(sizes, float), np.maximum(np.asarray(errors, float), 1e-6)
    relative = np.maximum(np.asarray(spread, float) if spread is not None else np.zeros_like(y), 0.002) / y
    # No law is exact: no point counts more than one known to 2 %, and what lies nearer to the forecast counts more.
    weights = np.sqrt(n / n.max()) / (relative**2 + 0.02**2)
    floors = FLOORS * y.min()
    left = np.log(y[None] - floors[:, None])  # [F,K]
    # The derivative of log(y - floor) grows as the floor nears y, and so does its noise.
    w = weights[None] * ((y[None] - floors[:, None]) / y[None]) ** 2
    level = (left[:, None] + EXPONENTS[None, :, None] * np.log(n)) * w[:, None]
    scale = level.sum(2) / w.sum(1)[:, None]  # [F,E]: the best log scale for each floor and exponent
    law = floors[:, None, None] + np.exp(scale[..., None] - EXPONENTS[None, :, None] * np.log(n))
    cost = (weights * (np.log(law) - np.log(y)) ** 2).sum(2)
    f, e = np.unravel_index(int(cost.argmin()), cost.shape)
    return PowerLaw(float(floors[f]), float(np.exp(scale[f, e])), float(EXPONENTS[e]))


def forecast(sizes: ArrayLike, errors: ArrayLike, spread: ArrayLike, at: float) -> tuple[float, float, float]:
    """Predict the error with `at` examples, with its 95 % interval.

    The interval is over redrawn measurements.
    The law tells by what share the error falls from the largest size on; where the measured error lies beside the law,
    so will the forecast.
    """
    n, y, s = (np.asarray(values, float) for values in (sizes, errors, spread))
    rng = np.random.default_rng(0)
    values = [_onward(n, y, s, at)]
    values += [_onward(n, np.clip(y + rng.normal(size=len(y)) * s, 1e-4, 1), s, at) for _ in range(DRAWS // 5)]
    low, high = np.quantile(values, [0.025, 0.975])
    return values[0], float(min(low, values[0])), float(max(high, values[0]))


def _onward(sizes: Array, errors: Array, spread: Array, at: float) -> float:
    law = fit(sizes, errors, spread)
    return float(errors[-1] * law(at) / law(sizes[-1]))


@dataclass(frozen=True)
class Crossing:
    """Where one method overtakes another: `low` to `high` examples (95 %), or who leads throughout, or neither."""

    kind: str  # "crosses", "leads", "trails" or "undecided"
    low: float | None = None
    high: float | None = None


def crossing(sizes: ArrayLike, ours: ArrayLike, our_spread: ArrayLike, best: ArrayLike, spread: ArrayLike) -> Crossing:
    """Find where `ours` [K] overtakes `best` [K] of the others for good.

    Both have standard errors; higher is better.
    Curves are redrawn within their errors, straight between sizes on a log axis; a redrawn pair crosses at its last
    change of sign from behind to ahead.
    """
    x = np.log(np.asarray(sizes, float))
    gap = np.asarray(ours, float) - np.asarray(best, float)
    noise = np.hypot(np.asarray(our_spread, float), np.asarray(spread, float))
    drawn = gap + np.random.default_rng(0).normal(size=(DRAWS, len(gap))) * noise
    ahead = drawn[:, -1] > 0
    places = np.array([_last_rise(x, row) for row in drawn if row[-1] > 0 and (row < 0).any()])
    if ahead.mean() < 0.025:
        return Crossing("trails")
    if ahead.mean() < 0.975:
        return Crossing("undecided")
    if len(places) < 0.5 * DRAWS:
        return Crossing("leads")
    low, high = np.exp(np.quantile(places, [0.025, 0.975]))
    return Crossing("crosses", float(low), float(high))


def _last_rise(x: Array, gap: Array) -> float:
    last = int(np.flatnonzero(gap < 0)[-1])
    share = gap[last] / (gap[last] - gap[last + 1])
    return float(x[last] + share * (x[last + 1] - x[last]))

"""Power laws are found again, forecasts hold what they promise, and crossings lie where the curves cross."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from pippin.curves.scaling_laws import Crossing, PowerLaw, crossing, fit, forecast

SIZES = np.array([100, 300, 1000, 3000, 10000])


@pytest.mark.parametrize("law", [PowerLaw(0.05, 2.0, 0.4), PowerLaw(0.0, 1.5, 0.25), PowerLaw(0.2, 3.0, 0.6)])
def test_a_law_without_noise_is_found_again(law: PowerLaw) -> None:
    found = fit(SIZES, law(SIZES))
    assert np.allclose(found(SIZES), law(SIZES), rtol=0.01)
    assert np.allclose(found([20000]), law([20000]), atol=0.004)


def test_with_noise_it_is_nearly_as_good_as_least_squares() -> None:
    law, chance = PowerLaw(0.08, 2.5, 0.45), np.random.default_rng(0)
    ours, theirs = [], []
    for _ in range(30):
        errors = law(SIZES) + chance.normal(0, 0.006, len(SIZES))
        ours.append(float(forecast(SIZES, errors, np.full(5, 0.006), 20000)[0] - law(20000)))
        found, _ = curve_fit(
            lambda n, floor, scale, power: floor + scale * n**-power,
            SIZES,
            errors,
            p0=(0.05, 2, 0.4),
            bounds=((0, 0, 0.02), (1, 50, 2)),
        )
        theirs.append(float(found[0] + found[1] * 20000.0 ** -found[2] - law(20000)))
    assert np.sqrt(np.mean(np.square(ours))) <= 1.3 * np.sqrt(np.mean(np.square(theirs)))
    assert np.sqrt(np.mean(np.square(ours))) < 0.01


def test_forecasts_lie_within_their_interval_about_as_often_as_promised() -> None:
    law, chance = PowerLaw(0.1, 2.0, 0.5), np.random.default_rng(1)
    inside = 0
    for _ in range(40):
        errors = np.clip(law(SIZES) + chance.normal(0, 0.01, len(SIZES)), 0.01, 1)
        value, low, high = forecast(SIZES, errors, np.full(5, 0.01), 20000)
        assert low <= value <= high
        inside += low <= float(law(20000)) <= high
    assert inside >= 32


def test_where_curves_cross() -> None:
    tight, loose = np.full(5, 0.002), np.full(5, 0.2)
    rising, level = np.array([0.2, 0.4, 0.6, 0.7, 0.8]), np.full(5, 0.5)
    found = crossing(SIZES, rising, tight, level, tight)
    assert found.kind == "crosses"
    assert found.low is not None
    assert found.high is not None
    assert 300 < found.low <= 550 <= found.high < 1000
    assert crossing(SIZES, level + 0.1, tight, level, tight) == Crossing("leads")
    assert crossing(SIZES, level - 0.1, tight, level, tight) == Crossing("trails")
    assert crossing(SIZES, level + 0.01, loose, level, loose) == Crossing("undecided")

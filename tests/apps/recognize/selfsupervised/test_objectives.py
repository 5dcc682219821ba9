"""Objectives without labels against their formulas, written out term by term."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from pippin.apps.recognize.selfsupervised.objectives import (
    OBJECTIVES,
    OFF_DIAGONAL,
    TEMPERATURE,
    barlow_twins,
    nt_xent,
    vicreg,
)


def views(count: int = 6, width: int = 4, noise: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    first = torch.randn(count, width, generator=rng, dtype=torch.float64)
    return first, first + noise * torch.randn(count, width, generator=rng, dtype=torch.float64)


def test_nt_xent_is_the_mean_over_all_views_of_equation_1() -> None:
    first, second = views()
    every = np.concatenate([first.numpy(), second.numpy()])
    every /= np.linalg.norm(every, axis=1, keepdims=True)
    likeness = np.exp(every @ every.T / TEMPERATURE)
    losses = []
    for one in range(12):
        partner = (one + 6) % 12
        others = sum(likeness[one, other] for other in range(12) if other != one)
        losses.append(-math.log(likeness[one, partner] / others))
    assert float(nt_xent(first, second)) == pytest.approx(np.mean(losses))


def test_barlow_twins_weighs_the_diagonal_and_the_rest_of_the_correlations() -> None:
    first, second = views()
    correlation = np.corrcoef(first.numpy().T, second.numpy().T)[:4, 4:] * (6 - 1) / 6  # of standard deviations by N-1
    expected = sum(
        (correlation[i, j] - 1) ** 2 if i == j else OFF_DIAGONAL * correlation[i, j] ** 2
        for i in range(4)
        for j in range(4)
    )
    assert float(barlow_twins(first, second)) == pytest.approx(expected, rel=1e-4)


def test_vicreg_adds_its_three_terms() -> None:
    first, second = views()
    one, other = first.numpy(), second.numpy()
    invariance = ((one - other) ** 2).mean()
    variance = np.mean([np.maximum(0, 1 - np.sqrt(x.var(0, ddof=1) + 1e-4)).mean() for x in (one, other)])
    covariance = 0.0
    for x in (one, other):
        full = np.cov(x.T)
        covariance += ((full**2).sum() - (np.diag(full) ** 2).sum()) / 4
    assert float(vicreg(first, second)) == pytest.approx(25 * invariance + 25 * variance + covariance)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_views_that_agree_cost_less_than_views_that_do_not(name: str) -> None:
    objective = OBJECTIVES[name]
    near, far = (objective(*views(64, 8, noise)) for noise in (0.1, 3.0))
    assert float(near) < float(far)

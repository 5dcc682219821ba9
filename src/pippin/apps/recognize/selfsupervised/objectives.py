"""Objectives of learning without labels: what is minimised over two views of each image."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

Objective = Callable[[Tensor, Tensor], Tensor]

TEMPERATURE = 0.2
OFF_DIAGONAL = 0.005  # weight of the redundancy term; Zbontar et al. 2021, section 3
INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0  # Bardes et al. 2022, section 4.2


def nt_xent(first: Tensor, second: Tensor) -> Tensor:
    """Return the normalised temperature-scaled cross entropy of two views [N,D] (SimCLR; Chen et al. 2020, eq. 1)."""
    points = F.normalize(torch.cat([first, second]), dim=1)
    likeness = points @ points.T / TEMPERATURE
    likeness.fill_diagonal_(float("-inf"))
    count = len(first)
    partner = torch.arange(2 * count, device=first.device).roll(count)
    return F.cross_entropy(likeness, partner)


def barlow_twins(first: Tensor, second: Tensor) -> Tensor:
    """Return how far the views' cross-correlation is from the identity (Barlow Twins; Zbontar et al. 2021, eq. 1)."""
    count = len(first)
    one, other = ((x - x.mean(0)) / (x.std(0) + 1e-5) for x in (first, second))
    correlation = one.T @ other / count
    diagonal = torch.diagonal(correlation)
    off = correlation.square().sum() - diagonal.square().sum()
    return (diagonal - 1).square().sum() + OFF_DIAGONAL * off


def vicreg(first: Tensor, second: Tensor) -> Tensor:
    """Return invariance, variance and covariance terms of two views [N,D] (VICReg; Bardes et al. 2022, eq. 6)."""
    spread = sum(F.relu(1 - (x.var(0) + 1e-4).sqrt()).mean() for x in (first, second))
    redundancy = first.new_zeros(())
    for x in (first, second):
        centred = x - x.mean(0)
        covariance = centred.T @ centred / (len(x) - 1)
        redundancy = redundancy + (covariance.square().sum() - covariance.diagonal().square().sum()) / x.shape[1]
    return INVARIANCE * F.mse_loss(first, second) + VARIANCE * spread / 2 + COVARIANCE * redundancy


OBJECTIVES: Mapping[str, Objective] = {"simclr": nt_xent, "barlow-twins": barlow_twins, "vicreg": vicreg}

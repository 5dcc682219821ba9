"""Muon's two halves beside PyTorch's own optimizers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.learn.nn.muon import Muon, orthogonal


def stepped(optimizer: torch.optim.Optimizer, parameter: nn.Parameter, gradients: list[Tensor]) -> Tensor:
    """The parameter after a step along each gradient."""
    for gradient in gradients:
        parameter.grad = gradient.reshape(parameter.shape).clone()
        optimizer.step()
    return parameter.detach()


@pytest.mark.parametrize("shape", [(7,), (5, 9)])
def test_what_is_no_convolution_learns_as_by_adamw(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    start, gradients = torch.randn(shape), [torch.randn(shape) for _ in range(5)]
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    decay = 0.1 if len(shape) > 1 else 0.0  # ours spares biases and norms
    expected = stepped(torch.optim.AdamW([theirs], 0.02, weight_decay=decay), theirs, gradients)
    torch.testing.assert_close(stepped(Muon([ours], 0.2, 0.1), ours, gradients), expected)


@pytest.mark.parametrize("shape", [(16, 4, 3, 3), (48, 3, 3, 3)])
def test_a_convolution_learns_as_by_pytorchs_muon_on_its_matrix(shape: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    start, gradients = torch.randn(shape), [torch.randn(shape) for _ in range(4)]
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.flatten(1).clone())
    reference = torch.optim.Muon([theirs], 0.05, weight_decay=0.1, momentum=0.9, nesterov=True)
    moved = (stepped(Muon([ours], 0.05, 0.1), ours, gradients) - start).flatten()
    expected = (stepped(reference, theirs, gradients) - start.flatten(1)).flatten()
    # Theirs computes in 16 bits and averages where ours sums, which the normalisation takes out again.
    assert F.cosine_similarity(moved, expected, dim=0) > 0.99
    assert 0.9 < moved.norm() / expected.norm() < 1.1


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (12, 12)])
def test_singular_values_end_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(2)
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    values = torch.linalg.svdvals(orthogonal(u @ torch.diag(torch.linspace(0.05, 3, len(v))) @ v))
    assert values.min() > 0.6
    assert values.max() < 1.3

"""Muon: steps in which every direction a layer could move in counts alike; it learns in far fewer steps than AdamW."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

ITERATIONS = 5
# Of the quintic that takes singular values in (0, 1] near 1 in five rounds; chosen by Jordan et al. for speed.
A, B, C = 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers") for convolutions, AdamW for all else.

    A convolution's weights [out, in, h, w] are one matrix [out, in*h*w], whose momentum is made nearly orthogonal.
    `rate` holds for these; the rest (biases, norms, the last layer) learn at `rest` times it. Weight decay is decoupled
    and spares one-dimensional parameters.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], rate: float, weight_decay: float, rest: float = 0.1) -> None:
        every = list(parameters)
        filters, others = [p for p in every if p.ndim == 4], [p for p in every if p.ndim != 4]
        groups = [{"params": filters, "muon": True, "scale": 1.0}, {"params": others, "muon": False, "scale": rest}]
        super().__init__(groups, {"lr": rate, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step along every parameter's gradient."""
        for group in self.param_groups:
            move = _orthogonal_step if group["muon"] else _adamw_step
            for parameter in group["params"]:
                if parameter.grad is not None:
                    move(parameter, self.state[parameter], group["lr"] * group["scale"], group["weight_decay"])


def _orthogonal_step(parameter: Tensor, state: dict[str, Any], rate: float, decay: float) -> None:
    assert parameter.grad is not None
    momentum = state.setdefault("momentum", torch.zeros_like(parameter))
    momentum.mul_(0.9).add_(parameter.grad)
    update = orthogonal(parameter.grad.add(momentum, alpha=0.9).flatten(1)).view(parameter.shape)
    rows, columns = len(parameter), parameter[0].numel()
    parameter.mul_(1 - rate * decay).add_(update, alpha=-rate * max(1.0, rows / columns) ** 0.5)


def _adamw_step(parameter: Tensor, state: dict[str, Any], rate: float, decay: float) -> None:
    assert parameter.grad is not None
    first = state.setdefault("first", torch.zeros_like(parameter)).lerp_(parameter.grad, 0.1)
    second = state.setdefault("second", torch.zeros_like(parameter))
    second.mul_(0.999).addcmul_(parameter.grad, parameter.grad, value=0.001)
    count = state.setdefault("count", torch.zeros(())).add_(1)
    scale = (second / (1 - 0.999**count)).sqrt_().add_(1e-8)
    if parameter.ndim > 1:
        parameter.mul_(1 - rate * decay)
    parameter.addcdiv_(first / (1 - 0.9**count), scale, value=-rate)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return the matrix [m, n] with its singular values moved near 1 (0.7 to 1.2), by Newton-Schulz iteration."""
    tall = len(matrix) > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.T if tall else x

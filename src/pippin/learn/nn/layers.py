"""Layers that PyTorch has no name for."""

from __future__ import annotations

from torch import Tensor, nn


class Residual(nn.Module):
    """What goes in, plus what `branch` makes of it (He et al. 2016, "Deep Residual Learning for Image Recognition")."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape as `x`."""
        return x + self.branch(x)


class Standardise(nn.Module):
    """Take away each channel's mean and divide by its spread, both [channels] and never learned: NCHW to NCHW."""

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean.reshape(-1, 1, 1))
        self.register_buffer("spread", spread.reshape(-1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape as `x`."""
        return (x - self.mean) / self.spread


def convolution(inside: int, outside: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Return a convolution that keeps the side (or divides it by `stride`), batch normalisation, SiLU."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outside), nn.SiLU()
    )

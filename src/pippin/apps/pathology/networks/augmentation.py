"""Random small turns, shifts, sizes and contrasts of images, which change no label."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

DEGREES, SIZE, SHIFT, CONTRAST, LIGHT = 10.0, 0.15, 0.075, 0.15, 0.05


def vary(images_NCHW: Tensor, generator: torch.Generator) -> Tensor:
    """Return images from 0 to 1, each turned, shifted, resized, mirrored and lit at random."""
    count = len(images_NCHW)

    def between(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator)

    angle = between(-DEGREES, DEGREES) * math.pi / 180
    size = between(1 - SIZE, 1 + SIZE)
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    shift = between(-2 * SHIFT, 2 * SHIFT, 2)
    rows = [
        torch.stack([mirror * size * angle.cos(), -size * angle.sin(), shift[:, 0]], 1),
        torch.stack([mirror * size * angle.sin(), size * angle.cos(), shift[:, 1]], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), list(images_NCHW.shape), align_corners=False)
    moved = F.grid_sample(images_NCHW, grid, padding_mode="reflection", align_corners=False)
    contrast, light = between(1 - CONTRAST, 1 + CONTRAST, 1, 1, 1), between(-LIGHT, LIGHT, 1, 1, 1)
    return (moved - 0.5) * contrast + 0.5 + light

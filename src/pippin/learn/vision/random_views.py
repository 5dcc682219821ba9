"""Random views of images: crops, mirror images and changed colours of a whole batch at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

# From RGB to YIQ, where a turn about the first axis changes the hue alone.
_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_RGB = torch.linalg.inv(_YIQ)
_LUMA = torch.tensor([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class ViewConfig:
    """How much views differ: the parts of an image's area a crop may take, colours, the share of grey views."""

    area: tuple[float, float] = (0.2, 1.0)
    aspect: float = 4 / 3  # width to height, at most (and its inverse)
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1  # of a whole turn
    jitter: float = 0.8  # share of views whose colours change
    grey: float = 0.2  # share of views without colours
    mirror: bool = True


def random_views(images: Tensor, generator: torch.Generator, side: int, config: ViewConfig) -> Tensor:
    """Return one view of each image [N,3,H,W] (0 to 1) as [N,3,side,side].

    Random resized crops, mirror images, colour jitter and grey as in SimCLR (Chen et al. 2020, appendix A), without
    its blur; crops and mirror images are one bilinear sampling, colours one 3 x 3 matrix and an offset for each image.
    """
    cropped = F.grid_sample(images, _grid(images, generator, side, config), padding_mode="border", align_corners=False)
    return _recolour(cropped, generator, config).clamp_(0, 1)


def _grid(images: Tensor, generator: torch.Generator, side: int, config: ViewConfig) -> Tensor:
    """Return where to sample [N,side,side,2]: for each image a rectangle within it, half of them mirrored."""
    count = len(images)
    area = _between(config.area[0], config.area[1], count, generator)
    turn = math.log(config.aspect)
    aspect = _between(-turn, turn, count, generator).exp()
    scale = torch.stack([(area * aspect).sqrt(), (area / aspect).sqrt()], 1).clamp(max=1.0)
    shift = (1 - scale) * (2 * torch.rand(count, 2, generator=generator) - 1)
    if config.mirror:
        scale[:, 0] *= torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    line = (torch.arange(side) + 0.5) / side * 2 - 1
    x = scale[:, :1] * line + shift[:, :1]
    y = scale[:, 1:] * line + shift[:, 1:]
    return torch.stack([x[:, None, :].expand(-1, side, -1), y[:, :, None].expand(-1, -1, side)], 3)


def _recolour(images: Tensor, generator: torch.Generator, config: ViewConfig) -> Tensor:
    """Change brightness, contrast, saturation and hue of most views, take the colours of some."""
    count = len(images)
    angle = _between(-config.hue, config.hue, count, generator) * 2 * math.pi
    saturation = _between(1 - config.saturation, 1 + config.saturation, count, generator)
    contrast = _between(1 - config.contrast, 1 + config.contrast, count, generator)
    brightness = _between(1 - config.brightness, 1 + config.brightness, count, generator)
    turn = torch.zeros(count, 3, 3)
    turn[:, 0, 0] = 1
    turn[:, 1, 1] = turn[:, 2, 2] = angle.cos() * saturation
    turn[:, 2, 1] = angle.sin() * saturation
    turn[:, 1, 2] = -turn[:, 2, 1]
    matrix = _RGB @ turn @ _YIQ
    changed = torch.rand(count, generator=generator) < config.jitter
    matrix = torch.where(changed[:, None, None], matrix * (contrast * brightness)[:, None, None], torch.eye(3))
    grey = torch.rand(count, generator=generator) < config.grey
    matrix = torch.where(grey[:, None, None], _LUMA.expand(3, 3) @ matrix, matrix)
    luma = torch.einsum("c,nchw->n", _LUMA, images) / images[0, 0].numel()
    offset = torch.where(changed, luma * (1 - contrast) * brightness, 0.0)
    flat = torch.baddbmm(offset[:, None, None], matrix, images.flatten(2))
    return flat.view_as(images)


def _between(low: float, high: float, count: int, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)

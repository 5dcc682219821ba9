"""Data augmentation of images: random shifts and mirror images, which a network should recognise too."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def random_shift_flip(images: Tensor, generator: torch.Generator, *, shift: int, mirror: bool = True) -> Tensor:
    """Shift images [N,C,H,W] by up to `shift` pixels; mirror half of them.

    What comes into view at the rim is the image's reflection.
    """
    count, _, height, width = images.shape
    padded = F.pad(images, (shift,) * 4, mode="reflect").permute(0, 2, 3, 1)
    move = torch.randint(0, 2 * shift + 1, (count, 2), generator=generator)
    rows = move[:, :1] + torch.arange(height)
    columns = move[:, 1:] + torch.arange(width)
    if mirror:
        turned = torch.rand(count, 1, generator=generator) < 0.5
        columns = torch.where(turned, columns.flip(1), columns)
    each = torch.arange(count)[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)

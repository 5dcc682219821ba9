"""Pictures a little changed, as a network should recognise them too: moved, mirrored, with a part covered."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def varied(pictures: Tensor, generator: torch.Generator, *, shift: int, cover: int = 0, mirror: bool = True) -> Tensor:
    """Pictures [N,C,H,W], each moved by up to `shift` pixels, mirrored half the time, a square of `cover` pixels grey.

    What comes into view at the rim is the picture's reflection. The square (Cutout: DeVries and Taylor 2017) takes the
    picture's mean colour and may reach over the rim.
    """
    count, _, height, width = pictures.shape
    padded = F.pad(pictures, (shift,) * 4, mode="reflect").permute(0, 2, 3, 1)
    move = torch.randint(0, 2 * shift + 1, (count, 2), generator=generator)
    rows = move[:, :1] + torch.arange(height)
    columns = move[:, 1:] + torch.arange(width)
    if mirror:
        turned = torch.rand(count, 1, generator=generator) < 0.5
        columns = torch.where(turned, columns.flip(1), columns)
    each = torch.arange(count)[:, None, None]
    moved = padded[each, rows[:, :, None], columns[:, None, :]]
    if cover:
        place = torch.rand(count, 2, generator=generator) * torch.tensor([height, width])
        down = (torch.arange(height) + 0.5 - place[:, :1]).abs() < cover / 2
        along = (torch.arange(width) + 0.5 - place[:, 1:]).abs() < cover / 2
        hidden = (down[:, :, None] & along[:, None, :])[..., None]
        moved = torch.where(hidden, moved.mean(dim=(1, 2), keepdim=True), moved)
    return moved.permute(0, 3, 1, 2)

"""Preferred inputs: pictures made up, from noise, to excite one unit of a network as much as can be."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pippin.apps.recognize.networks import Stages

STEPS = 160
RATE = 0.06
JITTER = 2  # pixels the picture is moved before each step, so that no single pixel counts


def preferred(network: Stages, stage: str, units: list[int], side: int, colours: NDArray[np.float32]) -> Tensor:
    """Pictures [len(units),3,side,side] (0 to 1) that excite each unit of a stage most, in the middle of its map.

    Gradient ascent on the Fourier spectrum, low frequencies weighing more, in colours that vary as those of the data
    do: `colours` [3,3] takes independent numbers to RGB (Olah, Mordvintsev and Schubert 2017, "Feature Visualization").
    """
    chance = torch.Generator().manual_seed(0)
    spectrum = 0.01 * torch.randn(len(units), 3, side, side // 2 + 1, 2, generator=chance)
    spectrum.requires_grad_()
    frequency = torch.hypot(torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None])
    weight = (1 / frequency.clamp(min=1 / side))[..., None]
    mix = torch.from_numpy(colours)
    optimizer = torch.optim.Adam([spectrum], RATE)
    each = torch.arange(len(units))
    for _ in range(STEPS):
        down, along = torch.randint(-JITTER, JITTER + 1, (2,), generator=chance).tolist()
        maps = upto(network, stage, _drawn(spectrum, weight, mix, side).roll((down, along), (2, 3)))
        middle = maps[each, torch.tensor(units), maps.shape[2] // 2, maps.shape[3] // 2]
        optimizer.zero_grad()
        (-middle.sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return _drawn(spectrum, weight, mix, side).detach()


def _drawn(spectrum: Tensor, weight: Tensor, mix: Tensor, side: int) -> Tensor:
    waves = torch.fft.irfft2(torch.view_as_complex(spectrum * weight), s=(side, side), norm="ortho")
    return torch.sigmoid(torch.einsum("nchw,dc->ndhw", waves, mix))


def upto(network: Stages, stage: str, pictures: Tensor) -> Tensor:
    """The maps [N,C,h,w] a stage makes of pictures [N,3,side,side]."""
    x: Tensor = network.standardise(pictures)
    for name, part in network.stages.items():
        x = part(x)
        if name == stage:
            break
    return x


def colours_of(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """The matrix [3,3] that gives independent numbers the covariance of the colours of pictures [N,3,h,w]."""
    flat = pictures.transpose(1, 0, 2, 3).reshape(3, -1)
    values, vectors = np.linalg.eigh(np.cov(flat))
    mix = vectors * np.sqrt(np.maximum(values, 1e-6))
    return np.asarray(mix / np.abs(mix).max() * 1.6, np.float32)

"""Preferred inputs: images made up, from noise, to excite one unit of a network as much as can be."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pippin.apps.recognize.explain.receptive_field import fields
from pippin.apps.recognize.scratch.networks import StagedResNet

Colours = tuple[NDArray[np.float32], NDArray[np.float32]]

STEPS = 160
STARTS = 8
RATE = 0.05
CONTRAST = 1.5  # of that of the data
JITTER = 1  # pixels the image is moved before each step, so that no single pixel counts


def preferred(network: StagedResNet, stage: str, units: list[int], side: int, colours: Colours) -> Tensor:
    """Return images [len(units),3,side,side] (0 to 1) that excite each unit of a stage most, in the middle of its map.

    Gradient ascent on the Fourier spectrum, low frequencies weighing more, in colours that vary as those of the data
    do (Olah, Mordvintsev and Schubert 2017, "Feature Visualization"). The contrast of what the unit sees is kept at
    that of the data, or the brightest black and white would win.
    """
    rng = torch.Generator().manual_seed(0)
    frequency = torch.hypot(torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None])
    weight = (1 / frequency.clamp(min=1 / side))[..., None]
    seen = _activations(network, stage, side)
    each, which = torch.arange(len(units)), torch.tensor(units)

    def excited(spectrum: Tensor, moved: tuple[int, int] = (0, 0)) -> Tensor:
        maps = upto(network, stage, _render(spectrum * weight, seen, colours).roll(moved, (2, 3)))
        return maps[each, which, maps.shape[2] // 2, maps.shape[3] // 2]

    # A silent unit has no slope to climb, so each starts where it is least silent of some random images.
    starts = torch.randn(STARTS, len(units), 3, side, side // 2 + 1, 2, generator=rng)
    with torch.no_grad():
        best = torch.stack([excited(start) for start in starts]).argmax(0)
    spectrum = starts[best, each].requires_grad_()
    optimizer = torch.optim.Adam([spectrum], RATE)
    for _ in range(STEPS):
        down, along = torch.randint(-JITTER, JITTER + 1, (2,), generator=rng).tolist()
        optimizer.zero_grad()
        (-excited(spectrum, (down, along)).sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return _render(spectrum * weight, seen, colours).detach()


def _activations(network: StagedResNet, stage: str, side: int) -> Tensor:
    """Return 1 for every pixel the unit in the middle of a stage's map sees, else 0: [side,side]."""
    places = upto(network, stage, torch.zeros(1, 3, side, side)).shape[2]
    left, top, right, bottom = fields(network)[stage].box(places // 2, places // 2)
    seen = torch.zeros(side, side)
    seen[max(top, 0) : bottom, max(left, 0) : right] = 1
    return seen


def _render(spectrum: Tensor, seen: Tensor, colours: Colours) -> Tensor:
    mean, mix = (torch.from_numpy(part) for part in colours)
    waves = torch.fft.irfft2(torch.view_as_complex(spectrum), s=tuple(seen.shape), norm="ortho") * seen
    power = (waves**2).sum((1, 2, 3), keepdim=True) / (3 * seen.sum())
    told = torch.einsum("nchw,dc->ndhw", CONTRAST * waves * power.rsqrt(), mix)
    return torch.sigmoid(4 * told + torch.logit(mean)[:, None, None])


def upto(network: StagedResNet, stage: str, images: Tensor) -> Tensor:
    """Return the maps [N,C,h,w] a stage makes of images [N,3,side,side]."""
    x: Tensor = network.standardise(images)
    for name, part in network.stages.items():
        x = part(x)
        if name == stage:
            break
    return x


def colours_of(images: NDArray[np.float32]) -> Colours:
    """Return the mean colour [3] of images [N,3,h,w], and the matrix [3,3] that gives noise their covariance."""
    flat = images.transpose(1, 0, 2, 3).reshape(3, -1)
    values, vectors = np.linalg.eigh(np.cov(flat))
    mix = vectors * np.sqrt(np.maximum(values, 1e-6))
    return flat.mean(axis=1).clip(0.05, 0.95).astype(np.float32), mix.astype(np.float32)

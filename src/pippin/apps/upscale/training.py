"""How the network learns: patches of photographs, each beside a smaller copy of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pippin.apps.upscale.colours import LUMA
from pippin.apps.upscale.data import smaller, whole
from pippin.apps.upscale.degrading import degraded
from pippin.apps.upscale.model import Shape
from pippin.apps.upscale.network import Upscaler
from pippin.apps.upscale.presets import Preset
from pippin.apps.upscale.resizing import resized, rounded
from pippin.core.errors import missing_extra
from pippin.core.run import Run
from pippin.learn.loop import Batches, Recipe, train

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor

Array = np.ndarray
PATCHES = 16  # an epoch has of each photograph
AVERAGE = 0.998  # of the weights, step by step
RISE = 0.05
Patch = tuple[Tensor, Tensor]
Source = Callable[[float, float], Patch]  # a patch and its larger self, from a place in the photograph (0..1, 0..1)


def learned(
    photographs: Sequence[Array],
    shape: Shape,
    preset: Preset,
    run: Run,
    before: Mapping[str, Array],
    held_out: Sequence[Array] = (),
) -> Upscaler:
    """A network that learned from 8-bit RGB photographs [H,W,3]; it begins with what fits of `before`.

    The loss on `held_out` photographs is logged.
    """
    torch.manual_seed(run.seed)
    network = Upscaler(shape)
    network.begin_with(before)
    photographs = [copy(photograph, size) for size in preset.sizes for photograph in photographs]
    side = min(preset.side, min(min(photograph.shape[:2]) for photograph in photographs) // shape.scale)
    make = worn_source if preset.worn else clean_source
    sources = [make(photograph, shape, side) for photograph in photographs]
    recipe = Recipe(
        batch=preset.batch, rate=preset.rate, weight_decay=0.0, epochs=preset.epochs, rise=RISE,
        optimizer="muon", average=AVERAGE,
    )  # fmt: skip
    with run.pause():
        large = [photograph for photograph in held_out if min(photograph.shape[:2]) // shape.scale >= side]
        apart = patches([make(photograph, shape, side) for photograph in large])
    train(network, loss, patches(sources), run, recipe, held_out=apart)
    return network


def copy(photograph: Array, size: float) -> Array:
    """The photograph at `size` times its sides."""
    if size == 1:
        return photograph
    return rounded(resized(photograph, *(round(size * side) for side in photograph.shape[:2])))


def loss(network: Upscaler, small: Tensor, large: Tensor) -> Tensor:
    """Mean absolute error."""
    return (network(small) - large).abs().mean()


def patches(sources: Sequence[Source]) -> Batches:
    """Batches of (smaller [N,c,side+2r,side+2r], larger [N,c,scale*side,scale*side]), turned and mirrored at random."""

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        chance = torch.rand(len(indices), 3, generator=generator).tolist()
        found = []
        for index, (top, left, turn) in zip(indices.tolist(), chance, strict=True):
            pair = sources[index % len(sources)](top, left)
            found.append([turned(patch, int(turn * 8)) for patch in pair])
        small, large = (torch.stack(parts).float() for parts in zip(*found, strict=True))
        return small, large

    return Batches(PATCHES * len(sources), fetch)


def turned(patch: Tensor, turn: int) -> Tensor:
    """One of the eight ways to lay a square [c,h,w] down."""
    patch = torch.rot90(patch, turn % 4, (1, 2))
    return patch.flip(1) if turn >= 4 else patch


def clean_source(photograph: Array, shape: Shape, side: int) -> Source:
    """Patches of luma [1,...] from a photograph and its bicubic copy, whose borders are mirrored."""
    scale, radius = shape.scale, shape.radius
    small = np.pad(smaller(photograph, scale, None) @ LUMA, radius, mode="symmetric")
    # Half precision keeps luma to a sixteenth of a level, in half the memory.
    lumas = small, whole(photograph, scale) @ LUMA
    less, more = (torch.from_numpy((luma / 255).astype(np.float16))[None] for luma in lumas)
    room = [size - 2 * radius - side + 1 for size in small.shape]

    def patch(down: float, right: float) -> Patch:
        top, left = int(down * room[0]), int(right * room[1])
        part = less[:, top : top + side + 2 * radius, left : left + side + 2 * radius]
        return part, more[:, scale * top : scale * (top + side), scale * left : scale * (left + side)]

    return patch


def worn_source(photograph: Array, shape: Shape, side: int) -> Source:
    """Patches of RGB [3,...], each worn anew."""
    scale, radius = shape.scale, shape.radius
    around = scale * radius
    room = [size - scale * side + 1 for size in photograph.shape[:2]]
    padded = np.pad(photograph, ((around, around), (around, around), (0, 0)), mode="symmetric")

    def patch(down: float, right: float) -> Patch:
        top, left = int(down * room[0]), int(right * room[1])
        large = padded[top : top + scale * side + 2 * around, left : left + scale * side + 2 * around]
        seed = int(np.float64(down).view(np.uint64)) ^ int(right * 2**31)  # all of it hangs on the place
        worn = degraded(large, scale, np.random.default_rng(seed))
        inner = large[around:-around, around:-around]
        less, more = (torch.from_numpy(part.transpose(2, 0, 1).astype(np.float32) / 255) for part in (worn, inner))
        return less, more

    return patch

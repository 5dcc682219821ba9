"""How the network learns: patches of photographs, each beside a smaller copy of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.data import crop_to_multiple, downscale
from pippin.apps.upscale.degradation import any_degradation, degrade
from pippin.apps.upscale.network import Upscaler
from pippin.apps.upscale.onnx_model import Shape
from pippin.apps.upscale.presets import Preset
from pippin.apps.upscale.resampling import resized, rounded
from pippin.core.errors import missing_extra
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor
from torch.nn import functional as F

Array = np.ndarray
PATCHES = 16  # an epoch has of each photograph
AVERAGE = 0.998  # of the weights, step by step
RISE = 0.05
GOING_ON = 0.3  # of a preset's rate where a network of the same shape goes on; at the whole rate its loss ran away
ALIKE = 2  # images of a batch that are degraded alike
TRUE = 0.5  # share of the batches that are restored by their true condition, the others by its estimate
JITTER = 0.03  # of a true condition, so that a small error of an estimate does no harm
ESTIMATE = 0.05  # how much the estimate's error counts
NEAR = 0.1  # errors below count by their square: the middle value of a direction is none, and would be learned as such
Patch = tuple[Tensor, Tensor]
Source = Callable[[float, float], Patch]  # a patch and its larger self, from a position in the photograph (0..1, 0..1)


def learned(
    photographs: Sequence[Array],
    shape: Shape,
    preset: Preset,
    run: Run,
    before: Mapping[str, Array],
    held_out: Sequence[Array] = (),
) -> Upscaler:
    """Return a network that learned from 8-bit RGB photographs [H,W,3]; it begins with what fits of `before`.

    The loss on `held_out` photographs is logged.
    """
    torch.manual_seed(run.seed)
    network = Upscaler(shape)
    network.begin_with(before)
    rate = preset.rate * (GOING_ON if _same_shape(before, shape) else 1)
    photographs = [copy(photograph, size) for size in preset.sizes for photograph in photographs]
    side = min(preset.side * shape.fold, min(min(photograph.shape[:2]) for photograph in photographs) // shape.scale)

    def batches(images: Sequence[Array]) -> Batches:
        if preset.worn or shape.scale == 1:
            return degraded_patches(images, shape, side)
        return patches([clean_source(image, shape, side) for image in images])

    recipe = TrainingConfig(
        batch=preset.batch, rate=rate, weight_decay=0.0, epochs=preset.epochs, rise=RISE,
        optimizer="muon", average=AVERAGE,
    )  # fmt: skip
    with run.pause():
        apart = batches([photograph for photograph in held_out if min(photograph.shape[:2]) // shape.scale >= side])
    train(network, conditioned_loss if shape.experts else loss, batches(photographs), run, recipe, held_out=apart)
    return network


def _same_shape(weights: Mapping[str, Array], shape: Shape) -> bool:
    """Return whether the last convolution of a network fits, and so all of it."""
    last = weights.get(f"{shape.layers - 1}.weight")
    return last is not None and last.shape == shape.sizes(shape.layers - 1)[0]


def copy(photograph: Array, size: float) -> Array:
    """Return the photograph at `size` times its sides."""
    if size == 1:
        return photograph
    return rounded(resized(photograph, *(round(size * side) for side in photograph.shape[:2])))


def loss(network: Upscaler, small: Tensor, large: Tensor) -> Tensor:
    """Return the mean absolute error."""
    return (network(small) - large).abs().mean()


def conditioned_loss(network: Upscaler, small: Tensor, large: Tensor, conditions: Tensor) -> Tensor:
    """Return a mean over groups: absolute error, by the true or the estimated condition, plus the estimate's error.

    `small` and `large` [G,N,3,...] are groups of images that were degraded alike, by `conditions` [G,conditions]. The
    error is divided by the root of nearest-neighbour's, or badly degraded groups would count for most.
    """
    total = torch.zeros(())
    cut, factor = network.shape.radius, network.shape.scale
    for less, more, condition in zip(small, large, conditions, strict=True):
        estimate = network.estimator(less)
        known = torch.rand(()) < TRUE
        used = condition + JITTER * torch.randn_like(condition) if known else estimate.detach()
        plain = F.interpolate(less[..., cut:-cut, cut:-cut], scale_factor=factor, mode="nearest")
        usual = ((plain - more).abs().mean() + 1e-3).sqrt()
        total = total + (network(less, used) - more).abs().mean() / usual
        total = total + ESTIMATE * F.smooth_l1_loss(estimate, condition, beta=NEAR)
    return total / len(small)


def degraded_patches(photographs: Sequence[Array], shape: Shape, side: int) -> Batches:
    """Make batches of groups, each degraded alike: small and large images, and conditions; see `conditioned_loss`."""
    around, edge = shape.scale * shape.radius, shape.scale * side
    margin = ((around, around), (around, around), (0, 0))
    padded = [np.pad(photograph, margin, mode="symmetric") for photograph in photographs]

    def group(indices: Sequence[int], rng: np.random.Generator) -> tuple[Array, Array, Array]:
        large = np.stack([_square(padded[index % len(padded)], edge + 2 * around, rng) for index in indices])
        degradation = any_degradation(shape.scale, rng)
        small = degrade(large, degradation, shape.scale, rng)
        return small, large[:, around:-around, around:-around], degradation.condition(shape.scale)

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
        parts = zip(*(group(part.tolist(), rng) for part in torch.split(indices, ALIKE)), strict=True)
        small, large, conditions = (np.stack(part) for part in parts)
        planes = [torch.from_numpy(np.moveaxis(part, -1, 2).astype(np.float32) / 255) for part in (small, large)]
        if shape.channels == 1:
            planes = [(part * torch.tensor(LUMA, dtype=torch.float32).view(3, 1, 1)).sum(2, True) for part in planes]
        if not shape.experts:
            return tuple(part.flatten(0, 1) for part in planes)
        return planes[0], planes[1], torch.from_numpy(conditions)

    return Batches(PATCHES * len(padded), fetch)


def _square(photograph: Array, side: int, rng: np.random.Generator) -> Array:
    """Return a square [side,side,3] from anywhere in a photograph, laid down in one of the eight ways."""
    top, left = (int(rng.integers(size - side + 1)) for size in photograph.shape[:2])
    turn = int(rng.integers(8))
    square = np.rot90(photograph[top : top + side, left : left + side], turn % 4)
    return square[::-1] if turn >= 4 else square


def patches(sources: Sequence[Source]) -> Batches:
    """Return batches of (small [N,c,side+2r,side+2r], large [N,c,scale*side,scale*side]), randomly turned, mirrored."""

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
    """Turn and mirror a square [c,h,w] in one of the eight ways."""
    patch = torch.rot90(patch, turn % 4, (1, 2))
    return patch.flip(1) if turn >= 4 else patch


def clean_source(photograph: Array, shape: Shape, side: int) -> Source:
    """Return patches of luma [1,...] from a photograph and its bicubic copy, whose borders are mirrored."""
    scale, radius = shape.scale, shape.radius
    small = np.pad(downscale(photograph, scale, None) @ LUMA, radius, mode="symmetric")
    # Half precision keeps luma to a sixteenth of a level, in half the memory.
    lumas = small, crop_to_multiple(photograph, scale) @ LUMA
    less, more = (torch.from_numpy((luma / 255).astype(np.float16))[None] for luma in lumas)
    room = [size - 2 * radius - side + 1 for size in small.shape]

    def patch(down: float, right: float) -> Patch:
        top, left = int(down * room[0]), int(right * room[1])
        part = less[:, top : top + side + 2 * radius, left : left + side + 2 * radius]
        return part, more[:, scale * top : scale * (top + side), scale * left : scale * (left + side)]

    return patch

"""What a pair of pictures teaches: the last convolution is fitted anew, in closed form, so that it comes nearer.

The last convolution is linear, so this is ridge regression; what holds it back is not the size of its weights but how
much it would change what the network makes of pictures as it knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pippin.apps.upscale.colours import LUMA
from pippin.apps.upscale.files import open_photograph
from pippin.apps.upscale.model import Model
from pippin.core.errors import PippinError
from pippin.core.kinds import Input
from pippin.core.learner import Taught

Array = np.ndarray
USUAL = 24  # pictures by which it is known what the last convolution usually sees
CAUTION = 1.0  # how much a usual pixel counts beside a taught one, where there are as many
LARGEST = 1_000_000  # pixels of a taught pair, before it grows; the middle of a larger one
TINY = 1e-6  # of the mean square, so that nothing is divided by zero


@dataclass
class Lessons:
    """Sums over all taught pixels; `usual` is the mean of the same over pictures as the network knows them.

    With D numbers that the last convolution sees for each pixel (and a one), `usual` and `seen` are [D,D], `wanted`
    [D,outputs].
    """

    usual: Array = field(default_factory=lambda: np.zeros((0, 0)))
    seen: Array | None = None
    wanted: Array | None = None
    pixels: int = 0
    _applied: Model | None = None

    def add(self, model: Model, items: Sequence[Taught]) -> None:
        """Take in pairs; PippinError where the second picture is not the first, larger by the model's scale."""
        for item in items:
            seen, wanted = equations(model, *_pair(model, item))
            self.seen = seen if self.seen is None else self.seen + seen
            self.wanted = wanted if self.wanted is None else self.wanted + wanted
            self.pixels += 1
        self._applied = None

    def applied(self, model: Model) -> Model:
        """The model with its last convolution moved to where the lessons want it."""
        if self.seen is None or self.wanted is None:
            return model
        if self._applied is None:
            caution = CAUTION * self.usual + TINY * np.trace(self.usual) / len(self.usual) * np.eye(len(self.usual))
            change = np.linalg.solve(self.seen / self.pixels + caution, self.wanted / self.pixels).T
            last = model.shape.layers - 1
            weight, bias = model.weights[f"{last}.weight"], model.weights[f"{last}.bias"]
            self._applied = model.with_last(weight + change[:, :-1].reshape(weight.shape), bias + change[:, -1])
        return self._applied

    def save(self) -> dict[str, Array]:
        """As arrays; what was taught lies in the workspace, as rows."""
        return {"usual": self.usual[np.triu_indices(len(self.usual))].astype(np.float32)}

    @classmethod
    def load(cls, arrays: Mapping[str, Array]) -> Lessons:
        """From `save`."""
        half = arrays["usual"].astype(np.float64)
        size = int((2 * len(half)) ** 0.5)  # of size * (size + 1) / 2 numbers
        usual = np.zeros((size, size))
        usual[np.triu_indices(size)] = half
        return cls(usual=usual + np.triu(usual, 1).T)


def usual(model: Model, pictures: Sequence[Input]) -> Array:
    """The mean outer product [D,D] of what the last convolution sees in some pictures."""
    chosen = pictures[:: max(1, len(pictures) // USUAL)][:USUAL]
    return np.mean([_outer(_seen(model, _planes(picture))) for picture in chosen], 0)


def equations(model: Model, small: Array, large: Array) -> tuple[Array, Array]:
    """The normal equations of one pair, [D,D] and [D,outputs], each a mean over its pixels."""
    columns = _seen(model, small)
    bicubic, added = model(_padded(model, small))
    made = bicubic[0] if model.shape.channels == 3 else np.einsum("c,chw->hw", LUMA, bicubic[0])[None]
    target = large if model.shape.channels == 3 else np.einsum("c,chw->hw", LUMA, large)[None]
    missing = target - (made + added[0])
    scale, (channels, height, width) = model.shape.scale, missing.shape
    split = missing.reshape(channels, height // scale, scale, width // scale, scale).transpose(0, 2, 4, 1, 3)
    outputs = split.reshape(channels * scale**2, -1)
    return _outer(columns), columns @ outputs.T / columns.shape[1]


def _outer(columns: Array) -> Array:
    return np.asarray(columns @ columns.T / columns.shape[1])


def _seen(model: Model, small: Array) -> Array:
    """The numbers [D,pixels] from which the last convolution makes each pixel's outputs, and a one."""
    features = model.features(_padded(model, small))
    windows = np.lib.stride_tricks.sliding_window_view(features, (3, 3), (1, 2))
    rows = windows.transpose(0, 3, 4, 1, 2).reshape(len(features) * 9, -1)
    return np.concatenate([rows, np.ones((1, rows.shape[1]), rows.dtype)]).astype(np.float64)


def _padded(model: Model, planes: Array) -> Array:
    radius = model.shape.radius
    return np.pad(planes, ((0, 0), (radius, radius), (radius, radius)), mode="symmetric")[None].astype(np.float32)


def _planes(item: Input) -> Array:
    """A picture [3,H,W] in 0..1, without transparency."""
    photograph = open_photograph(item)
    array = np.concatenate(list(photograph.rows()))[..., : 3 if photograph.image.bands > 2 else 1]
    return np.broadcast_to(array.transpose(2, 0, 1) / np.iinfo(array.dtype).max, (3, *array.shape[:2]))


def _pair(model: Model, item: Taught) -> tuple[Array, Array]:
    if not isinstance(item.answer, Input):
        raise PippinError(f"{item.answer!r} is no picture; give the file {item.input.name} should have become.")
    small, large = _planes(item.input), _planes(item.answer)
    scale = model.shape.scale
    expected, found = (scale * small.shape[1], scale * small.shape[2]), large.shape[1:]
    if found != expected:
        message = f"{item.answer.name} is {found[1]} x {found[0]} pixels; {scale} times {item.input.name} would be"
        raise PippinError(f"{message} {expected[1]} x {expected[0]}.", input=item.answer.name)
    share = min(1.0, (LARGEST / (small.shape[1] * small.shape[2])) ** 0.5)
    height, width = (int(share * side) for side in small.shape[1:])
    top, left = (small.shape[1] - height) // 2, (small.shape[2] - width) // 2
    inner = (slice(None), slice(scale * top, scale * (top + height)), slice(scale * left, scale * (left + width)))
    return small[:, top : top + height, left : left + width], large[inner]

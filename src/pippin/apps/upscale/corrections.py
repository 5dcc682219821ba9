"""Corrections by pairs of images: the last convolution is fitted again, in closed form, to come nearer to them.

The last convolution is linear, so this is ridge regression; what holds it back is not the size of its weights but how
much it would change what the network makes of images as it knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.image_io import open_photograph
from pippin.apps.upscale.onnx_model import Model
from pippin.apps.upscale.pairs import mismatch
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.values import Correction

Array = np.ndarray
USUAL = 24  # images by which it is known what the last convolution usually sees
CAUTION = 1.0  # how much a usual pixel counts beside a taught one, where there are as many
STRIP = 64  # rows at once
LARGEST = 1_000_000  # pixels of a taught pair, before it grows; the middle of a larger one
TINY = 1e-6  # of the mean square, so that nothing is divided by zero


@dataclass
class Lessons:
    """Sums over all taught pairs; `usual` is the mean of the same over images as the network knows them.

    With D numbers that the last convolution sees for each pixel (and a one), `usual` and `seen` are [D,D], `wanted`
    [D,outputs].
    """

    usual: Array = field(default_factory=lambda: np.zeros((0, 0)))
    seen: Array | None = None
    wanted: Array | None = None
    pairs: int = 0
    _applied: Model | None = None

    def add(self, model: Model, items: Sequence[Correction]) -> None:
        """Add pairs; PippinError where the second image is not the first, larger by the model's scale."""
        for item in items:
            small, large = pair_of(model, item)
            seen, wanted = equations(model.adapted(small), small, large)
            self.seen = seen if self.seen is None else self.seen + seen
            self.wanted = wanted if self.wanted is None else self.wanted + wanted
            self.pairs += 1
        self._applied = None

    def applied(self, model: Model) -> Model:
        """Return the model with its last convolution moved to what the corrections ask for."""
        if self.seen is None or self.wanted is None:
            return model
        if self._applied is None:
            caution = CAUTION * self.usual + TINY * np.trace(self.usual) / len(self.usual) * np.eye(len(self.usual))
            change = np.linalg.solve(self.seen / self.pairs + caution, self.wanted / self.pairs).T
            last = model.shape.layers - 1
            weight, bias = model.weights[f"{last}.weight"], model.weights[f"{last}.bias"]
            self._applied = model.with_last(weight + change[:, :-1].reshape(weight.shape), bias + change[:, -1])
        return self._applied

    def save(self) -> dict[str, Array]:
        """Return arrays; the corrections themselves lie in the workspace, as rows."""
        return {"usual": self.usual[np.triu_indices(len(self.usual))].astype(np.float32)}

    @classmethod
    def load(cls, arrays: Mapping[str, Array]) -> Lessons:
        """Restore from what `save` returned."""
        half = arrays["usual"].astype(np.float64)
        size = int((2 * len(half)) ** 0.5)  # of size * (size + 1) / 2 numbers
        usual = np.zeros((size, size))
        usual[np.triu_indices(size)] = half
        return cls(usual=usual + np.triu(usual, 1).T)


def usual(model: Model, images: Sequence[Input]) -> Array:
    """Return the mean outer product [D,D] of what the last convolution sees in some images."""
    chosen = images[:: max(1, len(images) // USUAL)][:USUAL]
    planes = [_middle(planes_of(image), LARGEST) for image in chosen]
    return np.mean([equations(model.adapted(one), one)[0] for one in planes], 0)


def equations(model: Model, small: Array, large: Array | None = None) -> tuple[Array, Array]:
    """Return the normal equations of one image, or pair, [D,D] and [D,outputs], each a mean over its pixels."""
    radius, scale = model.shape.radius, model.shape.scale
    padded = np.pad(small, ((0, 0), (radius, radius), (radius, radius)), mode="symmetric").astype(np.float32)
    size, fold = 9 * model.shape.width + 1, model.shape.fold
    seen, wanted = np.zeros((size, size)), np.zeros((size, model.shape.channels * model.shape.factor**2))
    height, width = (side // fold * fold for side in small.shape[1:])
    padded = padded[:, : height + 2 * radius, : width + 2 * radius]
    large = None if large is None else large[:, : scale * height, : scale * width]
    for top in range(0, height, STRIP):
        part = np.ascontiguousarray(padded[None, :, top : top + STRIP + 2 * radius])
        columns = _columns(model.features(part))
        seen += columns @ columns.T
        if large is not None:
            wanted += columns @ _missing(model, part, large[:, scale * top : scale * (top + STRIP)]).T
    return seen * fold**2 / (height * width), wanted * fold**2 / (height * width)


def _columns(features: Array) -> Array:
    """Return the numbers [D,pixels] from which the last convolution makes each pixel's outputs, and a one."""
    windows = np.lib.stride_tricks.sliding_window_view(features, (3, 3), (1, 2))
    rows = windows.transpose(0, 3, 4, 1, 2).reshape(len(features) * 9, -1)
    return np.concatenate([rows, np.ones((1, rows.shape[1]), rows.dtype)])


def _missing(model: Model, part: Array, large: Array) -> Array:
    """Return the larger image less the model's, as the last convolution's outputs [outputs,pixels]."""
    bicubic, added = model(part)
    rest = large - bicubic[0] - (added[0] if model.shape.channels == 3 else 0)
    if model.shape.channels == 1:
        rest = np.einsum("c,chw->hw", LUMA, rest)[None] - added[0]
    factor, (channels, height, width) = model.shape.factor, rest.shape
    split = rest.reshape(channels, height // factor, factor, width // factor, factor).transpose(0, 2, 4, 1, 3)
    return np.asarray(split.reshape(channels * factor**2, -1), np.float32)


def planes_of(item: Input) -> Array:
    """Return an image [3,H,W] in 0..1, what is transparent as it is seen on grey."""
    photograph = open_photograph(item)
    return colour_planes(np.concatenate(list(photograph.rows())), alpha=photograph.alpha)


def colour_planes(array: Array, *, alpha: bool = False) -> Array:
    """Return rows [H,W,bands] of 8 or 16 bits as colours [3,H,W] in 0..1: grey three times, transparency on grey."""
    planes = array.transpose(2, 0, 1).astype(np.float32) / np.iinfo(array.dtype).max
    if alpha:
        planes, opaque = planes[:-1], planes[-1:]
        planes = planes * opaque + (1 - opaque) / 2
    return np.broadcast_to(planes[: 3 if len(planes) > 2 else 1], (3, *array.shape[:2]))


def _middle(planes: Array, most: int, scale: int = 1) -> Array:
    """Return the middle of an image, where it has more than `most` pixels a `scale`² of its own."""
    height, width = (side // scale for side in planes.shape[1:])
    share = min(1.0, (most / (height * width)) ** 0.5)
    tall, wide = int(share * height), int(share * width)
    top, left = scale * ((height - tall) // 2), scale * ((width - wide) // 2)
    return planes[:, top : top + scale * tall, left : left + scale * wide]


def check(model: Model, items: Sequence[Correction]) -> None:
    """Raise PippinError for two images that do not show the same: such a pair would spoil all later results."""
    for item in items:
        if problem := mismatch(*pair_of(model, item)):
            message = f"{item.answer.name} {problem}: not what {item.input.name} should become; give the same content."
            raise PippinError(message, input=item.answer.name)


def pair_of(model: Model, item: Correction) -> tuple[Array, Array]:
    """Return planes [3,h,w] and [3,s*h,s*w] of a pair (of a large one its centre); PippinError if sizes do not fit."""
    if not isinstance(item.answer, Input):
        raise PippinError(f"{item.answer!r} is no image; give the file {item.input.name} should have become.")
    small, large = planes_of(item.input), planes_of(item.answer)
    scale = model.shape.scale
    expected, found = (scale * small.shape[1], scale * small.shape[2]), large.shape[1:]
    if found != expected:
        message = f"{item.answer.name} is {found[1]} x {found[0]} pixels; {scale} times {item.input.name} would be"
        raise PippinError(f"{message} {expected[1]} x {expected[0]}.", input=item.answer.name)
    return _middle(small, LARGEST), _middle(large, LARGEST, scale)

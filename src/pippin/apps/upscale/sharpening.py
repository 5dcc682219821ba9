"""Unsharp masking: bicubic, and what a Gaussian takes from it added once more; width and amount are fitted."""

from __future__ import annotations

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.data import crop_to_multiple, downscale, pixels
from pippin.apps.upscale.enlargement import strength_of
from pippin.apps.upscale.presets import is_worn
from pippin.apps.upscale.resampling import resized
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.apps.upscale.upscaler import UpscaleBase
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import SavedState
from pippin.learn.threads import usable_threads

Array = np.ndarray
WIDTHS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)  # standard deviations to choose from, in pixels of the result
REACH = 9  # pixels of the result a Gaussian looks at on each side: three times the largest width and more
HALO = REACH + 3  # pixels around a tile: bicubic's own two and one for rounding


class UnsharpMasking(UpscaleBase):
    """The Gaussian width and the amount that come nearest to the photographs learned from, by least squares."""

    def __init__(self, config: UpscaleConfig) -> None:
        self.config = config
        self.width, self.amount = WIDTHS[0], 0.0

    def enlarger(self, item: Input | None = None) -> TiledUpscaler:
        """Return bicubic with the mask added."""
        return TiledUpscaler(self._network, self.scale, HALO, strength_of(self.config), usable_threads())

    def fit(self, data: Dataset, run: Run) -> None:
        """Fit on luma of `data.train` and `data.val`: for each width the amount has a closed form."""
        examples, worn = data.train + data.val, is_worn(self.config)
        sums = np.zeros((len(WIDTHS), 2))  # of detail times what is missing, and of squared detail
        for number, example in enumerate(examples):
            photograph = pixels(example.answer)
            small = downscale(photograph, self.scale, int(example.key[:12], 16) if worn else None)
            target = crop_to_multiple(photograph, self.scale) @ LUMA / 255
            plain = resized(small @ LUMA / 255, *target.shape)
            for index, width in enumerate(WIDTHS):
                detail = plain - blurred(plain, width)
                sums[index] += np.sum(detail * (target - plain)), np.sum(detail**2)
            run.log(step=number + 1, total=len(examples))
        amounts = np.maximum(sums[:, 0] / np.maximum(sums[:, 1], 1e-12), 0)
        best = int(np.argmax(amounts * sums[:, 0]))  # the squared error it takes away
        self.width, self.amount = WIDTHS[best], float(amounts[best])

    def _network(self, image: Array) -> tuple[Array, Array]:
        planes, cut = image[0], self.scale * HALO
        height, width = (self.scale * side for side in planes.shape[1:])
        large = np.stack([resized(plane, height, width) for plane in planes])
        luma = np.einsum("c,chw->hw", LUMA, large)
        added = self.amount * (luma - blurred(luma, self.width))
        inner = (slice(cut, -cut), slice(cut, -cut))
        return (
            np.ascontiguousarray(large[:, *inner], np.float32)[None],
            np.ascontiguousarray(added[inner], np.float32)[None, None],
        )

    def save(self) -> SavedState:
        """Return width and amount."""
        return SavedState({"mask": np.array([self.width, self.amount])})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        if "mask" not in saved.tensors:
            raise PippinError("The model lacks its mask; train it again.")
        self.width, self.amount = map(float, saved.tensors["mask"])


def blurred(plane: Array, width: float) -> Array:
    """Return a plane [H,W] under a Gaussian of this standard deviation, borders mirrored."""
    places = np.arange(-REACH, REACH + 1)
    weights = np.exp(-0.5 * (places / width) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        room = [(REACH, REACH) if axis == one else (0, 0) for one in (0, 1)]
        padded = np.pad(plane, room, mode="symmetric")
        size = plane.shape[axis]
        plane = sum(weight * np.take(padded, range(k, k + size), axis) for k, weight in enumerate(weights))
    return plane

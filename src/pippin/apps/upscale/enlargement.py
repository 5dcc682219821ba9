"""What makes an image larger: networks applied in turn, then a resize to fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.image_io import Photograph
from pippin.apps.upscale.row_resampling import resize_rows
from pippin.apps.upscale.sizes import NETWORK_SCALES, Size, network_scale, ratio
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.errors import PippinError
from pippin.core.inputs import Input

Array = np.ndarray


@dataclass(frozen=True)
class Enlargement:
    """What makes one image of `size` (height, width) one of `target`: networks in turn, then a resize to fit."""

    enlargers: tuple[TiledUpscaler, ...]
    size: tuple[int, int]
    target: tuple[int, int]

    @property
    def facts(self) -> Mapping[str, Any]:
        """Why the first network was chosen."""
        return self.enlargers[0].facts if self.enlargers else {}

    @property
    def factor(self) -> float:
        """How many times as wide the result is."""
        return ratio(self.target[1], self.size[1])

    def of_part(self, height: int, width: int) -> Enlargement:
        """Return the enlargement of a part of the image by the same factor."""
        tall, wide = (
            max(1, round(side * target / whole))
            for side, target, whole in zip((height, width), self.target, self.size, strict=True)
        )
        return replace(self, size=(height, width), target=(tall, wide))

    def rows(self, slabs: Iterable[Array], *, alpha: bool) -> Iterator[Array]:
        """Yield rows of the result from top to bottom, from rows [k,W,bands] of 8 or 16 bits."""
        size = self.size
        for enlarger in self.enlargers:
            slabs = enlarger.rows(slabs, *size, alpha=alpha)
            size = size[0] * enlarger.scale, size[1] * enlarger.scale
        return resize_rows(slabs, size, self.target, alpha=alpha)

    def pixels(self) -> Iterator[tuple[TiledUpscaler | None, int]]:
        """Yield how many pixels each network takes in, and (None) how many the resize does."""
        height, width = self.size
        for enlarger in self.enlargers:
            yield enlarger, height * width
            height, width = height * enlarger.scale, width * enlarger.scale
        if (height, width) != self.target:
            yield None, height * width


Find = Callable[[int, Input | None], TiledUpscaler]  # a network, by its scale and the image it is for


class ImageEnlarger(ABC):
    """Makes images of another size; subclasses say by `enlarger()` what makes them.

    `find_learner` gives the learner in use for other settings; without it a network is applied again and again.
    """

    config: UpscaleConfig
    find_learner: Callable[..., Any] | None = None

    @property
    def scale(self) -> int:
        """Of the network these settings ask for."""
        return network_scale(self.config)

    @property
    def own_scale(self) -> int:
        """Of the network this learner holds."""
        return self.scale

    @abstractmethod
    def enlarger(self, item: Input | None = None) -> TiledUpscaler:
        """Return the upscaler of an image, by its condition."""

    def slowest(self) -> TiledUpscaler:
        """Return the slowest upscaler that `enlarger` returns."""
        return self.enlarger()

    def frozen(self) -> ImageEnlarger:
        """Return this learner as it is now: what it learns later changes no answer it has given."""
        return self

    def learners(self) -> Callable[[int], ImageEnlarger]:
        """Return a function from a scale to the learner for it, each found once."""
        found: dict[int, ImageEnlarger] = {self.own_scale: self}

        def find(scale: int) -> ImageEnlarger:
            if scale not in found:
                assert self.find_learner is not None
                found[scale] = self.find_learner(scale=scale, width=0, fit="")
            return found[scale]

        return find

    def passes(self, height: int, width: int) -> tuple[int, ...]:
        """Return the scales of the networks an image of these pixels goes through."""
        scales = (self.own_scale,) if self.find_learner is None else NETWORK_SCALES
        return Size.of(self.config).passes(height, width, scales)


def upscaled_rows(photograph: Photograph, enlarger: TiledUpscaler) -> Iterator[Array]:
    """Yield the rows of the image as one network makes it."""
    return enlarger.rows(photograph.rows(), *photograph.size, alpha=photograph.alpha)


def strength_of(config: UpscaleConfig) -> float:
    """Return the setting, checked."""
    strength = config.strength
    if not 0 <= strength <= 2:
        raise PippinError(f"A strength lies between 0 (bicubic) and 2, and {strength:g} does not.", input=strength)
    return strength

"""How long results take to make: kinds of networks, each timed on one tile, and the pixels that go through them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pippin.apps.upscale.row_resampling import resize_rows
from pippin.apps.upscale.tiling import TILE, TiledUpscaler


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of network, by one of them, or the resize."""

    enlarger: TiledUpscaler | None

    def seconds_a_pixel(self) -> float:
        """Time it on one tile."""
        return _resize_seconds() if self.enlarger is None else seconds_a_pixel(self.enlarger)


@dataclass(frozen=True)
class Making:
    """Writes an answer's file when it is called; `pixels` go through each kind of network (None: a resize)."""

    write: Callable[[Path], object]
    pixels: Mapping[Kind, int]

    def __call__(self, path: Path) -> object:
        return self.write(path)


def seconds_for(work: Iterable[Making]) -> float:
    """Estimate the time to make all of them."""
    areas: Counter[Kind] = Counter()
    for making in work:
        areas.update(making.pixels)
    return sum(pixels * kind.seconds_a_pixel() for kind, pixels in areas.items())


def seconds_a_pixel(enlarger: TiledUpscaler) -> float:
    """Return how long a pixel of an image takes to enlarge: from one tile, timed."""
    part = np.zeros((TILE + 2 * enlarger.radius, TILE + 2 * enlarger.radius, 3), np.uint8)
    enlarger.tile(part, alpha=False)  # the first time costs more
    start = time.perf_counter()
    enlarger.tile(part, alpha=False)
    return (time.perf_counter() - start) / TILE**2 / enlarger.threads


def _resize_seconds() -> float:
    """Return how long a pixel takes to be resized, timed on a slab."""
    size, target = (TILE, 4 * TILE), (3 * TILE // 4, 3 * TILE)
    start = time.perf_counter()
    list(resize_rows([np.zeros((*size, 3), np.uint8)], size, target, alpha=False))
    return (time.perf_counter() - start) / (size[0] * size[1])

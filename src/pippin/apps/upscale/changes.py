"""Frames of a film, of which only what changed since the last one goes through the network."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pippin.apps.upscale import back_projection
from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.row_resampling import resize_rows
from pippin.apps.upscale.tiling import TILE, TiledUpscaler, strips
from pippin.learn.nn.runtimes import map_here

Array = np.ndarray
Region = tuple[int, int, int, int]  # top, bottom, left, right


class Frames:
    """Enlarges one frame after the other; where nothing changed, the result is the last one's to the bit."""

    def __init__(self, enlargement: Enlargement) -> None:
        self.target = enlargement.target
        self._stages = [_Stage(enlarger) for enlarger in enlargement.enlargers]

    def enlarge(self, frame: Array) -> Array:
        """Return the result [H,W,3] of a frame [h,w,3] of 8 bits; it is overwritten by the next call."""
        for stage in self._stages:
            frame = stage.enlarge(frame)
        return np.concatenate(list(resize_rows([frame], frame.shape[:2], self.target, alpha=False)))


class _Stage:
    """One network, with the frame it saw last and what it made of it."""

    def __init__(self, enlarger: TiledUpscaler) -> None:
        self.enlarger = enlarger
        self._last = self._result = self._shown = np.zeros((0, 0, 3), np.uint8)

    def enlarge(self, frame: Array) -> Array:
        height, width = frame.shape[:2]
        scale, radius = self.enlarger.scale, self.enlarger.radius
        if self._last.shape != frame.shape:
            changed = np.ones((height, width), bool)
            self._result = np.empty((scale * height, scale * width, 3), np.uint8)
        else:
            changed = (frame != self._last).any(2)
        self._last = frame.copy()  # which another stage may overwrite
        if not changed.any():
            return self._shown
        padded = np.pad(frame, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
        regions = list(affected(changed, radius))

        def make(region: Region) -> None:
            top, bottom, left, right = region
            made = self.enlarger.tile(padded[top : bottom + 2 * radius, left : right + 2 * radius], alpha=False)
            self._result[scale * top : scale * bottom, scale * left : scale * right] = made

        with ThreadPoolExecutor(self.enlarger.threads) as pool:
            list(map_here(pool, make, regions))
        self._shown = self._corrected(frame) if self.enlarger.keeps_mean and self.enlarger.strength else self._result
        return self._shown

    def _corrected(self, frame: Array) -> Array:
        """Return the result with its local mean, as `Enlarger.rows` does for images."""
        means, made = back_projection.means(frame, self._result, alpha=False), self._result.copy()
        (around,) = strips([means], len(means), len(means), back_projection.REACH)
        back_projection.correct(made, around, self.enlarger.scale)
        return made


def affected(changed: Array, radius: int) -> Iterator[Region]:
    """Yield the part of each tile that may differ: the box around changed pixels [H,W] that its result looks at.

    Pixels mirrored at a border lie no further from what they affect than the pixels themselves.
    """
    height, width = changed.shape
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            bottom, right = min(top + TILE, height), min(left + TILE, width)
            above, beside = max(0, top - radius), max(0, left - radius)
            seen = changed[above : bottom + radius, beside : right + radius]
            rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
            if len(rows):
                yield (
                    *_reach(above + int(rows[0]) - radius, above + int(rows[-1]) + radius + 1, top, bottom),
                    *_reach(beside + int(columns[0]) - radius, beside + int(columns[-1]) + radius + 1, left, right),
                )


def _reach(first: int, last: int, low: int, high: int) -> tuple[int, int]:
    """Keep a range within a tile; it begins and ends at even pixels, for some networks work on squares of two."""
    return max(low, first - first % 2), min(high, last + last % 2)

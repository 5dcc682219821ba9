"""Enlarge an image of any size: row by row of tiles, each with what its result needs around it.

The network pads nothing and every tile sees the same neighbours as the whole image would show, so that tiles leave no
seam; only a few rows are in memory at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pippin.apps.upscale import back_projection
from pippin.learn.nn.runtimes import map_here

Array = np.ndarray
TILE = 192  # pixels a side, before it grows: the fastest that was measured, with the halo
SURE = 1e-4  # of the whole range: less is rounding
# A float32 image [1,3,h+2r,w+2r] in 0..1 -> what bicubic makes of it [1,3,s*h,s*w], and what to add [1,1 or 3,...].
TileFunction = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class TiledUpscaler:
    """A network with its scale, its radius (pixels it looks around), and how much of what it adds is added.

    `facts` tell why this network was chosen for an image;
    `keeps_mean` says that the local mean of the result is corrected to that of the image.
    """

    network: TileFunction
    scale: int
    radius: int
    strength: float = 1.0
    threads: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)
    keeps_mean: bool = False

    @property
    def kind(self) -> Hashable:
        """What takes equally long for equally many pixels: networks of one shape."""
        return getattr(self.network, "shape", type(self.network)), self.scale, self.radius, self.threads

    def rows(
        self, slabs: Iterable[Array], height: int, width: int, *, alpha: bool, tile: int = TILE
    ) -> Iterator[Array]:
        """Yield rows of the larger image [k,scale*W,bands], from rows [k,W,bands] of 8 or 16 bits, top to bottom."""
        if not self.keeps_mean or self.strength == 0:
            yield from (made for _, made in self._pairs(slabs, height, width, alpha=alpha, tile=tile))
            return
        cells = -(-tile // back_projection.CELL)  # rows of them in a row of tiles
        waiting = deque[Array]()  # rows of tiles whose neighbours below are not known yet

        def means() -> Iterator[Array]:
            for given, made in self._pairs(slabs, height, width, alpha=alpha, tile=cells * back_projection.CELL):
                waiting.append(made)
                yield back_projection.means(given, made, alpha=alpha)

        for around in strips(means(), -(-height // back_projection.CELL), cells, back_projection.REACH):
            back_projection.correct(waiting[0], around, self.scale)
            yield waiting.popleft()

    def _pairs(
        self, slabs: Iterable[Array], height: int, width: int, *, alpha: bool, tile: int
    ) -> Iterator[tuple[Array, Array]]:
        """Yield rows of the image beside what the network makes of them."""
        radius = self.radius
        with ThreadPoolExecutor(self.threads) as pool:
            for strip in strips(slabs, height, tile, radius):
                row = np.pad(strip, ((0, 0), (radius, radius), (0, 0)), mode="symmetric")
                parts = [row[:, left : min(left + tile, width) + 2 * radius] for left in range(0, width, tile)]
                made = list(map_here(pool, lambda part: self.tile(part, alpha=alpha), parts))
                yield strip[radius : len(strip) - radius], np.concatenate(made, 1)

    def tile(self, part: Array, *, alpha: bool) -> Array:
        """Return a tile with its halo [h+2r,w+2r,bands] -> [scale*h,scale*w,bands], in its own type."""
        most = np.iinfo(part.dtype).max
        values = np.moveaxis(part.astype(np.float32) / np.float32(most), 2, 0)
        colours, clear = (values[:-1], values[-1:]) if alpha else (values, None)
        if clear is None or clear.min() == 1:
            made = self.planes(colours)
            made = made if clear is None else np.concatenate([made, np.ones_like(made[:1])])
        else:
            # Colours count as far as they are seen; so nothing bleeds in from where nothing is.
            clear_made = self._clear(clear)
            colours_made = self.planes(colours * clear).clip(0, 1) / np.maximum(clear_made, 1 / most)
            made = np.concatenate([colours_made, clear_made])
        return np.moveaxis((made.clip(0, 1) * most + 0.5).astype(part.dtype), 0, 2)

    def _clear(self, planes: Array) -> Array:
        """Return how opaque the larger image is [1,...]: exactly 0 or 1 where all around is."""
        bicubic, added = self._run(planes)
        made = (bicubic + np.float32(self.strength) * added)[:1].clip(0, 1)
        return np.where(bicubic[:1] >= 1 - SURE, 1, np.where(bicubic[:1] <= SURE, 0, made)).astype(np.float32)

    def planes(self, planes: Array) -> Array:
        """Map planes [1 or 3,h+2r,w+2r] in 0..1 -> [1 or 3,scale*h,scale*w], not clipped."""
        bicubic, added = self._run(planes)
        return (bicubic + np.float32(self.strength) * added)[: len(planes)]

    def _run(self, planes: Array) -> tuple[Array, Array]:
        bicubic, added = self.network(np.ascontiguousarray(np.broadcast_to(planes, (3, *planes.shape[1:]))[None]))
        return bicubic[0], added[0]


def strips(slabs: Iterable[Array], height: int, tile: int, radius: int) -> Iterator[Array]:
    """Yield rows for each row of tiles, with `radius` more above and below (mirrored at the image's borders)."""
    slabs = iter(slabs)
    kept, first = next(slabs), 0  # rows in memory, and the number of the first of them
    for top in range(0, height, tile):
        bottom = min(top + tile, height)
        places = mirrored(np.arange(top - radius, bottom + radius), height)
        parts = [kept]
        while first + sum(map(len, parts)) <= places.max():
            parts.append(next(slabs))
        kept = np.concatenate(parts) if len(parts) > 1 else kept
        yield kept[places - first]
        begin = max(first, min(bottom - radius, height - 1 - radius) - 1)
        kept, first = kept[begin - first :], begin


def mirrored(places: Array, size: int) -> Array:
    """Return indices of pixels within 0..size-1 for any, as if the image were mirrored at its borders forever."""
    folded = np.mod(places, 2 * size)
    return np.where(folded < size, folded, 2 * size - 1 - folded)

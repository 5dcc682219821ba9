"""Tiles of a slide: where they lie, at how many micrometres a pixel, and which show tissue."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.slides.reader import Slide, open_slide
from pippin.apps.pathology.slides.tissue import tissue_mask
from pippin.core.errors import PippinError
from pippin.core.inputs import Image

TILE = 224  # pixels a side
OVERVIEW = 1024  # pixels of the overview in which tissue is looked for
MIN_TISSUE = 0.25  # of a tile
MAX_TILES = 200_000
MIN_SPAN = 8  # pixels of the finest level a side


class Grid(NamedTuple):
    """Squares of `span` pixels of the finest level; `places` [N,2] are their columns and rows."""

    span: int
    columns: int
    rows: int
    places: NDArray[np.int64]

    def box(self, index: int) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of a tile in pixels of the finest level."""
        column, row = self.places[index].tolist()
        return column * self.span, row * self.span, (column + 1) * self.span, (row + 1) * self.span

    def centres(self) -> NDArray[np.float64]:
        """Return the centres (x, y) of all tiles [N,2] in pixels of the finest level."""
        return np.asarray((self.places + 0.5) * self.span, np.float64)


def span_of(slide: Slide, microns: float, slide_microns: float | None) -> int:
    """Return how many pixels of the finest level a tile takes; PippinError where nothing tells how large these are."""
    own = slide_microns or slide.microns
    if own is None:
        message = f"{slide.name} does not tell how large its pixels are"
        raise PippinError(f"{message}; give micrometres a pixel: --slide-microns 0.25.", input=slide.name)
    span = round(TILE * microns / own)
    if span < MIN_SPAN:
        message = f"A tile at {microns} µm a pixel would take {span} pixels of {slide.name}, which has {own:.3g} µm"
        raise PippinError(f"{message}; give larger --microns.", input=microns)
    return span


def tissue_grid(slide: Slide, span: int) -> Grid:
    """Return the tiles of a slide that show tissue; PippinError where there are none, or far too many."""
    columns, rows = max(1, round(slide.width / span)), max(1, round(slide.height / span))
    if columns * rows > MAX_TILES:
        message = f"{slide.name} has {columns * rows:,} tiles at this size, more than {MAX_TILES:,}"
        raise PippinError(f"{message}; give larger --microns.", input=slide.name)
    overview = slide.overview(max(OVERVIEW, 2 * max(columns, rows)))
    share = _share_by_tile(tissue_mask(overview), slide, span, columns, rows)
    found = np.argwhere(share >= MIN_TISSUE)
    if not len(found):
        raise PippinError(f"{slide.name} shows no tissue; is it a slide with stained tissue?", input=slide.name)
    return Grid(span, columns, rows, found[:, ::-1].astype(np.int64))


def _share_by_tile(mask_HW: NDArray[np.bool_], slide: Slide, span: int, columns: int, rows: int) -> NDArray[np.float64]:
    """Return the share of tissue in each tile [rows,columns]."""
    height, width = mask_HW.shape
    total = np.zeros((height + 1, width + 1))
    total[1:, 1:] = mask_HW.cumsum(axis=0).cumsum(axis=1)
    across = np.clip(np.arange(columns + 1) * span / slide.width * width, 0, width).astype(int)
    down = np.clip(np.arange(rows + 1) * span / slide.height * height, 0, height).astype(int)
    corners = total[np.ix_(down, across)]
    sums = corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1]
    areas = np.maximum(np.outer(np.diff(down), np.diff(across)), 1)
    return np.asarray(sums / areas)


def read_tiles(slide: Slide, grid: Grid, indices: NDArray[np.int64], side: int = TILE) -> Iterator[PilImage.Image]:
    """Yield tiles as RGB of `side` pixels, one at a time."""
    for index in indices.tolist():
        left, top, right, bottom = grid.box(index)
        yield slide.read(left, top, right - left, bottom - top, (side, side))


@dataclass(frozen=True)
class TileImage(Image):
    """A tile of a slide, read when it is asked for."""

    slide: Path = Path()
    left: int = 0
    top: int = 0
    span: int = TILE

    def read(self) -> bytes:
        """Return the tile as PNG."""
        buffer = io.BytesIO()
        open_slide(self.slide).read(self.left, self.top, self.span, self.span, (TILE, TILE)).save(
            buffer, "PNG", compress_level=1
        )
        return buffer.getvalue()

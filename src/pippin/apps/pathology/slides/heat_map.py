"""A tile model over a slide: probabilities of tiles, their map over the overview, the hottest tiles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.networks.body import prepare
from pippin.apps.pathology.predictions import PathologyPrediction
from pippin.apps.pathology.slides.reader import Slide
from pippin.apps.pathology.slides.tiles import Grid, read_tiles

BATCH = 16
SOFT, HOT = np.array([255, 236, 160], np.float32), np.array([190, 30, 20], np.float32)


class TileAnswers(NamedTuple):
    """Answers to some tiles of a grid: their `indices` [N], a prediction each, and `shares` [N,L] by label."""

    indices: NDArray[np.int64]
    predictions: list[PathologyPrediction]
    shares: NDArray[np.float32]


def answer_tiles(
    learner: PathologyLearner,
    slide: Slide,
    grid: Grid,
    indices: NDArray[np.int64],
    report: Callable[[int], None] = lambda done: None,
) -> TileAnswers:
    """Answer tiles a few at a time, so that memory does not grow with the slide."""
    assert learner.body is not None
    tiles = read_tiles(slide, grid, indices)
    predictions, shares = list[PathologyPrediction](), list[NDArray[np.float32]]()
    while batch := list(islice(tiles, BATCH)):
        pixels = np.stack([prepare(tile, learner.body.side, learner.config.stain) for tile in batch])
        for seen in learner.look_at(pixels):
            predictions.append(learner.answer(seen))
            shares.append(learner.probabilities(seen)[0])
        report(len(predictions))
    return TileAnswers(indices, predictions, np.stack(shares))


def fill(grid: Grid, indices: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a value for every tile of a grid [N]: its own, or the mean of the nearest that have one."""
    whole = np.full((grid.rows, grid.columns), np.nan, np.float32)
    places = grid.places[indices]
    whole[places[:, 1], places[:, 0]] = values
    found = whole[grid.places[:, 1], grid.places[:, 0]]
    missing = np.flatnonzero(np.isnan(found))
    for index in missing.tolist():
        distance = np.abs(places - grid.places[index]).sum(axis=1)
        found[index] = values[distance == distance.min()].mean()
    return found


def draw_heat(overview: PilImage.Image, slide: Slide, grid: Grid, values_N: NDArray[np.float32]) -> PilImage.Image:
    """Return the overview with the value (0 to 1) of each tile on it, pale to red; elsewhere it stays."""
    cells = np.zeros((grid.rows, grid.columns, 4), np.float32)
    strength = np.asarray(values_N, np.float32)[:, None]
    cells[grid.places[:, 1], grid.places[:, 0], :3] = SOFT + (HOT - SOFT) * strength
    cells[grid.places[:, 1], grid.places[:, 0], 3] = (0.25 + 0.45 * strength[:, 0]) * 255
    layer = PilImage.fromarray(cells.clip(0, 255).astype(np.uint8), "RGBA")
    scale = overview.width / slide.width
    size = round(grid.columns * grid.span * scale), round(grid.rows * grid.span * scale)
    large = PilImage.new("RGBA", overview.size)
    large.paste(layer.resize((max(1, size[0]), max(1, size[1])), PilImage.Resampling.NEAREST))
    return PilImage.alpha_composite(overview.convert("RGBA"), large).convert("RGB")

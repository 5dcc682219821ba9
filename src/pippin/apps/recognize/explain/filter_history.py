"""How the first filters grew out of noise while the network learned: an animation, and a strip for print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pippin.core.report.cells import Figure
from pippin.learn.plots.image_grids import INK, PAPER, SOFT, gif, grid, png

MAX_FILTERS, COLUMNS, TILE = 24, 8, 64
STRIP = 6


def growth(filters: NDArray[np.float32], steps: Sequence[int]) -> Iterator[Figure]:
    """Yield the figures for filters [T, N, 3, k, k] at `steps` [T]; none if there are fewer than two."""
    if len(filters) < 2:
        return
    # Each filter is scaled once, by the largest number it ever holds, so that its growth is seen.
    filters = filters[:, np.argsort(-np.abs(filters[-1]).max((1, 2, 3)))[:MAX_FILTERS]]
    largest = np.abs(filters).max((0, 2, 3, 4))[None, :, None, None, None]
    shades = (255 * (0.5 + filters / (2 * largest + 1e-9))).round().clip(0, 255).astype(np.uint8)
    tiles = [[Image.fromarray(one.transpose(1, 2, 0)) for one in moment] for moment in shades]
    frames = [_frame(moment, step, steps[-1]) for moment, step in zip(tiles, steps, strict=True)]
    yield Figure(
        "The first filters, from noise to edges and colours",
        gif(frames),
        "image/gif",
        f"{filters.shape[1]} filters, {filters.shape[3]} x {filters.shape[4]} pixels, over the training; grey is zero.",
    )
    chosen = np.unique(np.linspace(0, len(steps) - 1, STRIP).round().astype(int))
    yield Figure(
        "The same filters at some moments of the training",
        png(_strip([tiles[index] for index in chosen], [steps[index] for index in chosen])),
        "image/png",
        "Each row is a moment, each column a filter.",
    )


def _frame(tiles: Sequence[Image.Image], step: int, last: int) -> Image.Image:
    image = grid([tile.resize((TILE, TILE), Image.Resampling.NEAREST) for tile in tiles], COLUMNS, TILE, 6)
    whole = Image.new("RGB", (image.width + 40, image.height + 74), PAPER)
    whole.paste(image, (20, 20))
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(17)
    draw.text((20, whole.height - 40), f"step {step:,} of {last:,}", INK, font)
    left, right = 210, whole.width - 20
    draw.rectangle((left, whole.height - 33, right, whole.height - 27), "#e4e8ec")
    draw.rectangle((left, whole.height - 33, left + (right - left) * step / max(last, 1), whole.height - 27), "#c2410c")
    return whole


def _strip(rows: Sequence[Sequence[Image.Image]], steps: Sequence[int]) -> Image.Image:
    tile, columns, margin = 44, min(len(rows[0]), 16), 110
    whole = Image.new("RGB", (margin + columns * (tile + 5) + 15, len(rows) * (tile + 5) + 30), PAPER)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(15)
    for number, (row, step) in enumerate(zip(rows, steps, strict=True)):
        top = 15 + number * (tile + 5)
        draw.text((margin - 12, top + tile / 2), f"step {step:,}", SOFT, font, anchor="rm")
        whole.paste(
            grid([one.resize((tile, tile), Image.Resampling.NEAREST) for one in row[:columns]], columns, tile, 5),
            (margin, top),
        )
    return whole

"""Mouths as images: one, or all in rows; and squares that tell how often what was taken for what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pippin.apps.lipread.video import clips
from pippin.core.inputs import Input
from pippin.learn.plots.image_grids import INK, PAPER, Cell, captioned_grid, png

Array = np.ndarray
LARGE, SMALL = (128, 80), (96, 60)
COLUMNS = 15  # frames in a row, so that five rows are a sentence of GRID
CELL, MARGIN = 26, 150  # pixels of a square, and of the names beside them
SHADE = np.array([194, 65, 12])


def thumbnail(input: Input) -> bytes:
    """Return the mouth in the middle of a clip, as PNG bytes."""
    frames = clips.mouth(input).frames
    return png(Image.fromarray(frames[len(frames) // 2]).resize(LARGE, Image.Resampling.BICUBIC))


def strip(frames: Array, captions: Sequence[str]) -> bytes:
    """Return frames uint8 [T,40,64] in rows, a caption above each, as PNG bytes."""
    shown = [Image.fromarray(frame).resize(SMALL, Image.Resampling.BICUBIC) for frame in _clear(frames)]
    images = [image.convert("RGB") for image in shown]
    cells = [Cell(caption, [image]) for caption, image in zip(captions, images, strict=True)]
    return png(captioned_grid(cells, COLUMNS, gap=5))


def film(frames: Array) -> bytes:
    """Return frames uint8 [T,H,W] edge to edge, `COLUMNS` in a row, for a page that plays them; as PNG bytes."""
    _, height, width = frames.shape
    rows = -(-len(frames) // COLUMNS)
    whole = np.zeros((rows * COLUMNS, height, width), np.uint8)
    whole[: len(frames)] = _clear(frames)
    tiles = whole.reshape(rows, COLUMNS, height, width).transpose(0, 2, 1, 3)
    return png(Image.fromarray(tiles.reshape(rows * height, COLUMNS * width)))


def _clear(frames: Array) -> Array:
    """Stretch the contrast to the full range."""
    low, high = np.percentile(frames, (1, 99))
    clear: Array = ((frames - low) / max(high - low, 1) * 255).clip(0, 255).astype(np.uint8)
    return clear


def squares(names: Sequence[str], counts: Array) -> bytes:
    """Return a confusion matrix [truth, answer]: the darker, the larger the share of its row; as PNG bytes."""
    side = len(names) * CELL
    whole = Image.new("RGB", (MARGIN + side + 12, MARGIN + side + 12), PAPER)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    for row, name in enumerate(names):
        top = MARGIN + row * CELL
        draw.text((MARGIN - 8, top + CELL / 2), name, INK, font, anchor="rm")
        label = Image.new("RGB", (MARGIN - 12, CELL), PAPER)
        ImageDraw.Draw(label).text((2, CELL / 2), name, INK, font, anchor="lm")
        whole.paste(label.rotate(90, expand=True), (top, 4))
        for column in range(len(names)):
            share = float(shares[row, column])
            colour = tuple(int(value) for value in 255 - (255 - SHADE) * share**0.5)
            box = (MARGIN + column * CELL, top, MARGIN + (column + 1) * CELL - 2, top + CELL - 2)
            draw.rectangle(box, fill=colour if share else (243, 245, 247))
            if share >= 0.05:
                middle = (box[0] + CELL / 2 - 1, top + CELL / 2 - 1)
                draw.text(middle, f"{100 * share:.0f}", PAPER if share > 0.4 else INK, ImageFont.load_default(11), "mm")
    return png(whole)

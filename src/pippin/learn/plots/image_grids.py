"""Sheets of small images with captions, laid out in a grid; and images that move."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

INK, SOFT, PAPER = (31, 41, 51), (107, 119, 133), "white"
AGAINST, FOR = np.array([33, 102, 172]), np.array([214, 96, 20])


@dataclass(frozen=True)
class Cell:
    """Images side by side under one caption; each is a PIL image."""

    caption: str
    images: Sequence[Image.Image]


def captioned_grid(cells: Sequence[Cell], columns: int, *, gap: int = 26, caption: int = 15) -> Image.Image:
    """Return the cells in rows of `columns`, all as large as the largest; captions above."""
    font = ImageFont.load_default(caption)
    width = max(sum(p.width for p in cell.images) + 6 * (len(cell.images) - 1) for cell in cells)
    width = max(width, *(int(font.getlength(cell.caption)) + 2 for cell in cells))
    height = max(p.height for cell in cells for p in cell.images) + caption + 11
    rows = -(-len(cells) // columns)
    columns = min(columns, len(cells))
    whole = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + gap) + gap), PAPER)
    draw = ImageDraw.Draw(whole)
    for number, cell in enumerate(cells):
        left = gap + number % columns * (width + gap)
        top = gap + number // columns * (height + gap)
        draw.text((left, top), cell.caption, INK, font)
        for image in cell.images:
            whole.paste(image, (left, top + caption + 9))
            left += image.width + 6
    return whole


def grid(images: Sequence[Image.Image], columns: int, side: int, gap: int = 2) -> Image.Image:
    """Return images scaled to squares of `side` pixels, edge to edge but for a thin gap."""
    rows = -(-len(images) // columns)
    whole = Image.new("RGB", (columns * (side + gap) - gap, rows * (side + gap) - gap), PAPER)
    for number, image in enumerate(images):
        position = (number % columns * (side + gap), number // columns * (side + gap))
        whole.paste(enlarged(image, side), position)
    return whole


def enlarged(image: Image.Image, side: int) -> Image.Image:
    """Return the image as a square of `side` pixels: a tiny one with its pixels seen, others smooth."""
    tiny = max(image.size) <= 12
    return image.resize((side, side), Image.Resampling.NEAREST if tiny else Image.Resampling.BICUBIC)


def overlay_heatmap(base: Image.Image, heat: np.ndarray) -> Image.Image:
    """Return the image in grey with `heat` (-1 to 1, of the same size) on it: orange speaks for, blue against."""
    grey = np.asarray(base.convert("L").convert("RGB"), dtype=np.float32)
    strength = np.clip(np.abs(heat[:, :, None]), 0, 1) * 0.75
    mixed = grey * (1 - strength) + np.where(heat[:, :, None] > 0, FOR, AGAINST) * strength
    return Image.fromarray(mixed.clip(0, 255).astype(np.uint8))


def gif(frames: Sequence[Image.Image], seconds: float = 0.18, last: float = 2.5) -> bytes:
    """Encode frames as an endless GIF; the last frame stays longer."""
    # One palette for all frames: with one for each, colours that stay would flicker.
    palette = frames[-1].quantize(128, dither=Image.Dither.NONE)
    small = [frame.quantize(128, palette=palette, dither=Image.Dither.NONE) for frame in frames]
    durations = [int(1000 * seconds)] * (len(frames) - 1) + [int(1000 * last)]
    buffer = io.BytesIO()
    small[0].save(buffer, "GIF", save_all=True, append_images=small[1:], duration=durations, loop=0)
    return buffer.getvalue()


def png(image: Image.Image) -> bytes:
    """Encode an image as PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()

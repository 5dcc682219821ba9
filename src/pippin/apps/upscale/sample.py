"""Pictures to try it on, rendered: discs of all sizes that hide each other, with stripes, letters and shading.

Overlapping shapes whose sizes follow a power law have the statistics of natural images (the "dead leaves" model; Lee,
Mumford and Huang 2001), so that edges and textures of all scales occur.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pippin.core.kinds import Image as Picture
from pippin.learn.sheets import png

COUNT, SIDE = 32, 144
FINER = 3  # drawn so many times larger, then made smaller: soft edges
LEAVES = 260
WORDS = ("apple", "pear", "plum", "quince", "pippin", "core", "seed", "leaf")


def rendered(count: int = COUNT, side: int = SIDE) -> list[Picture]:
    """Pictures that are always the same."""
    return [
        Picture(content=png(leaves(seed, side)), name=f"rendered-{seed:02d}.png", media_type="image/png")
        for seed in range(count)
    ]


def leaves(seed: int, side: int) -> Image.Image:
    """One picture of `side` pixels."""
    chance = np.random.default_rng([seed, 20])
    large = FINER * side
    picture = Image.new("RGB", (large, large), _colour(chance))
    draw = ImageDraw.Draw(picture)
    for _ in range(LEAVES):
        radius = min(large / 3, FINER * 2.0 * chance.random() ** (-1 / 1.6))
        x, y = chance.uniform(0, large, 2)
        box = (x - radius, y - radius * chance.uniform(0.4, 1), x + radius, y + radius * chance.uniform(0.4, 1))
        if chance.random() < 0.15:
            _stripes(draw, box, chance)
        elif chance.random() < 0.1:
            font = ImageFont.load_default(max(8, int(radius)))
            draw.text((x, y), WORDS[chance.integers(len(WORDS))], _colour(chance), font, anchor="mm")
        else:
            draw.ellipse(box, _colour(chance))
    shade = np.linspace(chance.uniform(0.6, 1), chance.uniform(0.6, 1), side)[:, None, None]
    small = np.asarray(picture.resize((side, side), Image.Resampling.BOX), np.float32) * shade
    return Image.fromarray((small + chance.normal(0, 1.5, small.shape)).clip(0, 255).astype(np.uint8))


def _colour(chance: np.random.Generator) -> tuple[int, int, int]:
    base, tint = chance.uniform(10, 245), chance.uniform(-45, 45, 3)
    red, green, blue = (int(value) for value in (base + tint).clip(0, 255))
    return red, green, blue


def _stripes(draw: ImageDraw.ImageDraw, box: tuple[float, ...], chance: np.random.Generator) -> None:
    """Lines side by side, from which the finest details come."""
    left, top, right, bottom = box
    colour, step = _colour(chance), int(chance.integers(2, 6)) * FINER
    for offset in range(0, int(right - left) + 1, step):
        draw.line((left + offset, top, left + offset, bottom), colour, step // 2)

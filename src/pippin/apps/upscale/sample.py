"""Scenes to try it on, rendered by this project: letters, leaves, woven fabric, bricks and heads of statues.

Each has detail at several scales, soft shading and a little noise, as photographs have. Sizes of leaves follow a power
law, which gives images the statistics of natural ones (Lee, Mumford and Huang 2001).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pippin.core.inputs import Image as ImageInput
from pippin.learn.plots.image_grids import png

Array = np.ndarray
COUNT, SIDE = 32, 144
FINER = 3  # drawn so many times larger, then made smaller: soft edges
NOISE = 1.5  # levels of 255
LEAVES = 420
WORDS = ("apple", "pear", "plum", "quince", "pippin", "core", "seed", "leaf", "No. 27", "1 kg", "OPEN", "est. 1851")


def rendered(count: int = COUNT, side: int = SIDE) -> list[ImageInput]:
    """Render scenes of all kinds in turn, always the same."""
    return [
        ImageInput(content=png(scene(seed, side)), name=f"rendered-{seed:02d}.png", media_type="image/png")
        for seed in range(count)
    ]


def scene(seed: int, side: int) -> Image.Image:
    """Render one scene of `side` pixels."""
    rng = np.random.default_rng([seed, 21])
    large = SCENES[seed % len(SCENES)](rng, FINER * side)
    small = np.asarray(large.resize((side, side), Image.Resampling.BOX), np.float32)
    y, x = np.mgrid[:side, :side] / side
    shade = 1 - rng.uniform(0, 0.35) * (x if rng.random() < 0.5 else y)
    return Image.fromarray(_levels(small * shade[..., None] + rng.normal(0, NOISE, small.shape)))


def _letters(rng: np.random.Generator, side: int) -> Image.Image:
    """Return a printed sheet: lines of letters from large to small, a rule, a price tag."""
    paper = rng.uniform(205, 245) + rng.uniform(-14, 6, 3)
    grain = _noise(rng, side, 3)[..., None] * 10
    image = Image.fromarray(_levels(paper + grain))
    draw, top = ImageDraw.Draw(image), side / 30
    for share in rng.permutation([0.16, 0.11, 0.075, 0.055, 0.055, 0.04, 0.04, 0.032, 0.032]):
        size = int(share * side)
        ink = tuple(int(value) for value in rng.uniform(10, 90) + rng.uniform(0, 60, 3))
        words = " ".join(rng.permutation(WORDS)[:6])
        draw.text((side / 25, top), words, ink, ImageFont.load_default(size))
        top += 1.35 * size
    draw.line((side / 25, top, 0.9 * side, top), (70, 60, 60), max(1, side // 150))
    return image.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC, fillcolor=image.getpixel((0, 0)))


def _foliage(rng: np.random.Generator, side: int) -> Image.Image:
    """Draw leaves of all sizes, each with its veins, the nearer ones brighter."""
    image = Image.new("RGB", (side, side), (26, 34, 18))
    draw = ImageDraw.Draw(image)
    for number in range(LEAVES):
        length = min(side / 4, side / 45 * rng.random() ** (-1 / 1.6))
        center, angle = rng.uniform(0, side, 2), rng.uniform(0, 2 * np.pi)
        light = (0.35 + 0.65 * number / LEAVES) * rng.uniform(0.75, 1.1)
        colour = np.array([rng.uniform(60, 150), rng.uniform(110, 190), rng.uniform(30, 80)]) * light
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        steps = np.linspace(-1, 1, 15)
        width = 0.38 * (1 - steps**2) * (1 + 0.25 * steps)
        edge = [center + length * (s * along + w * across) for s, w in zip(steps, width, strict=True)]
        edge += [
            center + length * (s * along - 0.9 * w * across) for s, w in zip(steps[::-1], width[::-1], strict=True)
        ]
        draw.polygon([tuple(point) for point in edge], _rgb(colour))
        vein = _rgb(colour * 1.35)
        draw.line([tuple(center - length * along), tuple(center + length * along)], vein, max(1, int(length / 22)))
        for s, w in zip(steps[2:-2:2], width[2:-2:2], strict=True):
            for sign in (-0.85, 0.85):
                ends = center + length * s * along, center + length * ((s + 0.16) * along + sign * w * across)
                draw.line([tuple(end) for end in ends], vein, 1)
    return image


def _fabric(rng: np.random.Generator, side: int) -> Image.Image:
    """Return a woven cloth: threads over and under each other, in stripes, with folds."""
    y, x = np.mgrid[:side, :side].astype(float)
    fold = side / 40 * np.sin(2 * np.pi * (x + 0.4 * y) / side * rng.uniform(1, 2) + rng.uniform(0, 6))
    thread = side / rng.uniform(36, 60)
    u, v = (x + fold) / thread, (y + 0.6 * fold) / thread
    over = (np.floor(u) + np.floor(v)) % 2 == 0
    across = np.where(over, u % 1, v % 1)  # position within the thread that lies on top
    along = np.where(over, v % 1, u % 1)
    shade = (0.5 + 0.5 * np.sin(np.pi * across)) * (0.72 + 0.28 * np.sin(np.pi * along))
    shade *= 0.93 + 0.07 * np.sin(2 * np.pi * 3 * (along + 0.5 * across))  # the ply of a thread
    warp, weft = _stripes(rng, np.floor(u)), _stripes(rng, np.floor(v))
    colour = np.where(over[..., None], warp, weft)
    light = 0.75 + 0.25 * np.cos(2 * np.pi * (x + 0.4 * y) / side * 1.5)
    return Image.fromarray(_levels(colour * (shade * light)[..., None]))


def _stripes(rng: np.random.Generator, threads: Array) -> Array:
    palette = rng.uniform(40, 235, (3, 1)) + rng.uniform(-45, 45, (3, 3))
    pattern = rng.integers(0, 3, 12).repeat(rng.integers(2, 7, 12))
    return palette[pattern[threads.astype(int) % len(pattern)]]


def _bricks(rng: np.random.Generator, side: int) -> Image.Image:
    """Return a wall: bricks of different colours with rough faces, lit from above, mortar between them."""
    y, x = np.mgrid[:side, :side].astype(float)
    tall = side / rng.uniform(6, 10)
    wide, joint = 2.3 * tall, tall / 9
    row = np.floor(y / tall).astype(int)
    shifted = x + wide / 2 * (row % 2) + 0.15 * tall * _noise(rng, side, 4)
    column = np.floor(shifted / wide).astype(int)
    inside = np.minimum(np.minimum(shifted % wide, wide - shifted % wide), np.minimum(y % tall, tall - y % tall))
    rough = sum(_noise(rng, side, octave) / 2 ** (5 - octave) for octave in (2, 3, 4)) + _noise(rng, side, 1) / 2
    tone = rng.uniform(0.7, 1.15, (64, 64))[row % 64, column % 64]
    base = np.array([rng.uniform(140, 190), rng.uniform(75, 110), rng.uniform(55, 85)])
    brick = base * (tone * (1 + 0.16 * rough))[..., None]
    mortar = 165 + 14 * rough[..., None] + np.array([6.0, 2, -6])
    cover = np.clip((inside - joint) / (joint / 2), 0, 1)[..., None]
    edge = np.clip(1 - (y % tall) / (2.5 * joint), 0, 1) - np.clip(1 - (tall - y % tall) / (2.5 * joint), 0, 1)
    return Image.fromarray(_levels(cover * brick * (1 + 0.25 * edge)[..., None] + (1 - cover) * mortar))


def _statue(rng: np.random.Generator, side: int) -> Image.Image:
    """Return a head of marble before a wall: a surface of smooth bumps, lit from one side."""
    y, x = (np.mgrid[:side, :side] / side - 0.5) * 2.4
    turn, y = rng.uniform(-0.12, 0.12), y + 0.05
    x = x - turn
    shape = np.clip(1 - (x / 0.72) ** 2 - ((y + 0.05) / (1.0 - 0.12 * (y > 0))) ** 2, 0, None) ** 0.5
    height = 0.75 * shape
    for cx, cy, wx, wy, amount in (
        (0, 0.08, 0.1, 0.24, 0.26),
        (0, 0.24, 0.15, 0.08, 0.14),
        (-0.1, 0.27, 0.05, 0.05, 0.05),
        (0.1, 0.27, 0.05, 0.05, 0.05),
        (-0.28, -0.07, 0.15, 0.09, -0.17),
        (0.28, -0.07, 0.15, 0.09, -0.17),
        (-0.28, -0.06, 0.1, 0.055, 0.13),
        (0.28, -0.06, 0.1, 0.055, 0.13),
        (-0.28, -0.2, 0.2, 0.05, 0.07),
        (0.28, -0.2, 0.2, 0.05, 0.07),
        (0, 0.45, 0.17, 0.035, 0.09),
        (0, 0.535, 0.14, 0.04, 0.1),
        (0, 0.49, 0.19, 0.014, -0.08),
        (0, 0.72, 0.17, 0.1, 0.09),
        (-0.38, 0.25, 0.18, 0.18, 0.05),
        (0.38, 0.25, 0.18, 0.18, 0.05),
    ):  # nose, its tip and wings, sockets, eyes, brows, lips, mouth, chin, cheeks
        height = height + amount * np.exp(-(((x - cx) / wx) ** 2) - ((y - cy) / wy) ** 2) * (shape > 0)
    hair = np.clip((-0.42 - y + 0.35 * np.abs(x)) * 6, 0, 1) * (shape > 0)
    swirl = np.hypot(x - 0.3 * np.sign(x), y + 0.75)
    height = height + 0.035 * hair * np.sin(46 * swirl + 4 * np.sin(9 * x))
    normal = np.dstack([-np.gradient(height, 2.4 / side, axis=1), -np.gradient(height, 2.4 / side, axis=0)])
    normal = np.dstack([normal, np.ones_like(x)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    light = np.array([rng.choice([-1, 1]) * rng.uniform(0.4, 0.7), -0.5, 0.65])
    bright = 0.3 + 0.75 * np.clip(normal @ (light / np.linalg.norm(light)), 0, None)
    vein = 1 - 0.1 * np.exp(-(((_noise(rng, side, 5) + 0.5 * _noise(rng, side, 3)) / 0.12) ** 2))
    marble = np.array([226.0, 221, 210]) * (bright * vein * (1 + 0.015 * _noise(rng, side, 1)))[..., None]
    wall = np.array([70.0, 82, 96]) * (1 + 0.12 * _noise(rng, side, 5) + 0.06 * _noise(rng, side, 2))[..., None]
    return Image.fromarray(_levels(np.where((shape > 0.04)[..., None], marble, wall)))


def _noise(rng: np.random.Generator, side: int, octave: int) -> Array:
    """Smooth noise [side,side] in -1..1, with bumps of about 2**octave pixels of the finished scene."""
    count = max(2, side // (FINER * 2**octave))
    coarse = Image.fromarray(rng.uniform(-1, 1, (count, count)).astype(np.float32))
    return np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), np.float64)


def _rgb(colour: Array) -> tuple[int, ...]:
    return tuple(int(value) for value in colour.clip(0, 255))


def _levels(values: Array) -> Array:
    return np.asarray(values.clip(0, 255).astype(np.uint8))


SCENES: tuple[Callable[[np.random.Generator, int], Image.Image], ...] = (_letters, _foliage, _fabric, _bricks, _statue)

"""Where the rendered things lie: a studio, a table, a lawn, a court, a beach, a billiard table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pippin.apps.recognize.rendering.light import RAYS, Array, Rng, blend, colour, noise, rays, smooth


def studio(rng: Rng) -> Array:
    """Return a white sweep, a little darker below."""
    _, y = rays()
    return blend(colour("ffffff"), colour("e9e9ec"), smooth(-y, 0.2, 1.2))


def grey(rng: Rng) -> Array:
    """Return a grey wall above a light grey table."""
    _, y = rays()
    wall = blend(colour("b9bec6"), colour("d5d9de"), smooth(y, -0.2, 1))
    return blend(wall, colour("e6e4e0"), smooth(-y, 0.28, 0.34))


def table(rng: Rng) -> Array:
    """Draw wooden boards in front of a light wall."""
    _, y = rays()
    grain = noise(rng, 3, 60) * 0.3 + noise(rng, 6, 140) * 0.15
    wood = blend(colour("cfa878"), colour("b08454"), smooth(grain, -1, 1))
    wood *= (1 - 0.5 * smooth(0.02 - np.abs((y * 2.2 + 0.3) % 1 - 0.5), 0, 0.015))[..., None]
    room = blend(colour("d8d2c8"), colour("f0ece4"), smooth(noise(rng, 4), -1.5, 1.5))
    return blend(room, wood, smooth(-y, -0.12, -0.08))


def grass(rng: Rng) -> Array:
    """Return a lawn with a blurred hedge and sky behind."""
    _, y = rays()
    blades = noise(rng, 90, 26) * 0.7 + noise(rng, 40, 16) * 0.5
    lawn = blend(colour("3f7a22"), colour("86b544"), smooth(blades, -1.6, 1.6))
    behind = blend(colour("33502c"), colour("7d9a6a"), smooth(noise(rng, 7, 4), -1.5, 1.5))
    behind = blend(behind, colour("cfe2f2"), smooth(y, 0.55, 0.85))
    return blend(behind, lawn, smooth(-y, -0.22, -0.1))


def court(rng: Rng) -> Array:
    """Return a varnished sports floor in a dark hall."""
    x, y = rays()
    strip = np.floor((x * 0.8 + y * 0.1) * 9)
    tone = (np.sin(strip * 12.9898) * 43758.5453) % 1
    floor = blend(colour("d9a565"), colour("c08848"), tone)
    floor = blend(floor, colour("f7ecd9"), 0.5 * smooth(noise(rng, 3, 3), 0.2, 2.2))
    hall = blend(colour("181a22"), colour("4a4a58"), smooth(noise(rng, 14, 8), 0.3, 2.5))
    return blend(hall, floor, smooth(-y, -0.02, 0.03))


def clay(rng: Rng) -> Array:
    """Return a clay tennis court with a white line."""
    x, y = rays()
    ground = blend(colour("c0623a"), colour("a9522f"), smooth(noise(rng, 50, 40), -2, 2))
    ground = blend(ground, colour("f2ece6"), smooth(0.09 - np.abs(y + 0.12 * x - 0.3), 0, 0.03))
    return blend(ground, colour("3c6b58"), smooth(y, 0.62, 0.68))


def beach(rng: Rng) -> Array:
    """Draw sand, sea and sky."""
    _, y = rays()
    sand = blend(colour("e3cfa0"), colour("cfb582"), smooth(noise(rng, 40, 30), -2, 2))
    sea = blend(colour("2f7fae"), colour("5fa9cc"), smooth(noise(rng, 8, 60), -1.5, 1.5))
    far = blend(sea, blend(colour("bfe0f5"), colour("6cb2e6"), smooth(y, 0.5, 1)), smooth(y, 0.42, 0.45))
    return blend(far, sand, smooth(-y, -0.12, -0.08))


def cloth(rng: Rng) -> Array:
    """Return the green cloth of a billiard table with its wooden rail."""
    _, y = rays()
    felt = blend(colour("15803f"), colour("0f6a33"), smooth(noise(rng, 80, 80), -2, 2))
    felt *= (0.75 + 0.35 * smooth(-y, -0.8, 0.6))[..., None]
    rail = blend(colour("6a3517"), colour("4a230f"), smooth(noise(rng, 4, 50), -1, 1))
    cushion = blend(rail, colour("0b4a25"), smooth(-y, -0.78, -0.76))
    return blend(cushion, felt, smooth(-y, -0.66, -0.64))


def dark(rng: Rng) -> Array:
    """Return a black studio with a faint light behind."""
    x, y = rays()
    return blend(colour("3a3d44"), colour("0c0d10"), smooth(x**2 + (y - 0.2) ** 2, 0.1, 1.6))


def plain(code: str) -> Callable[[Rng], Array]:
    """Return a wall and table of one colour."""

    def place(rng: Rng) -> Array:
        return np.ones((RAYS, RAYS, 3)) * colour(code)

    return place

"""How balls look: the seams, panels and gloss of each kind, as functions of a point on the unit sphere."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from pippin.apps.recognize.rendering.light import (
    Array,
    Pose,
    Rng,
    blend,
    cast_shadow,
    colour,
    ellipsoid,
    noise,
    paint,
    shade,
    smooth,
)

_GOLDEN = (1 + 5**0.5) / 2


def _near(distance: Array, width: float) -> Array:
    """Return 1 on a line and 0 from `width` away, given the distance to it."""
    return 1 - smooth(np.abs(distance), width * 0.45, width)


def basketball(canvas: Array, rng: Rng, pose: Pose, skin: str) -> None:
    """Draw pebbled leather with two great circles and two loops of black seam."""
    cast_shadow(canvas, pose)
    surface = ellipsoid(pose)
    x, y, z = surface.own.T
    seam = np.maximum.reduce([_near(x, 0.035), _near(y, 0.035), _near(np.abs(z) - 0.62 - 0.12 * x**2, 0.035)])
    pebbles = noise(rng, 75)[surface.seen]
    albedo = colour(skin) * (1 + 0.13 * pebbles + 0.1 * noise(rng, 4)[surface.seen])[:, None]
    paint(canvas, surface, shade(surface, blend(albedo, colour("17120f"), seam), 0.16, 12))


def tennis_ball(canvas: Array, rng: Rng, pose: Pose) -> None:
    """Draw yellow-green felt with one white, winding seam."""
    cast_shadow(canvas, pose)
    fuzz = noise(rng, 110)
    surface = ellipsoid(pose)
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    curve = np.stack(
        [0.72 * np.cos(t) + 0.28 * np.cos(3 * t), 0.72 * np.sin(t) - 0.28 * np.sin(3 * t), 0.9 * np.sin(2 * t)]
    )
    cosine = (surface.own @ (curve / np.linalg.norm(curve, axis=0))).max(axis=1)
    seam = _near(np.arccos(cosine.clip(-1, 1)), 0.095)
    felt = colour("cfe63c") * (1 + 0.14 * fuzz[surface.seen] + 0.08 * noise(rng, 30)[surface.seen])[:, None]
    paint(canvas, surface, shade(surface, blend(felt, colour("f4f6ea"), seam), 0.05, 6))


def football(canvas: Array, rng: Rng, pose: Pose, *colours: str) -> None:
    """Draw the truncated icosahedron: 12 dark pentagons among 20 light hexagons."""
    cast_shadow(canvas, pose)
    surface = ellipsoid(pose)
    pentagons, hexagons = _icosahedron()
    # Distances of the faces from the centre, for edges of length 1: how far out a face cuts the sphere.
    reach = np.concatenate([surface.own @ pentagons.T / 2.32744, surface.own @ hexagons.T / 2.26728], axis=1)
    best = np.sort(reach, axis=1)[:, -2:]
    seam = _near(best[:, 1] - best[:, 0], 0.009)
    five = reach[:, :12].max(axis=1) - reach[:, 12:].max(axis=1)
    light, dark = (colour(code) for code in colours)
    albedo = blend(light * (1 + 0.03 * noise(rng, 20)[surface.seen])[:, None], dark, smooth(five, -0.004, 0.004))
    paint(canvas, surface, shade(surface, blend(albedo, albedo * 0.35, seam), 0.22, 25))


def _icosahedron() -> tuple[Array, Array]:
    """Return unit vectors to the 12 corners and to the 20 face centres of an icosahedron."""
    corners = [(0.0, s, t * _GOLDEN) for s, t in product((-1, 1), repeat=2)]
    points = np.array([np.roll(corner, shift) for corner in corners for shift in range(3)])
    points /= np.linalg.norm(points[0])
    near = points @ points.T > 0.4
    faces = [
        points[i] + points[j] + points[k]
        for i in range(12)
        for j in range(i)
        for k in range(j)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    return points, np.array([face / np.linalg.norm(face) for face in faces])


def volleyball(canvas: Array, rng: Rng, pose: Pose, *colours: str) -> None:
    """Draw six groups of three strips, each group across its neighbours."""
    cast_shadow(canvas, pose)
    surface = ellipsoid(pose)
    size = np.abs(surface.own)
    face = size.argmax(axis=1)
    row = np.arange(len(face))
    largest = size[row, face]
    # Position across and along the strips on the face of a cube, its edges bulging as on the real ball.
    across = surface.own[row, (face + 1) % 3] / largest
    across = np.arctan(across) / (np.pi / 4)
    along = np.arctan(surface.own[row, (face + 2) % 3] / largest) / (np.pi / 4)
    strip = np.clip(np.floor((across + 1) * 1.5), 0, 2).astype(int)
    edge = np.minimum.reduce([np.abs(across - 1 / 3), np.abs(across + 1 / 3), 1 - np.abs(across), 1 - np.abs(along)])
    albedo = np.stack([colour(code) for code in colours])[strip]
    albedo = albedo * (1 + 0.03 * noise(rng, 30)[surface.seen])[:, None]
    paint(canvas, surface, shade(surface, blend(albedo, albedo * 0.3, _near(edge, 0.035)), 0.16, 18))


_LETTERS = {
    "R": "110101110101101",
    "U": "101101101101111",
    "G": "111100101101111",
    "B": "110101110101110",
    "Y": "101101010010010",
}


def rugby_ball(canvas: Array, rng: Rng, pose: Pose, *colours: str) -> None:
    """Draw a prolate ball of four panels with coloured ends, rings, and its name in large letters."""
    # An end that points down reaches the ground sooner than the belly does.
    low = 0.62 + 0.3 * abs(pose.turn[1, 0])
    cast_shadow(canvas, replace(pose, y=pose.y + pose.size * (0.94 - low)), flat=0.2)
    surface = ellipsoid(pose, (1, 0.62, 0.62))
    x, y, z = surface.own.T
    around = np.arctan2(y, z)
    base, first, second = (colour(code) for code in colours)
    wave = 0.62 + 0.14 * np.cos(2 * around)
    albedo = blend(np.broadcast_to(base, surface.own.shape), first, smooth(np.abs(x) - wave, -0.01, 0.01))
    albedo = blend(albedo, second, _near(np.abs(x) - wave + 0.09, 0.035))
    albedo = blend(albedo, second, smooth(np.abs(x), 0.93, 0.95))
    column, line = (x + 0.46) / 0.92 * 5, (0.27 - around) / 0.54
    albedo = blend(albedo, first, _letters("RUGBY", column, line))
    seam = _near((around % (np.pi / 2) - np.pi / 4) * np.sqrt(1 - x**2 + 1e-9), 0.025)
    albedo = albedo * (1 + 0.04 * noise(rng, 90)[surface.seen])[:, None]
    paint(canvas, surface, shade(surface, blend(albedo, albedo * 0.4, seam), 0.16, 16))


def _letters(word: str, column: Array, line: Array) -> Array:
    """Return 1 on the strokes of a word in letters of 3 x 5 squares; column 0..len(word), line 0..1 downwards."""
    inside = (column >= 0) & (column < len(word)) & (line >= 0) & (line < 1)
    letter = np.clip(column.astype(int), 0, len(word) - 1)
    square = np.floor((column - letter) * 4).astype(int)
    bits = np.array([[bit == "1" for bit in _LETTERS[name]] for name in word])
    place = np.clip(np.floor(line * 5).astype(int), 0, 4) * 3 + np.clip(square, 0, 2)
    return (inside & (square < 3) & bits[letter, place]).astype(float)


def billiard_ball(canvas: Array, rng: Rng, pose: Pose, code: str, number: str = "", striped: bool = False) -> None:
    """Draw a polished ball: a number on a white disc ("" for the cue ball), perhaps striped; a window is reflected."""
    cast_shadow(canvas, pose, dark=0.7)
    surface = ellipsoid(pose)
    x, y, z = surface.own.T
    ivory = colour("f6f1e2")
    albedo = np.broadcast_to(colour(code), surface.own.shape)
    if striped:
        albedo = blend(albedo, ivory, smooth(np.abs(y), 0.56, 0.58))
    if number:
        albedo = blend(albedo, ivory, (1 - smooth(np.hypot(x, y), 0.4, 0.42)) * (z > 0))
        albedo = blend(albedo, colour("101010"), _digit(number, x / 0.4, y / 0.4) * (z > 0))
    light = shade(surface, albedo, 0.5, 160)
    n = surface.normal
    u, v = 2 * n[:, 2] * n[:, 0], 2 * n[:, 2] * n[:, 1]  # where the mirrored line of sight leads
    window = smooth(0.16 - np.abs(u + 0.5), 0, 0.03) * smooth(0.2 - np.abs(v - 0.66), 0, 0.03)
    paint(canvas, surface, light + 0.7 * window[:, None])


def _digit(number: str, x: Array, y: Array) -> Array:
    """Return 1 on the strokes of 1, 3, 6, 7 or 8, of height about 1.2 around (0, 0)."""
    rings = _near(np.hypot(x, y - 0.28) - 0.25, 0.19), _near(np.hypot(x, y + 0.3) - 0.29, 0.19)
    if number == "1":
        return _near(x, 0.22) * (np.abs(y) < 0.62)
    if number == "3":
        return np.maximum(*rings) * (x > -0.12)
    if number == "6":
        return np.maximum(rings[1], _near(np.hypot(x - 0.34, y + 0.25) - 0.63, 0.19) * (x < 0.1) * (y > -0.2))
    if number == "7":
        foot = _near(x - 0.3 * (y - 0.45) - 0.24, 0.2) * (np.abs(y) < 0.55)
        return np.maximum(_near(y - 0.48, 0.18) * (np.abs(x) < 0.38), foot)
    return np.maximum(*rings)

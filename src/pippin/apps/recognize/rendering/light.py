"""The common part of every rendered image: a canvas of linear light, noise, shapes, shading and shadows.

Positions are (x, y, z): x to the right and y upwards in -1..1 over the image, z towards the viewer, who is far
away (orthographic). Colours are linear light, 0 to 1; only `finished` turns them into sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rng = np.random.Generator

SIDE = 96  # pixels of a finished image
OVER = 3  # each of them is the mean of OVER x OVER rays
RAYS = SIDE * OVER

_VIEWER = np.array([0.0, 0.0, 1.0])
LIGHT = np.array([-0.45, 0.75, 0.6]) / np.linalg.norm([-0.45, 0.75, 0.6])
_HALF = (LIGHT + _VIEWER) / np.linalg.norm(LIGHT + _VIEWER)  # a mirror facing this direction would dazzle (Blinn 1977)


@dataclass(frozen=True)
class Surface:
    """What the rays see of an object: whether (`seen` [R, R]), where, in which direction, and its own coordinates.

    `normal`, `own` and the others hold one row for each seen ray; `depth` is their z.
    """

    seen: Mask
    normal: Array
    own: Array
    depth: Array


@dataclass(frozen=True)
class Pose:
    """Where an object is, how large (radius, or half length), and how it is turned (a rotation [3, 3])."""

    x: float
    y: float
    size: float
    turn: Array


def at(x: float, y: float, size: float, *degrees: float) -> Pose:
    """Return a pose from up to three turns in degrees: tipped towards the viewer, around the vertical, and sideways."""
    return Pose(x, y, size, turned(*degrees))


def colour(code: str) -> Array:
    """Return linear light of a colour given as "rrggbb" (sRGB; transfer function simplified to a power of 2.2)."""
    return (np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255) ** 2.2


def rays() -> tuple[Array, Array]:
    """Return x and y of all rays, each [R, R], the first row on top."""
    axis = (np.arange(RAYS) + 0.5) / RAYS * 2 - 1
    x, y = np.meshgrid(axis, -axis)
    return x, y


def smooth(value: Array, low: float, high: float) -> Array:
    """Return 0 below `low`, 1 above `high`, and a smooth transition between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blend(first: Array, second: Array, share: Array) -> Array:
    """Return `first` where `share` is 0, `second` where it is 1; colours are rows or one colour for all."""
    return first + (second - first) * share[..., None]


def noise(rng: Rng, across: float, down: float | None = None) -> Array:
    """Return soft random values [R, R] of mean 0 and deviation about 1, with so many waves across and down."""
    rows, columns = (max(2, round(waves)) for waves in (down or across, across))
    grid = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
    return np.asarray(grid.resize((RAYS, RAYS), Image.Resampling.BICUBIC), dtype=float) * 1.4


def turned(x: float = 0, y: float = 0, z: float = 0) -> Array:
    """Return the rotation [3, 3] by degrees around z, then x, then y."""
    matrix = np.eye(3)
    for axis, degrees in ((2, z), (0, x), (1, y)):
        c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
        i, j = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[i, i], step[i, j], step[j, i], step[j, j] = c, -s, s, c
        matrix = step @ matrix
    return matrix


def ellipsoid(pose: Pose, shape: tuple[float, float, float] = (1, 1, 1)) -> Surface:
    """Return a sphere, or an ellipsoid with `shape` times the size as radii; `own`: its points on the unit sphere."""
    x, y = rays()
    inverse = pose.turn.T / (np.array(shape) * pose.size)[:, None]
    start = np.stack([x - pose.x, y - pose.y, np.zeros_like(x)], axis=-1) @ inverse.T
    along = inverse[:, 2]
    a, b, c = along @ along, start @ along, (start**2).sum(axis=-1) - 1
    root = b**2 - a * c
    seen = root > 0
    depth = (-b[seen] + np.sqrt(root[seen])) / a
    own = start[seen] + depth[:, None] * along
    normal = own @ inverse
    return Surface(seen, normal / np.linalg.norm(normal, axis=1, keepdims=True), own, depth)


def shade(surface: Surface, albedo: Array, gloss: float = 0.2, sharpness: float = 30) -> Array:
    """Return light [P, 3] that the seen points send to the viewer: a lamp, sky above, ground below, and a highlight."""
    n = surface.normal
    lamp = np.clip(n @ LIGHT * 0.85 + 0.15, 0, None)
    sky = 0.34 + 0.2 * n[:, 1]
    rim = (1 - n[:, 2].clip(0, 1)) ** 3
    shine = (n @ _HALF).clip(0) ** sharpness + 0.25 * rim * smooth(n[:, 1], -0.5, 0.3)
    return albedo * (0.95 * lamp + sky.clip(0.1))[:, None] + gloss * shine[:, None]


def cast_shadow(canvas: Array, pose: Pose, flat: float = 0.25, dark: float = 0.6) -> None:
    """Darken the canvas softly where something of this pose touches the ground, less so away from there."""
    x, y = rays()
    x, y = (x - pose.x - 0.1) / pose.size, (y - pose.y) / pose.size + 0.94
    distance = (x / np.where(x > 0, 1.5, 1.0)) ** 2 + (y / flat) ** 2  # it reaches further away from the lamp
    canvas *= 1 - dark * np.exp(-1.2 * distance)[..., None]


def paint(canvas: Array, surface: Surface, light: Array) -> None:
    """Draw the seen points of a surface onto the canvas."""
    canvas[surface.seen] = light


def finished(canvas: Array) -> Image.Image:
    """Return the image, 96 x 96 pixels in 8-bit sRGB."""
    pixels = canvas.reshape(SIDE, OVER, SIDE, OVER, 3).mean(axis=(1, 3)).clip(0, 1) ** (1 / 2.2)
    return Image.fromarray((pixels * 255).round().astype(np.uint8))

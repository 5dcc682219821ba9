"""How a mouth is drawn in each frame: skin, lips, teeth and tongue, in grey, over all frames of a clip at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pippin.apps.lipread.video.frames import RATE
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH

Array = np.ndarray


@dataclass(frozen=True)
class Face:
    """What tells one mouth from another; lengths are pixels, tones grey values or shares of the skin's."""

    half_width: float  # of the mouth at rest
    upper: float  # lip's thickness
    lower: float
    bow: float  # depth of the cupid's bow
    droop: float  # of the corners
    tilt: float  # of the head, as a slope
    x: float  # of the mouth's middle, from the image's
    y: float
    skin: float
    lip: float
    teeth: float
    dark: float  # inside of the mouth
    contour: float  # strength of folds and shadows
    light: float  # from the right, if above 0
    gloss: float  # of the lower lip
    agility: float  # how far it opens
    rate: float  # of speech
    noise: float  # of the sensor
    nostrils: float


GEOMETRY = 8  # so many of these, the first, are the shape and the place of the mouth
# The range of each, in order.
LOOKS = (
    *((16.5, 23.0), (3.0, 5.2), (4.2, 7.0), (0.15, 0.5), (-0.6, 1.6), (-0.06, 0.06), (-2.5, 2.5), (-2.0, 2.0)),
    *((95, 180), (0.68, 0.9), (1.15, 1.45), (0.3, 0.5), (0.6, 1.4), (-0.16, 0.16), (0.04, 0.22), (0.75, 1.15)),
    *((0.88, 1.15), (1.0, 2.4), (0.0, 0.35)),
)


@dataclass(frozen=True)
class Shape:
    """Where a mouth is in each frame: the rows [T,1,64] along which its lips end, and the columns they are told by."""

    x: Array  # columns from the middle [T,1,64]
    across: Array  # the same in half widths
    arch: Array  # of the opening: 1 in the middle, 0 at its corners and beyond
    middle: Array  # row between the lips at rest
    top: Array
    upper: Array  # lower edge of the upper lip
    lower: Array  # upper edge of the lower lip
    bottom: Array
    gap: Array  # opening in the middle [T,1,1]


Y = np.arange(HEIGHT, dtype=np.float32)[:, None]


def render(moves: Array, face: Face, rng: np.random.Generator) -> Array:
    """Return frames uint8 [T,40,64] of what `moved` gives."""
    columns = moves.T.astype(np.float32)[:, :, None, None]
    shape = _shape(columns, face, _swaying(len(moves), rng))
    frames = _skin(shape, face, rng)
    _shadows(frames, shape, face)
    _lips(frames, shape, face)
    _inside(frames, shape, columns, face)
    frames = _softened(frames, 0.42 - 0.1 * face.contour)  # as by a lens
    frames += np.float32(face.noise) * rng.standard_normal(frames.shape, dtype=np.float32)
    return np.rint(frames, out=frames).clip(0, 255).astype(np.uint8)


def _swaying(frames: int, rng: np.random.Generator) -> Array:
    """Return small movements of the head, across and down, in pixels [2,T,1,1]."""
    phases, speeds = rng.uniform(0, 6.3, (2, 2, 1)), rng.uniform(0.3, 1.1, (2, 2, 1))
    waves = np.sin(phases + 6.3 * speeds * np.arange(frames) / RATE)
    return (0.45 * waves.sum(1)).astype(np.float32)[:, :, None, None]


def _shape(moves: Array, face: Face, sway: Array) -> Shape:
    opening, spread, rounding, _, _, tuck, _, pressed = moves
    size = face.half_width / 20
    half = face.half_width * (1 + 0.1 * spread - 0.3 * rounding - 0.06 * opening)
    x = np.arange(WIDTH, dtype=np.float32) - (WIDTH - 1) / 2 - face.x - sway[0]
    across = x / half
    within = np.clip(1 - across**2, 0, 1)
    arch = np.clip(1 - (across / (0.92 - 0.12 * rounding)) ** 2, 0, 1) ** 0.75
    gap = 10.5 * size * opening
    middle = HEIGHT / 2 - 1.5 + face.y + sway[1] + face.tilt * x + face.droop * np.minimum(across**2, 1.3)
    seam = middle + 0.7 * np.exp(-((across / 0.2) ** 2)) - 0.3 * within - 1.2 * tuck * arch
    upper = seam - (0.25 + 0.15 * tuck) * gap * arch
    lower = seam + (0.75 - 0.15 * tuck) * gap * arch
    bow = 1 - face.bow * np.exp(-((across / 0.13) ** 2)) + 0.12 * np.exp(-(((np.abs(across) - 0.24) / 0.12) ** 2))
    swell = 1 + 0.3 * rounding - 0.35 * pressed - 0.12 * opening
    top = upper - face.upper * swell * (1 - 0.25 * tuck) * within**0.85 * bow
    bottom = lower + face.lower * swell * (1 - 0.45 * tuck) * within**0.7
    return Shape(x, across, arch, middle, top, upper, lower, bottom, gap)


def _skin(shape: Shape, face: Face, rng: np.random.Generator) -> Array:
    """Render cheeks, light from a side, and grain that goes with the head."""
    grain = rng.normal(0, 1, (HEIGHT, WIDTH))
    for _ in range(3):
        grain = _softened(grain, 0.6)
    x, y = np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT)[:, None]
    fold = np.abs(x - face.x / 32) - (0.52 + 0.22 * (y + 1))  # from the wings of the nose to beside the mouth
    tone = 1 + face.light * x - 0.08 * x**2 - 0.02 * y + 0.06 * grain
    tone -= 0.09 * face.contour * np.exp(-((fold / 0.07) ** 2)) * np.clip(0.4 - y, 0, 1) * (face.nostrils > 0.15)
    tone = (face.skin * tone).astype(np.float32)
    down, across = np.gradient(tone)
    moved_across = -shape.x[:, :, :1] - (WIDTH - 1) / 2 - face.x
    moved_down = shape.middle.mean(2, keepdims=True) - shape.middle.mean()
    return (tone - across * moved_across - down * moved_down).astype(np.float32)


def _shadows(frames: Array, shape: Shape, face: Face) -> None:
    """Draw philtrum, nostrils, corners of the mouth, and the hollow above the chin, which goes down with the jaw."""
    depth = np.float32(face.contour)
    nose = shape.middle.mean(2, keepdims=True) - 19 * face.half_width / 20
    frames *= 1 - 0.1 * depth * _bell(shape.x, 2.2) * _bell(Y - nose - 9, 6)
    frames *= 1 + 0.05 * depth * _bell(np.abs(shape.x) - 4.5, 2) * _bell(Y - nose - 12, 5)
    frames *= 1 - (face.nostrils + 0.2) * _bell(np.abs(shape.x) - 6.5, 2.6) * _bell(Y - nose, 2.4)
    beneath = shape.bottom.max(2, keepdims=True)
    hollow = _bell(shape.across, 0.62)
    frames *= 1 - 0.2 * depth * hollow * _bell(Y - beneath - 1.6 + 1.5 * shape.across**2, 2.6)
    frames *= 1 + 0.07 * depth * hollow * _bell(Y - beneath - 8.5, 3.2)
    frames *= 1 + 0.08 * depth * _bell(shape.across, 0.6) * _bell(Y - shape.top + 1.2, 1.3)
    corners = _bell(np.abs(shape.across) - 1.0, 0.13) * _bell(Y - shape.middle, 1.9)
    frames *= 1 - 0.3 * depth * corners


def _lips(frames: Array, shape: Shape, face: Face) -> None:
    """Draw the upper lip in its own shade, the lower one with a gloss, and the line between them."""
    tone = np.float32(face.skin * face.lip) * (1 + np.float32(face.light) * shape.x / 32)
    height = np.maximum(shape.upper - shape.top, 0.5)
    inward = np.clip((Y - shape.top) / height, 0, 1)
    _paint(frames, _cover(shape.top, shape.upper, 1.3), tone * (0.97 - 0.2 * inward))
    height = np.maximum(shape.bottom - shape.lower, 0.5)
    outward = np.clip((Y - shape.lower) / height, 0, 1)
    gloss = 0.06 + np.float32(face.gloss) * _bell(shape.across, 0.5) * _bell(outward - 0.42, 0.24)
    _paint(frames, _cover(shape.lower, shape.bottom, 1.8), tone * (0.98 + gloss - 0.1 * outward**2))


def _inside(frames: Array, shape: Shape, moves: Array, face: Face) -> None:
    """Draw the inside between the lips: the dark, the tongue, both rows of teeth; and the upper lip's shadow on it."""
    _, _, _, above, below, tuck, tongue, _ = moves
    size = face.half_width / 20
    skin, within = np.float32(face.skin), np.abs(shape.across)
    opening = _cover(shape.upper, shape.lower, 1.0)
    _paint(frames, opening, skin * face.dark * (1 - 0.35 * np.minimum(within, 1)))
    lifted = shape.lower - np.clip(0.25 + 0.7 * tongue, 0, 1) * shape.gap * _bell(shape.across, 0.55)
    _paint(frames, _cover(lifted, shape.lower, 1.6), skin * (0.48 + 0.28 * tongue) * _bell(shape.across, 1.1))
    row = 1 - 0.1 * (np.cos(shape.x * (6.3 / (4.2 * size))) > 0.8)
    tone = skin * face.teeth * row * (1.04 - 0.62 * np.minimum(within, 1) ** 2)
    edge = np.minimum(shape.upper + 4.6 * size * above * shape.arch, shape.lower)
    _paint(frames, 0.92 * _cover(shape.upper, edge, 1.0) * (within < 0.85), tone)
    edge = np.maximum(shape.lower - 2.6 * size * below * shape.arch, edge + 0.5)
    _paint(frames, 0.8 * _cover(edge, shape.lower, 1.0) * (within < 0.7), 0.85 * tone)
    line = _bell(Y - shape.upper - 0.2, 0.85) * np.clip(1.25 - within**2, 0, 1)
    frames *= 1 - (0.34 - 0.2 * np.clip(tuck, 0, 1)) * line


def _softened(images: Array, amount: float) -> Array:
    """Return images [...,H,W], each pixel mixed with its neighbours; `amount` is their share, in each direction."""
    for axis in (-2, -1):
        rows = np.moveaxis(images, axis, 0)
        beside = np.concatenate([rows[:1], rows[:-1]]) + np.concatenate([rows[1:], rows[-1:]])
        images = np.moveaxis((1 - amount) * rows + amount / 2 * beside, 0, axis)
    return images


def _bell(distance: Array, width: float) -> Array:
    return np.exp(-((distance / np.float32(width)) ** 2))


def _cover(above: Array, below: Array, soft: float) -> Array:
    """Return how much of each pixel lies between two curves, whose edges are `soft` pixels wide."""
    return np.clip(np.minimum((below - Y) / soft, (Y - above) / soft) + 0.5, 0, 1) * np.clip(below - above, 0, 1)


def _paint(frames: Array, share: Array, tone: Array) -> None:
    frames += share * (tone - frames)

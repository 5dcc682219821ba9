"""Mouths to try it on, rendered: lips, teeth, tongue and jaw move as the sounds of a sentence make them.

Each sound pulls the mouth towards what it looks like, and neighbours overlap (Cohen and Massaro 1993, "Modeling
coarticulation in synthetic visual speech"), so that fast speech undershoots, and what looks alike cannot be told apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from pippin.apps.lipread import y4m
from pippin.apps.lipread.alignments import NAMED, Words
from pippin.apps.lipread.clips import Clip
from pippin.apps.lipread.mouth import HEIGHT, WIDTH
from pippin.apps.lipread.phonemes import sounds
from pippin.apps.lipread.video import RATE

Array = np.ndarray
SENTENCE = tuple(tuple(dict.fromkeys(slot.values())) for slot in NAMED)  # what GRID has at each place
# What each viseme asks of the mouth, from 0 to 1 (spread from -1), and how much it insists on it.
POSES: dict[str, tuple[float, ...]] = {
    # opening, spread, rounding, upper teeth, lower teeth, lower lip tucked in, tongue; insisting
    "rest": (0, 0, 0, 0, 0, 0, 0, 1.0),
    "lips together": (0, 0, 0, 0, 0, 0, 0, 1.0),
    "lip to teeth": (0.27, 0.1, 0, 0.9, 0, 1, 0, 1.6),
    "tongue between teeth": (0.32, 0.1, 0, 0.5, 0.1, 0, 1, 1.0),
    "teeth together": (0.26, 0.45, 0, 0.9, 0.8, 0, 0, 1.0),
    "lips forward": (0.34, -0.2, 0.6, 0.8, 0.6, 0, 0, 1.2),
    "tongue up": (0.3, 0.1, 0, 0.45, 0.2, 0, 0.75, 0.6),
    "tongue back": (0.4, 0.1, 0, 0.4, 0.2, 0, 0.2, 0.4),
    "spread": (0.32, 0.9, 0, 0.85, 0.35, 0, 0.3, 1.0),
    "half open": (0.62, 0.25, 0, 0.6, 0.25, 0, 0.35, 1.0),
    "open": (1.0, 0.1, 0, 0.6, 0.2, 0, 0.3, 1.2),
    "round": (0.62, -0.4, 0.7, 0.1, 0, 0, 0.1, 1.3),
    "puckered": (0.24, -0.6, 1, 0, 0, 0, 0, 1.5),
}
REACH = np.array([0.042, 0.06, 0.085, 0.045, 0.045, 0.04, 0.042])  # seconds over which each part's pull fades
CLOSED = 0.045  # seconds: lips that must meet do so for as long, and open over half as long on either side


class Segment(NamedTuple):
    """A viseme and when it is spoken, in seconds."""

    viseme: str
    begin: float
    end: float


@dataclass(frozen=True)
class Face:
    """What tells one mouth from another; lengths are pixels, tones grey values or shares of the skin's."""

    half_width: float  # of the mouth at rest
    upper: float  # lip's thickness
    lower: float
    bow: float  # depth of the cupid's bow
    droop: float  # of the corners
    tilt: float  # of the head, as a slope
    x: float  # of the mouth's middle, from the picture's
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


# The range of each, in order.
LOOKS = (
    *((16.5, 23.0), (3.0, 5.2), (4.2, 7.0), (0.15, 0.5), (-0.6, 1.6), (-0.06, 0.06), (-2.5, 2.5), (-2.0, 2.0)),
    *((95, 180), (0.68, 0.9), (1.15, 1.45), (0.3, 0.5), (0.6, 1.4), (-0.16, 0.16), (0.04, 0.22), (0.75, 1.15)),
    *((0.88, 1.15), (1.0, 2.4), (0.0, 0.35)),
)


@dataclass(frozen=True, repr=False)
class Rendered(Clip):
    """A rendered mouth as a video, drawn when it is read: always the same one."""

    seed: int = 0

    def __repr__(self) -> str:  # so that a set's fingerprint tells its content
        return f"Rendered({self.digest()})"

    def read(self) -> bytes:
        """The video as a Y4M file that remarks that it is rendered."""
        return _file(tuple(word for _, _, word in self.words), self.seed)

    @cached_property
    def _digest(self) -> str:
        return _digest(tuple(word for _, _, word in self.words), self.seed)


def rendered(count: int) -> list[Rendered]:
    """Clips that are always the same, each of another mouth and another sentence (up to 64,000 of them)."""
    clips = []
    for seed in range(count):
        _, words, _ = _timed(sentence(seed).split(), *_person(seed))
        name, kind = f"rendered-{seed:03d}.y4m", "video/x-yuv4mpeg"
        clips.append(Rendered(name=name, media_type=kind, words=words, speaker="rendered mouths", seed=seed))
    return clips


def sentence(seed: int) -> str:
    """A sentence of the GRID corpus at random, the same again only for a seed that is a multiple of 64,000 away."""
    counts = [len(words) for words in SENTENCE]
    order = _order(int(np.prod(counts)))
    places = np.unravel_index(order[seed % len(order)], counts)
    return " ".join(words[place] for words, place in zip(SENTENCE, places, strict=True))


def talking(words: Sequence[str], seed: int) -> tuple[Array, Words]:
    """The seed's mouth saying some words: grey frames uint8 [T,40,64], 25 a second, and when each word is said."""
    face, chance = _person(seed)
    segments, spoken, seconds = _timed(words, face, chance)
    moves = moved(segments, round(seconds * RATE), face, chance)
    return drawn(moves, face, chance), spoken


@lru_cache(maxsize=8)
def _file(words: tuple[str, ...], seed: int) -> bytes:
    return y4m.written(talking(words, seed)[0], RATE, "rendered")


@lru_cache(maxsize=4096)
def _digest(words: tuple[str, ...], seed: int) -> str:
    return hashlib.sha256(_file(words, seed)).hexdigest()


@lru_cache(maxsize=1)
def _order(count: int) -> Array:
    return np.random.default_rng(count).permutation(count)


def _person(seed: int) -> tuple[Face, np.random.Generator]:
    """The seed's mouth, and the chance that all else about its clip is left to."""
    chance = np.random.default_rng([seed, 64])
    values = [float(chance.uniform(low, high)) for low, high in LOOKS]
    return Face(**dict(zip((field.name for field in fields(Face)), values, strict=True))), chance


def _timed(words: Sequence[str], face: Face, chance: np.random.Generator) -> tuple[list[Segment], Words, float]:
    """When each viseme and each word is spoken, and how long the clip is, in seconds; silence at either end."""
    now = float(chance.uniform(0.4, 0.6))
    segments, spoken = [Segment("rest", -1.0, now)], []
    for word in words:
        begin = now
        for sound in sounds(word):
            end = now + sound.milliseconds / 1000 / face.rate * float(chance.lognormal(0, 0.18))
            segments.append(Segment(sound.viseme, now, end))
            now = end
        spoken.append((round(begin, 3), round(now, 3), word))
    end = now + float(chance.uniform(0.4, 0.6))
    return [*segments, Segment("rest", now, end + 1)], tuple(spoken), end


def moved(segments: Sequence[Segment], frames: int, face: Face, chance: np.random.Generator) -> Array:
    """What the mouth does [T,8]: the columns of `POSES` but the last, and how much lips are pressed together."""
    times = (np.arange(frames)[:, None] + 0.5) / RATE
    begin, end = (np.array([segment[place] for segment in segments], float) for place in (1, 2))
    poses = np.array([POSES[segment.viseme] for segment in segments])
    targets, insisting = poses[:, :-1], poses[:, -1] * chance.uniform(0.8, 1.25, len(poses))
    targets = targets * chance.normal(1, 0.1, targets.shape)
    from_middle = np.abs(times - (begin + end) / 2)
    away = np.maximum(from_middle - (end - begin) / 4, 0)
    pull = insisting[:, None] * np.exp(-((away[:, :, None] / REACH) ** 2))
    moves = (pull * targets).sum(1) / pull.sum(1)
    meeting = np.array([segment.viseme == "lips together" for segment in segments])
    pressed = (np.clip(1.5 - from_middle / CLOSED, 0, 1) * meeting).max(1)
    pressed = pressed * pressed * (3 - 2 * pressed)
    moves[:, 0] *= (1 - pressed) * face.agility
    return np.column_stack([moves, pressed])


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


def drawn(moves: Array, face: Face, chance: np.random.Generator) -> Array:
    """Frames uint8 [T,40,64] of what `moved` gives."""
    columns = moves.T.astype(np.float32)[:, :, None, None]
    shape = _shape(columns, face, _swaying(len(moves), chance))
    frames = _skin(shape, face, chance)
    _shadows(frames, shape, face)
    _lips(frames, shape, face)
    _inside(frames, shape, columns, face)
    frames = _softened(frames, 0.42 - 0.1 * face.contour)  # as by a lens
    frames += np.float32(face.noise) * chance.standard_normal(frames.shape, dtype=np.float32)
    return np.rint(frames, out=frames).clip(0, 255).astype(np.uint8)


def _swaying(frames: int, chance: np.random.Generator) -> Array:
    """Small movements of the head, across and down, in pixels [2,T,1,1]."""
    phases, speeds = chance.uniform(0, 6.3, (2, 2, 1)), chance.uniform(0.3, 1.1, (2, 2, 1))
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


def _skin(shape: Shape, face: Face, chance: np.random.Generator) -> Array:
    """Cheeks, light from a side, and grain that goes with the head."""
    grain = chance.normal(0, 1, (HEIGHT, WIDTH))
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
    """Philtrum, nostrils, corners of the mouth, and the hollow above the chin, which goes down with the jaw."""
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
    """The upper lip in its own shade, the lower one with a gloss, and the line between them."""
    tone = np.float32(face.skin * face.lip) * (1 + np.float32(face.light) * shape.x / 32)
    height = np.maximum(shape.upper - shape.top, 0.5)
    inward = np.clip((Y - shape.top) / height, 0, 1)
    _paint(frames, _cover(shape.top, shape.upper, 1.3), tone * (0.97 - 0.2 * inward))
    height = np.maximum(shape.bottom - shape.lower, 0.5)
    outward = np.clip((Y - shape.lower) / height, 0, 1)
    gloss = 0.06 + np.float32(face.gloss) * _bell(shape.across, 0.5) * _bell(outward - 0.42, 0.24)
    _paint(frames, _cover(shape.lower, shape.bottom, 1.8), tone * (0.98 + gloss - 0.1 * outward**2))


def _inside(frames: Array, shape: Shape, moves: Array, face: Face) -> None:
    """What shows between the lips: the dark, the tongue, both rows of teeth; and the upper lip's shadow on it all."""
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


def _softened(pictures: Array, amount: float) -> Array:
    """Pictures [...,H,W], each pixel mixed with its neighbours; `amount` is their share, in each direction."""
    for axis in (-2, -1):
        rows = np.moveaxis(pictures, axis, 0)
        beside = np.concatenate([rows[:1], rows[:-1]]) + np.concatenate([rows[1:], rows[-1:]])
        pictures = np.moveaxis((1 - amount) * rows + amount / 2 * beside, 0, axis)
    return pictures


def _bell(distance: Array, width: float) -> Array:
    return np.exp(-((distance / np.float32(width)) ** 2))


def _cover(above: Array, below: Array, soft: float) -> Array:
    """How much of each pixel lies between two curves, whose edges are `soft` pixels wide."""
    return np.clip(np.minimum((below - Y) / soft, (Y - above) / soft) + 0.5, 0, 1) * np.clip(below - above, 0, 1)


def _paint(frames: Array, share: Array, tone: Array) -> None:
    frames += share * (tone - frames)

"""Mouths to try it on, rendered: lips, teeth, tongue and jaw move as the sounds of a sentence make them.

Each sound pulls the mouth towards what it looks like, and neighbours overlap (Cohen and Massaro 1993, "Modeling
coarticulation in synthetic visual speech"), so that fast speech undershoots, and what looks alike cannot be told apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from pippin.apps.lipread.alignments import NAMED, Words
from pippin.apps.lipread.rendering.mouth_renderer import GEOMETRY, LOOKS, Face, render
from pippin.apps.lipread.rendering.phonemes import sounds
from pippin.apps.lipread.video import y4m
from pippin.apps.lipread.video.clips import Clip
from pippin.apps.lipread.video.frames import RATE

Array = np.ndarray
SENTENCE = tuple(tuple(dict.fromkeys(slot.values())) for slot in NAMED)  # what GRID has at each position
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


@dataclass(frozen=True, repr=False)
class Rendered(Clip):
    """A rendered mouth as a video, drawn when it is read: always the same one."""

    seed: int = 0

    def __repr__(self) -> str:  # so that a set's fingerprint tells its content
        return f"Rendered({self.digest()})"

    def read(self) -> bytes:
        """Return the video as a Y4M file that remarks that it is rendered."""
        return _file(tuple(word for _, _, word in self.words), self.seed)

    @cached_property
    def _digest(self) -> str:
        return _digest(tuple(word for _, _, word in self.words), self.seed)


def rendered(count: int) -> list[Rendered]:
    """Return clips that are always the same, each of another mouth and another sentence (up to 64,000 of them)."""
    return [clip(seed) for seed in range(count)]


def clip(seed: int) -> Rendered:
    """Return the clip of a seed."""
    _, words, _ = _timed(sentence(seed).split(), *_person(seed))
    name, kind = f"rendered-{seed:03d}.y4m", "video/x-yuv4mpeg"
    return Rendered(name=name, media_type=kind, words=words, speaker="rendered mouths", seed=seed)


def sentence(seed: int) -> str:
    """Draw a random sentence of the GRID corpus; only seeds that differ by a multiple of 64,000 repeat one."""
    counts = [len(words) for words in SENTENCE]
    order = _order(int(np.prod(counts)))
    places = np.unravel_index(order[seed % len(order)], counts)
    return " ".join(words[place] for words, place in zip(SENTENCE, places, strict=True))


def talking(words: Sequence[str], seed: int, beyond: float = 0.0) -> tuple[Array, Words]:
    """Render the seed's mouth saying some words: grey frames uint8 [T,40,64], 25 a second, and each word's time.

    With `beyond`, its geometry lies outside of all that is drawn for other mouths, by up to that share of each range.
    """
    face, rng = _person(seed)
    if beyond:
        face = _strange(face, seed, beyond)
    segments, spoken, seconds = _timed(words, face, rng)
    moves = moved(segments, round(seconds * RATE), face, rng)
    return render(moves, face, rng), spoken


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
    """Return the seed's mouth, and the rng that draws all else about its clip."""
    rng = np.random.default_rng([seed, 64])
    values = [float(rng.uniform(low, high)) for low, high in LOOKS]
    return Face(**dict(zip((field.name for field in fields(Face)), values, strict=True))), rng


def _strange(face: Face, seed: int, beyond: float) -> Face:
    """Return the face with every measure of its geometry below or above the range of other mouths."""
    rng = np.random.default_rng([seed, 65])
    values = {}
    for field, (low, high) in zip(fields(Face)[:GEOMETRY], LOOKS, strict=False):
        away = float(rng.uniform(0, beyond)) * (high - low)
        values[field.name] = high + away if rng.random() < 0.5 else low - away
    return replace(face, **values)


def _timed(words: Sequence[str], face: Face, rng: np.random.Generator) -> tuple[list[Segment], Words, float]:
    """Return when each viseme and each word is spoken, and the clip's length in seconds with silence at either end."""
    now = float(rng.uniform(0.4, 0.6))
    segments, spoken = [Segment("rest", -1.0, now)], []
    for word in words:
        begin = now
        for sound in sounds(word):
            end = now + sound.milliseconds / 1000 / face.rate * float(rng.lognormal(0, 0.18))
            segments.append(Segment(sound.viseme, now, end))
            now = end
        spoken.append((round(begin, 3), round(now, 3), word))
    end = now + float(rng.uniform(0.4, 0.6))
    return [*segments, Segment("rest", now, end + 1)], tuple(spoken), end


def moved(segments: Sequence[Segment], frames: int, face: Face, rng: np.random.Generator) -> Array:
    """Return the mouth's poses [T,8]: the columns of `POSES` but the last, and how much lips are pressed together."""
    times = (np.arange(frames)[:, None] + 0.5) / RATE
    begin, end = (np.array([segment[place] for segment in segments], float) for place in (1, 2))
    poses = np.array([POSES[segment.viseme] for segment in segments])
    targets, insisting = poses[:, :-1], poses[:, -1] * rng.uniform(0.8, 1.25, len(poses))
    targets = targets * rng.normal(1, 0.1, targets.shape)
    from_middle = np.abs(times - (begin + end) / 2)
    away = np.maximum(from_middle - (end - begin) / 4, 0)
    pull = insisting[:, None] * np.exp(-((away[:, :, None] / REACH) ** 2))
    moves = (pull * targets).sum(1) / pull.sum(1)
    meeting = np.array([segment.viseme == "lips together" for segment in segments])
    pressed = (np.clip(1.5 - from_middle / CLOSED, 0, 1) * meeting).max(1)
    pressed = pressed * pressed * (3 - 2 * pressed)
    moves[:, 0] *= (1 - pressed) * face.agility
    return np.column_stack([moves, pressed])

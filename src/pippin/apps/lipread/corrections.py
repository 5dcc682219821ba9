"""What a reader is taught clip by clip, without PyTorch: the clip itself, a better head, and phrases to choose from.

Features stay as they were learned. The head that tells characters is fitted again to the taught clips: each frame has
the character that its sentence's alignment gives it, and the head stays near what it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pippin.apps.lipread.decoding import ctc
from pippin.apps.lipread.decoding.alphabet import BLANK, numbers
from pippin.apps.lipread.decoding.ctc import log_softmax
from pippin.apps.lipread.decoding.decoder import Head, NetworkOutputs

Array = np.ndarray
BINS = 4  # parts of a phrase, in order, each with its means
WORDS = 2.0  # weight of the parts of words beside the features
TAKES, PHRASES = 2, 2  # of a phrase, and phrases taken so often, from which on answers are phrases
ROUNDS, STEP, HOLD = 60, 0.5, 1.0  # of fitting the head: how often, how far, and how strongly it is held
BETWEEN = 0.4  # of the way from how far own takes lie to how far others do: what is nearer than that is one of yours


@dataclass(frozen=True)
class Phrase:
    """What a clip is nearest to: the phrase, how likely among all, and whether it is near enough."""

    text: str
    probability: float
    near: bool
    others: tuple[tuple[str, float], ...]


@dataclass
class Lessons:
    """Taught clips by digest: what each says, its shape as a phrase, and its frames for the head."""

    said: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, Array] = field(default_factory=dict)
    frames: dict[str, tuple[Array, Array]] = field(default_factory=dict)

    def add(self, digest: str, sentence: str, known: NetworkOutputs) -> None:
        """Add a correction of a clip; the last one for a clip counts."""
        self.said[digest], self.shapes[digest] = sentence, shape(known)
        classes = np.full(len(known.logs), BLANK)
        for letter in ctc.aligned(known.logs, sentence):
            classes[letter.first] = numbers(letter.character)[0]
        self.frames[digest] = known.features, classes

    def head(self, before: Head) -> Head:
        """Return the characters' head, fitted to the taught frames as well."""
        if not self.frames:
            return before
        features, classes = (np.concatenate(parts) for parts in zip(*self.frames.values(), strict=True))
        return fitted(before, features, classes)

    @property
    def phrases(self) -> dict[str, list[Array]]:
        """Shapes by phrase, of those that were taken often enough."""
        found: dict[str, list[Array]] = defaultdict(list)
        for digest, sentence in self.said.items():
            found[sentence].append(self.shapes[digest])
        return {phrase: takes for phrase, takes in found.items() if len(takes) >= TAKES}

    def nearest(self, known: NetworkOutputs) -> Phrase | None:
        """Return the taught phrase a clip is nearest to; None where too few were taught to choose from."""
        phrases = self.phrases
        if len(phrases) < PHRASES:
            return None
        middle = np.mean([take for takes in phrases.values() for take in takes], axis=0)
        takes = [np.stack([_direction(take - middle) for take in found]) for found in phrases.values()]
        centres = np.stack([_direction(found.mean(0)) for found in takes])
        distances = 1 - centres @ _direction(shape(known) - middle)
        own, other = _spread(takes, centres)
        shares = np.exp(log_softmax(-distances / max((own + other) / 6, 1e-3)))
        order = np.argsort(distances)
        names = list(phrases)
        others = tuple((names[index], float(shares[index])) for index in order[1:4])
        best = int(order[0])
        near = distances[best] <= own + BETWEEN * (other - own)
        return Phrase(names[best], float(shares[best]), bool(near), others)


def shape(known: NetworkOutputs) -> Array:
    """Describe a clip as a phrase: the frames in which the mouth moves, in equal parts, each as the network sees it.

    Both by its features and by the parts of words it takes them for: [BINS*(C+W)].
    """
    speaks = np.flatnonzero(known.silence < 0.5)
    spoken = slice(speaks[0], speaks[-1] + 1) if len(speaks) >= BINS else slice(None)
    seen = _direction(_parts(known.features[spoken]))
    return np.concatenate([seen, WORDS * _direction(_parts(np.exp(known.words[spoken] / 2)))])


def _parts(values: Array) -> Array:
    edges = np.linspace(0, len(values), BINS + 1)
    parts = [values[int(low) : max(int(low) + 1, int(np.ceil(high)))] for low, high in pairwise(edges)]
    return np.concatenate([part.mean(0) for part in parts])


def _spread(takes: Sequence[Array], centres: Array) -> tuple[float, float]:
    """Return mean distances of a take from the mean of the others of its phrase, and from the nearest other phrase."""
    own, other = [], []
    for number, found in enumerate(takes):
        for index, take in enumerate(found):
            own.append(1 - float(take @ _direction(np.delete(found, index, 0).mean(0))))
            other.append(1 - float(np.delete(centres, number, 0).dot(take).max()))
    return float(np.mean(own)), float(np.mean(other))


def fitted(head: Head, features: Array, classes: Array) -> Head:
    """Return a softmax head that tells `classes` from `features` better, by gradient descent held near where it begins.

    Frames count so that each class has the same weight: nearly all frames are blank.
    """
    counts = np.bincount(classes, minlength=len(head.bias)).clip(1)
    weights = (1 / counts[classes])[:, None] / len(np.unique(classes))
    wanted = np.eye(len(head.bias), dtype=np.float32)[classes]
    weight, bias = head.weight.copy(), head.bias.copy()
    scale = float((features**2).sum(1).mean()) + 1  # of the curvature, so that a step is never too far
    for _ in range(ROUNDS):
        wrong = weights * (np.exp(log_softmax(features @ weight.T + bias)) - wanted)
        weight -= STEP / scale * (wrong.T @ features + HOLD / ROUNDS * (weight - head.weight))
        bias -= STEP / scale * wrong.sum(0)
    return Head(weight.astype(np.float32), bias.astype(np.float32))


def _direction(vector: Array) -> Array:
    return vector / (np.linalg.norm(vector) + 1e-9)

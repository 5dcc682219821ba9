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
# Where the background tells: of its distances the share that counts as near, and how far from own takes towards these
# an answer may lie. Both were chosen on words of GRID's speaker 1 that are neither trained on nor reported (its
# validation part).
NEAREST, TOWARDS = 0.1, 0.8
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

    def nearest(self, known: NetworkOutputs, others: Array | None = None, least: int = PHRASES) -> Phrase | None:
        """Return the taught phrase a clip is nearest to; None where fewer than `least` were taught to choose from.

        `others` [N,D] are shapes that are none of the phrases: how near they come tells what is near enough. Without
        them the phrases are compared with one another, of which two are too few to refuse anything.
        """
        phrases = self.phrases
        if len(phrases) < max(least, 1 if others is not None else PHRASES):
            return None
        everything = [take for takes in phrases.values() for take in takes] if others is None else others
        middle = np.mean(everything, axis=0)
        takes = [np.stack([_direction(take - middle) for take in found]) for found in phrases.values()]
        centres = np.stack([_direction(found.mean(0)) for found in takes])
        distances = 1 - centres @ _direction(shape(known) - middle)
        own, other = _own_spread(takes), _other_spread(takes, centres)
        limit = own + BETWEEN * (other - own)
        if others is not None:
            distance = (1 - np.stack([_direction(one - middle) for one in others]) @ centres.T).min(1)
            other = float(np.quantile(distance, NEAREST))
            limit = own + TOWARDS * (other - own)
        shares = np.exp(log_softmax(-distances / max((own + other) / 6, 1e-3)))
        order = np.argsort(distances)
        names = list(phrases)
        runners_up = tuple((names[index], float(shares[index])) for index in order[1:4])
        best = int(order[0])
        return Phrase(names[best], float(shares[best]), bool(distances[best] <= limit), runners_up)


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


def _own_spread(takes: Sequence[Array]) -> float:
    """Return the mean distance of a take from the mean of the others of its phrase."""
    return float(
        np.mean(
            [
                1 - float(take @ _direction(np.delete(found, index, 0).mean(0)))
                for found in takes
                for index, take in enumerate(found)
            ]
        )
    )


def _other_spread(takes: Sequence[Array], centres: Array) -> float:
    """Return the mean distance of a take from the nearest other phrase; 2, the largest, where there is none."""
    rest = [
        np.delete(centres, number, 0).dot(take)
        for number, found in enumerate(takes)
        for take in found
        if len(centres) > 1
    ]
    return float(np.mean([1 - found.max() for found in rest])) if rest else 2.0


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

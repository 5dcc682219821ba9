"""What a reader is taught clip by clip, without PyTorch: the clip itself, a better head, and phrases to choose from.

Features stay as they were learned. The head that tells characters is fitted anew to the taught clips, each frame having
the character that its sentence's alignment gives it, and held near what it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pippin.apps.lipread import ctc
from pippin.apps.lipread.ctc import log_softmax
from pippin.apps.lipread.letters import BLANK, numbers
from pippin.apps.lipread.reading import Head, Known

Array = np.ndarray
BINS = 4  # parts of a phrase, in order, each with its mean features
TAKES, PHRASES = 2, 2  # of a phrase, and phrases taken so often, from which on answers are phrases
ROUNDS, STEP, HOLD = 60, 0.5, 1.0  # of fitting the head: how often, how far, and how strongly it is held
FEW = 1.25  # times the largest distance among the takes of a phrase is still it, for takes are few


@dataclass(frozen=True)
class Phrase:
    """What a clip is nearest to: the phrase, how likely among all, and whether it is near enough."""

    text: str
    probability: float
    near: bool
    others: tuple[tuple[str, float], ...]


@dataclass
class Lessons:
    """Taught clips by digest: what each says, its shape as a phrase [BINS*C], and its frames for the head."""

    said: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, Array] = field(default_factory=dict)
    frames: dict[str, tuple[Array, Array]] = field(default_factory=dict)

    def add(self, digest: str, sentence: str, known: Known) -> None:
        """Take in what a clip says; the last word on a clip counts."""
        self.said[digest], self.shapes[digest] = sentence, shape(known)
        classes = np.full(len(known.logs), BLANK)
        for letter in ctc.aligned(known.logs, sentence):
            classes[letter.first] = numbers(letter.character)[0]
        self.frames[digest] = known.features, classes

    def head(self, before: Head) -> Head:
        """The characters' head, fitted to the taught frames as well."""
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

    def nearest(self, known: Known) -> Phrase | None:
        """The taught phrase a clip is nearest to; None where too few were taught to choose from."""
        phrases = self.phrases
        if len(phrases) < PHRASES:
            return None
        middle = np.mean([take for takes in phrases.values() for take in takes], axis=0)
        pattern = _direction(shape(known) - middle)
        distances, reaches = [], []
        for takes in phrases.values():
            directions = [_direction(take - middle) for take in takes]
            distances.append(1 - float(pattern @ _direction(np.mean(directions, axis=0))))
            reaches.append(_reach(directions))
        reach = float(np.mean(reaches))
        shares = np.exp(log_softmax(-np.array(distances) / max(reach / 3, 1e-3)))
        order = np.argsort(distances)
        names = list(phrases)
        others = tuple((names[place], float(shares[place])) for place in order[1:4])
        best = int(order[0])
        return Phrase(names[best], float(shares[best]), distances[best] <= FEW * reach, others)


def shape(known: Known) -> Array:
    """A clip as a phrase: its frames in which the mouth does not rest, in equal parts, each with its mean [BINS*C]."""
    speaks = np.flatnonzero(known.silence < 0.5)
    features = known.features[speaks[0] : speaks[-1] + 1] if len(speaks) >= BINS else known.features
    edges = np.linspace(0, len(features), BINS + 1)
    parts = [features[int(low) : max(int(low) + 1, int(np.ceil(high)))] for low, high in pairwise(edges)]
    return np.concatenate([part.mean(0) for part in parts])


def fitted(head: Head, features: Array, classes: Array) -> Head:
    """A softmax head that tells `classes` from `features` better, by gradient descent held near where it begins.

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


def _reach(directions: Sequence[Array]) -> float:
    """How far a take lies from the middle of the others, at most."""
    far = []
    for place, direction in enumerate(directions):
        others = [other for number, other in enumerate(directions) if number != place]
        far.append(1 - float(direction @ _direction(np.mean(others, axis=0))))
    return max(far)


def _direction(vector: Array) -> Array:
    return vector / (np.linalg.norm(vector) + 1e-9)

"""CTC decoder: letters at each frame to a sentence, greedily or by beam search with a language model.

Probabilities are natural logarithms throughout: `logs` is [T, classes], the last class being CTC's blank.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pippin.apps.lipread.decoding.alphabet import BLANK, CHARACTERS, numbers, text

Array = np.ndarray
NEVER = -1e9  # the logarithm of no chance at all
BEAM = 16
LEAST = 1e-3  # a letter's probability at a frame, for the beam to try it


class Language(Protocol):
    """What is likely to be said."""

    def logs(self, before: str) -> Array:
        """Return log probabilities of each character [28] after the text before, and last of an end there [29]."""


class Spoken(NamedTuple):
    """A character and the frames (first, last) over which it is spelt."""

    character: str
    first: int
    last: int


def log_softmax(logits: Array) -> Array:
    """Return logarithms of probabilities over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def greedy(logs: Array) -> str:
    """Return the likeliest class of each frame, repetitions and blanks left out."""
    best = logs.argmax(1)
    changes = np.flatnonzero(np.diff(best, prepend=-1))
    return " ".join(text(best[changes].tolist()).split())


def beam(
    logs: Array, language: Language | None = None, weight: float = 0.5, width: int = BEAM
) -> list[tuple[str, float]]:
    """Return the likeliest sentences with the logarithms of their scores, best first.

    Prefix beam search (Hannun et al. 2014): a sentence's score is what CTC gives it, summed over its alignments, times
    what the language gives it to the power of `weight`.
    """
    prior: dict[str, float] = {"": 0.0}
    ends: dict[str, tuple[float, float]] = {"": (0.0, NEVER)}  # ending in a blank, and in its last letter
    for frame in logs:
        after: dict[str, list[float]] = defaultdict(lambda: [NEVER, NEVER])
        likely = [int(number) for number in np.flatnonzero(frame[:BLANK] > np.log(LEAST))]
        for prefix, (blank, letter) in ends.items():
            both = np.logaddexp(blank, letter)
            _add(after[prefix], 0, both + frame[BLANK])
            if prefix:
                _add(after[prefix], 1, letter + frame[CHARACTERS.index(prefix[-1])])
            spoken = language.logs(prefix) if language and likely else None
            for number in likely:
                longer = prefix + CHARACTERS[number]
                if spoken is not None and longer not in prior:
                    prior[longer] = prior[prefix] + weight * float(spoken[number])
                prior.setdefault(longer, prior[prefix])
                same = prefix[-1:] == CHARACTERS[number]
                _add(after[longer], 1, (blank if same else both) + frame[number])
        kept = sorted(after.items(), key=lambda item: -_both(item[1]) - prior[item[0]])[:width]
        ends = {prefix: (score[0], score[1]) for prefix, score in kept}
    scored = []
    for prefix, score in ends.items():
        end = weight * float(language.logs(prefix)[-1]) if language else 0.0
        scored.append((" ".join(prefix.split()), _both(score) + prior[prefix] + end))
    return sorted(scored, key=lambda item: -item[1])


def _both(scores: Sequence[float]) -> float:
    return float(np.logaddexp(scores[0], scores[1]))


def _add(scores: list[float], position: int, value: float) -> None:
    scores[position] = float(np.logaddexp(scores[position], value))


def chance(logs: Array, sentence: str) -> float:
    """Return the logarithm of the probability that CTC gives a sentence, summed over all its alignments."""
    classes = extended(sentence)
    scores = np.full(len(classes), NEVER)
    scores[:2] = logs[0, classes[:2]]
    skips = _skips(classes)
    for frame in logs[1:]:
        before = scores.copy()
        scores[1:] = np.logaddexp(scores[1:], before[:-1])
        scores[2:] = np.where(skips[2:], np.logaddexp(scores[2:], before[:-2]), scores[2:])
        scores += frame[classes]
    return float(np.logaddexp.reduce(scores[-2:]))


def aligned(logs: Array, sentence: str) -> list[Spoken]:
    """Return when each character of a sentence is spelt, by its likeliest alignment; none with too few frames."""
    classes = extended(sentence)
    scores, back = np.full(len(classes), NEVER), np.zeros((len(logs), len(classes)), np.int8)
    scores[:2] = logs[0, classes[:2]]
    skips = _skips(classes)
    for time, frame in enumerate(logs[1:], start=1):
        ways = np.stack([scores, np.append(NEVER, scores[:-1]), np.append([NEVER] * 2, scores[:-2])[: len(scores)]])
        ways[2, ~skips] = NEVER
        back[time] = ways.argmax(0)
        scores = ways.max(0) + frame[classes]
    if scores[-2:].max() < NEVER / 2:
        return []
    position = len(classes) - 1 - int(len(classes) > 1 and scores[-2] > scores[-1])
    path = [position]
    for time in range(len(logs) - 1, 0, -1):
        position -= back[time, position]
        path.append(position)
    places = np.array(path[::-1])
    spans = [np.flatnonzero(places == 2 * number + 1) for number in range(len(sentence))]
    return [Spoken(letter, int(span[0]), int(span[-1])) for letter, span in zip(sentence, spans, strict=True)]


def extended(sentence: str) -> Array:
    """Return the classes of a sentence, a blank before, between and after all of them."""
    classes = np.full(2 * len(sentence) + 1, BLANK)
    classes[1::2] = numbers(sentence)
    return classes


def _skips(classes: Array) -> Array:
    """Return the positions at which the blank before may be left out."""
    skips = np.zeros(len(classes), bool)
    skips[2:] = (classes[2:] != BLANK) & (classes[2:] != classes[:-2])
    return skips


def edits(one: Sequence[object], other: Sequence[object]) -> int:
    """Return Levenshtein's distance: how many items must be put in, left out or replaced."""
    row = list(range(len(other) + 1))
    for number, item in enumerate(one, start=1):
        diagonal, row[0] = row[0], number
        for index, against in enumerate(other, start=1):
            diagonal, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, diagonal + (item != against))
    return row[-1]

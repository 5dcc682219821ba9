"""Single sentences taught to a trained model: each moves the scores of what is like it, in closed form.

The move is the mean of a Gaussian process (Rasmussen and Williams 2006, equation 2.25) with the kernel
exp(-(1 - cosine) / REACH): through each taught sentence it makes the score of its intent exceed all others' by MARGIN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pippin.apps.assistant.understanding.intent_head import comparable
from pippin.learn.text.token_encoder import Array

REACH = 0.3  # cosine distance at which a sentence's word counts 1/e
MARGIN = 4.0
NOISE = 0.01


class TaughtSentence(NamedTuple):
    """A sentence with its vector [D] and what it was said to ask for."""

    text: str
    intent: str
    vector: Array


class Taught:
    """Taught sentences by their text; the last word on a text counts."""

    def __init__(self, sentences: Sequence[TaughtSentence] = ()) -> None:
        self.by_text = {sentence.text: sentence for sentence in sentences}

    def __len__(self) -> int:
        return len(self.by_text)

    @property
    def sentences(self) -> list[TaughtSentence]:
        """All of them, in order."""
        return list(self.by_text.values())

    @property
    def vectors_TD(self) -> Array:
        """The vectors [T,D]."""
        return np.stack([one.vector for one in self.by_text.values()])

    def labels(self, known: Sequence[str]) -> tuple[str, ...]:
        """Return the `known` labels, then those only teaching brought."""
        return (*known, *sorted({one.intent for one in self.by_text.values()} - set(known)))

    def with_sentences(self, sentences: Sequence[TaughtSentence]) -> Taught:
        """Return what was taught, with more of it."""
        return Taught([*self.without(sentences).by_text.values(), *sentences])

    def without(self, sentences: Sequence[TaughtSentence]) -> Taught:
        """Return what was taught but for these texts."""
        gone = {one.text for one in sentences}
        return Taught([one for one in self.by_text.values() if one.text not in gone])

    def after(self, examples_ME: Array) -> Array:
        """Return vectors of examples to compare with [M,E], then those of what was taught."""
        return np.concatenate([examples_ME, comparable(self.vectors_TD)]) if self.by_text else examples_ME

    def moved(self, logits_NL: Array, vectors_ND: Array, own_TL: Array, known: Sequence[str]) -> Array:
        """Return logits [N,L+] of texts, moved by what was taught; `own_TL` are those of the taught sentences.

        Labels that only teaching brought come last; before the move they are half a MARGIN below the likeliest.
        """
        if not self.by_text:
            return logits_NL
        labels = self.labels(known)
        wide_NL, wide_TL = (_widened(one, len(labels)) for one in (logits_NL, own_TL))
        places = [labels.index(one.intent) for one in self.by_text.values()]
        rows, vectors_TD = np.arange(len(places)), self.vectors_TD
        others_TL = wide_TL.copy()
        others_TL[rows, places] = -np.inf
        missing = np.zeros_like(wide_TL)
        gap = others_TL.max(axis=1) - wide_TL[rows, places] + MARGIN if len(labels) > 1 else np.zeros(len(places))
        missing[rows, places] = np.maximum(gap, 0)
        kernel_TT = kernel(vectors_TD, vectors_TD) + NOISE * np.eye(len(places), dtype=np.float32)
        return np.asarray(wide_NL + kernel(vectors_ND, vectors_TD) @ np.linalg.solve(kernel_TT, missing), np.float32)


def kernel(one_ND: Array, other_MD: Array) -> Array:
    """Return how much sentences [N] count for others [M], by the cosines of what is compared of their vectors."""
    cosines = comparable(one_ND) @ comparable(other_MD).T
    return np.asarray(np.exp((np.minimum(cosines, 1) - 1) / np.float32(REACH)), np.float32)


def _widened(logits_NL: Array, count: int) -> Array:
    extra = np.repeat(logits_NL.max(axis=1, keepdims=True) - np.float32(MARGIN / 2), count - logits_NL.shape[1], axis=1)
    return np.concatenate([logits_NL, extra], axis=1)

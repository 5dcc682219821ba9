"""Which intent a sentence has, how surely, and whether it is any: ridge regression on sentence vectors.

- Which: closed-form regression to the intents (`learn/label_ridge.py`), so that an example more costs milliseconds.
- How surely: a softmax as sharp as suits examples that were left out.
- Whether any: sqrt(probability) x mean cosine of the five nearest examples, against a threshold. The probability alone
  compares the intents with each other; the cosines alone say nothing of whether two intents are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.learn.label_ridge import Ridge
from pippin.learn.softmax_sharpness import fit_sharpness, log_softmax
from pippin.learn.text.token_encoder import Array

NEAREST = 5
THRESHOLD = 0.5
STRENGTH = 1.0


class Judgement(NamedTuple):
    """Probabilities [N,L], and how certainly [N] each text is one of the intents (0 to 1)."""

    probabilities: Array
    certainty: Array


class IntentHead:
    """A head fitted to N examples with vectors [N,D] of length 1."""

    def __init__(self, vectors_ND: Array, intents: Sequence[str], strength: float = STRENGTH) -> None:
        self.vectors_ND, self.intents = vectors_ND, list(intents)
        ridge = Ridge(vectors_ND, intents, strength)
        self.labels = ridge.labels
        self.coefficients_DL, self.intercepts_L, self.left_out_NL = ridge.solution()
        self.sharpness = float(fit_sharpness(self.left_out_NL, ridge.owners_N))

    def judge(self, vectors_ND: Array) -> Judgement:
        """Judge texts by their vectors."""
        probabilities = self.probabilities(vectors_ND)
        return Judgement(probabilities, certainty(probabilities, vectors_ND @ self.vectors_ND.T))

    def probabilities(self, vectors_ND: Array) -> Array:
        """Return the probabilities [N,L] of the intents."""
        scores = vectors_ND @ self.coefficients_DL + self.intercepts_L
        return np.exp(log_softmax(np.float32(self.sharpness) * scores))

    def nearest(self, vector_D: Array, count: int = NEAREST) -> list[tuple[int, float]]:
        """Return the `count` examples nearest to a vector with their cosines, nearest first."""
        cosines = self.vectors_ND @ vector_D
        order = np.argsort(-cosines, kind="stable")[:count]
        return [(int(index), float(cosines[index])) for index in order]


def certainty(probabilities_NL: Array, cosines_NM: NDArray[np.float32]) -> Array:
    """Return sqrt(probability) x mean cosine of the five nearest of M examples, for each of N texts."""
    count = min(NEAREST, cosines_NM.shape[1])
    nearest = np.partition(cosines_NM, -count, axis=1)[:, -count:].mean(axis=1)
    return np.asarray(np.sqrt(probabilities_NL.max(axis=1)) * np.maximum(nearest, 0), np.float32)

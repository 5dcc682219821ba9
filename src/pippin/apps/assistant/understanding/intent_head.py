"""Which intent a sentence has, how surely, and whether it has any: a linear softmax on sentence vectors.

- Which: multinomial logistic regression (`learn/logistic_regression.py`) in the span of the examples, so that a few
  hundred of them cost a fraction of a second.
- How surely: as sharp as makes examples likeliest that other folds learned from.
- Whether any: sqrt(probability) x mean cosine of the five nearest examples (less half of that with examples of no
  intent, where there are some), against a threshold. The probability alone
  compares the intents with each other; the cosines alone say nothing of whether two intents are alike. Cosines are
  those of the last layer, which was trained to tell likeness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn import logistic_regression
from pippin.learn.softmax_sharpness import log_softmax
from pippin.learn.text.token_encoder import WIDTH, Array

NEAREST = 5
OUTSIDE_SHARE = 0.5
FOLDS = 3
MAX_STEPS, FEW = 200, 3000  # of the search; a fifth of them from so many examples on, where each takes long
C = 400.0  # of the logistic regression (flat from 100 to 1,500 on training parts of three data sets)
SHARPNESSES = np.geomspace(0.1, 3, 30)
MAX_KEPT = 100  # examples of an intent that are kept to compare with
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class IntentHead:
    """A head for L intents on vectors of D numbers, with M examples it compares texts with by their last E numbers."""

    labels: tuple[str, ...]
    weights_DL: Array
    bias_L: Array
    examples_ME: Array
    owners_M: NDArray[np.int32]

    @classmethod
    def fit(
        cls, vectors_ND: Array, intents: Sequence[str], names: Mapping[str, Array] = MappingProxyType({}), seed: int = 0
    ) -> IntentHead:
        """Learn from N >= 1 examples with vectors of length 1; `names` are vectors of what intents are called."""
        labels = tuple(sorted(set(intents)))
        classes = np.searchsorted(labels, list(intents)).astype(np.int64)
        called = [label for label in labels if label in names]
        both_ND = np.stack([*vectors_ND, *(names[label] for label in called)])
        both_N = np.concatenate([classes, np.searchsorted(labels, called).astype(np.int64)])
        weights, bias = fit_softmax(both_ND, both_N, len(labels))
        kept = spaced(classes)
        examples = comparable(vectors_ND[kept])
        return cls(labels, weights, bias, examples, classes[kept].astype(np.int32))

    def sharpened(self, factor: float) -> IntentHead:
        """Return the head with its scores multiplied."""
        return replace(self, weights_DL=self.weights_DL * np.float32(factor), bias_L=self.bias_L * np.float32(factor))

    def probabilities(self, vectors_ND: Array) -> Array:
        """Return the probabilities [N,L] of the intents."""
        return np.asarray(np.exp(log_softmax(vectors_ND @ self.weights_DL + self.bias_L)), np.float32)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return its arrays, the examples in half precision (their vectors are rounded to it)."""
        return {
            "weights": self.weights_DL,
            "bias": self.bias_L,
            "examples": self.examples_ME.astype(np.float16),
            "owners": self.owners_M,
        }

    @classmethod
    def from_tensors(cls, labels: Sequence[str], tensors: Mapping[str, NDArray[Any]]) -> IntentHead:
        """Return the head that `tensors` came from."""
        examples = tensors["examples"].astype(np.float32)
        return cls(tuple(labels), tensors["weights"], tensors["bias"], examples, tensors["owners"])


def fit_softmax(vectors_ND: Array, classes_N: NDArray[np.int64], count: int) -> tuple[Array, Array]:
    """Return weights [D,L] and bias [L]; where examples are fewer than numbers, found in the examples' span."""
    if count == 1:
        return np.zeros((vectors_ND.shape[1], 1), np.float32), np.zeros(1, np.float32)
    if len(vectors_ND) >= vectors_ND.shape[1]:
        steps = MAX_STEPS if len(vectors_ND) < FEW else MAX_STEPS // 5
        model = logistic_regression.fit(vectors_ND, classes_N, count, C, steps)
        return model.weights_DK, model.bias_K
    # With fewer, the weights lie in the span of the vectors, whose coordinates are fewer.
    left, sizes, right = np.linalg.svd(vectors_ND, full_matrices=False)
    model = logistic_regression.fit(np.asarray(left * sizes, np.float32), classes_N, count, C)
    return np.asarray(right.T @ model.weights_DK, np.float32), model.bias_K


def left_out_scores(vectors_ND: Array, classes_N: NDArray[np.int64], count: int, seed: int) -> Array | None:
    """Return scores [N,L] of each example by the other folds; None where an intent has one example alone."""
    if count == 1 or min(np.bincount(classes_N, minlength=count)) < 2:
        return None
    folds = fold_of(classes_N, seed)
    scores = np.zeros((len(classes_N), count), np.float32)
    for fold in range(FOLDS):
        away = folds == fold
        weights, bias = fit_softmax(vectors_ND[~away], classes_N[~away], count)
        scores[away] = vectors_ND[away] @ weights + bias
    return scores


def best_sharpness(logits_NL: Array, classes_N: NDArray[np.int64]) -> float:
    """Return the factor of logits at which the right classes are likeliest."""
    rows = np.arange(len(classes_N))
    losses = [-float(log_softmax(np.float32(s) * logits_NL)[rows, classes_N].mean()) for s in SHARPNESSES]
    return float(SHARPNESSES[int(np.argmin(losses))])


def fold_of(classes_N: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return each example's fold, the members of a class dealt out evenly."""
    order = np.random.default_rng(seed).permutation(len(classes_N))
    order = order[np.argsort(classes_N[order], kind="stable")]
    folds = np.empty(len(classes_N), np.int64)
    folds[order] = np.arange(len(order)) % FOLDS
    return folds


def spaced(classes_N: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the indices of all examples, or of MAX_KEPT of each class, evenly spaced."""
    kept = []
    for label in np.unique(classes_N):
        own = np.flatnonzero(classes_N == label)
        kept.append(own[np.linspace(0, len(own) - 1, min(len(own), MAX_KEPT)).round().astype(int)])
    return np.sort(np.concatenate(kept))


def comparable(vectors_ND: Array) -> Array:
    """Return the last layer's part [N,E] of vectors, of length 1 and rounded as it is kept."""
    last = vectors_ND[:, -WIDTH:]
    last = last / np.maximum(np.linalg.norm(last, axis=1, keepdims=True), np.float32(1e-9))
    return last.astype(np.float16).astype(np.float32)


def certainty(probabilities_NL: Array, inside_NM: Array, outside_NK: Array) -> Array:
    """Return how certainly [N] texts are one of the intents, by their cosines with examples.

    sqrt(probability) x mean cosine of the five nearest of M examples, less OUTSIDE_SHARE of that with the nearest of K
    texts of no intent, where there are five.
    """
    likeness = nearest_mean(inside_NM)
    if outside_NK.shape[1] >= NEAREST:
        likeness = likeness - np.float32(OUTSIDE_SHARE) * nearest_mean(outside_NK)
    return np.asarray(np.sqrt(probabilities_NL.max(axis=1)) * np.maximum(likeness, 0), np.float32)


def nearest_mean(cosines_NM: Array) -> Array:
    """Return the mean [N] of the five greatest cosines."""
    count = min(NEAREST, cosines_NM.shape[1])
    return np.asarray(np.partition(cosines_NM, -count, axis=1)[:, -count:].mean(axis=1), np.float32)

"""Which words speak for which intent: TF-IDF of words and pairs with a linear SVM, used without scikit-learn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.assistant.understanding.intent_head import FOLDS, best_sharpness, fold_of
from pippin.core.errors import missing_extra
from pippin.learn.softmax_sharpness import log_softmax
from pippin.learn.text.token_encoder import Array

MAX_TERMS = 30_000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class WordModel:
    """Terms with their weights [T,L]; a text's scores are sums over its terms."""

    labels: tuple[str, ...]
    terms: tuple[str, ...]
    rarity_T: Array
    weights_TL: Array
    bias_L: Array

    def __post_init__(self) -> None:
        """Number the terms."""
        object.__setattr__(self, "_places", {term: index for index, term in enumerate(self.terms)})

    def scores(self, texts: Sequence[str]) -> Array:
        """Return the SVM's scores [N,L], as sharp as its probabilities are."""
        found = np.tile(self.bias_L, (len(texts), 1))
        for row, text in enumerate(texts):
            places, values = self.entries(text)
            if len(places):
                found[row] += values @ self.weights_TL[places]
        return found

    def probabilities(self, texts: Sequence[str]) -> Array:
        """Return probabilities [N,L]."""
        return np.asarray(np.exp(log_softmax(self.scores(texts))), np.float32)

    def entries(self, text: str) -> tuple[NDArray[np.intp], Array]:
        """Return the places of a text's terms and their TF-IDF, of length 1 together."""
        places: dict[str, int] = self._places  # type: ignore[attr-defined]
        counts = Counter(places[term] for term in terms_of(text) if term in places)
        index = np.fromiter(counts, np.intp, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.rarity_T[index]
        length = float(np.linalg.norm(values))
        return index, np.asarray(values / length if length else values, np.float32)

    def telling(self, text: str, label: str, count: int = 8) -> list[tuple[str, float]]:
        """Return the words of a text that speak most for a label or against it, with their share in its score."""
        if label not in self.labels:
            return []
        index, values = self.entries(text)
        shares = values * (self.weights_TL[index, self.labels.index(label)])
        order = np.argsort(-np.abs(shares), kind="stable")[:count]
        return [(self.terms[index[i]], float(shares[i])) for i in order]

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the arrays, weights in half precision."""
        return {"rarity": self.rarity_T, "weights": self.weights_TL.astype(np.float16), "bias": self.bias_L}

    @classmethod
    def from_tensors(
        cls, labels: Sequence[str], terms: Sequence[str], tensors: Mapping[str, NDArray[Any]]
    ) -> WordModel:
        """Return the model that was saved."""
        weights = tensors["weights"].astype(np.float32)
        return cls(tuple(labels), tuple(terms), tensors["rarity"], weights, tensors["bias"])


def terms_of(text: str) -> list[str]:
    """Return the words in lower case, and each with its follower."""
    found = _WORD.findall(text.casefold())
    return found + [f"{one} {two}" for one, two in pairwise(found)]


def fit_words(texts: Sequence[str], intents: Sequence[str], seed: int = 0) -> WordModel:
    """Fit a linear SVM (LIBLINEAR, one intent against the rest) on TF-IDF; needs scikit-learn.

    Its scores are scaled so that their softmax is likeliest on other folds; there `scores` are as sharp.
    """
    labels = tuple(sorted(set(intents)))
    classes = np.searchsorted(labels, list(intents)).astype(np.int64)
    terms, rarity = vocabulary(texts)
    plain = WordModel(
        labels, terms, rarity, np.zeros((len(terms), len(labels)), np.float32), np.zeros(len(labels), np.float32)
    )
    rows = _matrix(plain, texts)
    weights, bias = _svm(rows, classes, len(labels), seed)
    factor = 4.0
    if len(labels) > 1 and min(np.bincount(classes)) >= 2:
        folds, logits = fold_of(classes, seed), np.zeros((len(texts), len(labels)), np.float32)
        for fold in range(FOLDS):
            own_weights, own_bias = _svm(rows[folds != fold], classes[folds != fold], len(labels), seed)
            logits[folds == fold] = rows[folds == fold] @ own_weights + own_bias
        factor = 8 * best_sharpness(8 * logits, classes)
    scaled = (weights * np.float32(factor)).astype(np.float16).astype(np.float32)
    return WordModel(labels, terms, rarity, scaled, bias * np.float32(factor))


def vocabulary(texts: Sequence[str]) -> tuple[tuple[str, ...], Array]:
    """Return the terms, the commonest first, and their inverse document frequencies [T]."""
    counts = Counter(term for text in texts for term in set(terms_of(text)))
    kept = sorted(counts, key=lambda term: (-counts[term], term))[:MAX_TERMS]
    found = np.array([counts[term] for term in kept], np.float32)
    return tuple(kept), np.asarray(np.log((1 + len(texts)) / (1 + found)) + 1, np.float32)


def _matrix(model: WordModel, texts: Sequence[str]) -> Any:
    from scipy import sparse

    entries = [model.entries(text) for text in texts]
    starts = np.cumsum([0, *(len(index) for index, _ in entries)])
    index, values = (np.concatenate([one[part] for one in entries]) for part in (0, 1))
    return sparse.csr_matrix((values, index, starts), (len(texts), len(model.terms)))


def _svm(rows: Any, classes_N: NDArray[np.int64], count: int, seed: int) -> tuple[Array, Array]:
    """Return weights [T,L] and bias [L]."""
    try:
        from sklearn.svm import LinearSVC
    except ImportError as problem:
        raise missing_extra("scikit-learn", "train", "The linear SVM on words") from problem
    if count == 1:
        return np.zeros((rows.shape[1], 1), np.float32), np.zeros(1, np.float32)
    fitted = LinearSVC(C=1.0, random_state=seed).fit(rows, classes_N)
    weights, bias = fitted.coef_.T, fitted.intercept_
    if count == 2:  # one plane, which is for the second
        weights, bias = np.concatenate([-weights, weights], axis=1), np.array([-bias[0], bias[0]])
    return np.asarray(weights, np.float32), np.asarray(bias, np.float32)

"""Texts as counted words and pairs of words, each weighted by how rare it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_TERMS = 4000
_WORD = re.compile(r"\w\w+")


def terms(text: str) -> list[str]:
    """Return the words of two letters or more, in lower case, and each with its follower."""
    found = _WORD.findall(text.lower())
    return found + [f"{one} {two}" for one, two in pairwise(found)]


def learn(texts: Sequence[str]) -> dict[str, Any]:
    """Return the terms that occur in two texts or more, most frequent first, and their inverse document frequencies."""
    counts = Counter(term for text in texts for term in set(terms(text)))
    least = 2 if len(texts) > 20 else 1
    kept = [term for term, count in counts.most_common(MAX_TERMS) if count >= least]
    weights = [float(np.log((1 + len(texts)) / (1 + counts[term])) + 1) for term in kept]
    return {"terms": kept, "weights": weights}


def counted(texts: Sequence[str], facts: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return TF-IDF [N,T] (Salton and Buckley 1988): 1 + log of the count, weighted, each row of length 1."""
    places = {term: index for index, term in enumerate(facts["terms"])}
    rows = np.zeros((len(texts), len(places)), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for term, count in Counter(term for term in terms(text) if term in places).items():
            row[places[term]] = (1 + np.log(count)) * facts["weights"][places[term]]
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), np.float32)

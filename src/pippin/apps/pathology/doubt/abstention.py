"""The abstention curve: how often the answers are right where only the surest share is answered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

SHARES = tuple(number / 20 for number in range(1, 21))


def abstention_curve(confidence: ArrayLike, correct: ArrayLike, shares: Sequence[float] = SHARES) -> list[list[float]]:
    """Return [share answered, accuracy among them], the surest first (El-Yaniv and Wiener 2010)."""
    sure, right = np.asarray(confidence, float), np.asarray(correct, float)
    order = np.argsort(-sure, kind="stable")
    counts = [max(1, round(share * len(order))) for share in shares]
    return [[share, float(right[order[:count]].mean())] for share, count in zip(shares, counts, strict=True)]

"""Temperature scaling: how sharp probabilities should be, by images left out (Guo et al. 2017, section 4.2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TEMPERATURES = np.geomspace(0.2, 10, 157)  # 2.5 % apart


def softmax(logits_NL: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return probabilities [N,L]."""
    shares = np.exp(logits_NL - logits_NL.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)


def fit_temperature(logits_NL: NDArray[np.floating], truth_N: NDArray[np.int64]) -> float:
    """Return the temperature by which logits of images left out must be divided to be likeliest."""
    if logits_NL.shape[1] < 2 or not len(truth_N):
        return 1.0
    rows = np.arange(len(truth_N))

    def loss(temperature: float) -> float:
        scaled = logits_NL / temperature
        top = scaled.max(axis=1)
        return float((np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top - scaled[rows, truth_N]).mean())

    return float(min(TEMPERATURES, key=loss))

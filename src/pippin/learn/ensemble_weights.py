"""Weights of a mean of models, chosen on outputs for rows they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn.targets import Target

Array = NDArray[Any]
ROUNDS = 50


def greedy_weights(outputs: Sequence[Array], truth: Array, target: Target, rounds: int = ROUNDS) -> list[float]:
    """Return non-negative weights that sum to 1 (Caruana et al. 2004, "Ensemble Selection from Libraries of Models").

    `outputs` are probabilities [N,K] or standardised numbers [N,1] of each model, out of fold. The best model comes
    first; each round adds, with replacement, the one that lowers the loss of the mean most.
    """
    counts, total = np.zeros(len(outputs)), np.zeros_like(outputs[0], dtype=float)
    best, best_loss = counts, np.inf
    for number in range(1, rounds + 1):
        losses = [loss((total + one) / number, truth, target) for one in outputs]
        chosen = int(np.argmin(losses))
        counts = counts + (np.arange(len(outputs)) == chosen)
        total = total + outputs[chosen]
        if losses[chosen] < best_loss:
            best, best_loss = counts, losses[chosen]
    return [float(count / best.sum()) for count in best]


def loss(outputs: Array, truth: Array, target: Target) -> float:
    """Return the mean squared error of standardised numbers, or the mean cross-entropy of probabilities."""
    if target.is_number:
        return float(((outputs[:, 0] - truth) ** 2).mean())
    return float(-np.log(np.maximum(outputs[np.arange(len(truth)), truth], 1e-6)).mean())

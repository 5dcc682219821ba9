"""How sharp a softmax of scores should be: the factor at which left-out examples are likeliest, in closed steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.learn.label_ridge import Floats, Owners

# Of the softmax, before there are examples to learn it from: for each root of the number of labels (best: 3 to 18 for
# two, by how hard they are; 11 to 16 for ten; 30 for forty), and how firmly it is held there, for each label.
SHARPNESS = 4.25
SHARPNESS_PULL = 3.0
SHARPNESS_RANGE = 5.0  # times more or less than that, at most
NEWTON_STEPS = 30  # at most; a handful will do


def fit_sharpness(unseen_NL: Floats, owners: Owners) -> Floats:
    """Return the softmax's factor that makes the left-out examples likeliest, drawn towards what is usual.

    Found by Newton's method in the factor's logarithm, within bounds.
    """
    usual, pull = SHARPNESS * float(np.sqrt(unseen_NL.shape[1])), SHARPNESS_PULL * unseen_NL.shape[1]
    tested = np.bincount(owners)[owners] > 1  # without its only example a label cannot be predicted
    scores, truth = unseen_NL[tested], owners[tested]
    behind_NL = scores - scores.max(axis=1, keepdims=True, initial=-np.inf)  # the best: how far is each behind it?
    right = float(behind_NL[np.arange(len(truth)), truth].sum())
    low, high, log = -float(np.log(SHARPNESS_RANGE)), float(np.log(SHARPNESS_RANGE)), 0.0
    for _ in range(NEWTON_STEPS):
        factor = usual * float(np.exp(log))
        shares = np.exp(np.float32(factor) * behind_NL)
        shares /= shares.sum(axis=1, keepdims=True)
        weighted = shares * behind_NL
        means = weighted.sum(axis=1)
        variance = float(np.einsum("nl,nl->", weighted, behind_NL) - means @ means)
        missing = factor * (right - float(means.sum()))
        slope = 2 * pull * log - missing
        low, high = (log, high) if slope < 0 else (low, log)
        step = log - slope / max(2 * pull - missing + factor**2 * variance, 1e-9)
        step = step if low < step < high else (low + high) / 2
        log, moved = step, abs(step - log)
        if moved < 1e-4:
            break
    return np.array(usual * np.exp(log), dtype=np.float32)


def log_softmax(scores_NL: Floats) -> Any:
    """Return the logarithms of the softmax of each row."""
    shifted = scores_NL - scores_NL.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

"""Multinomial logistic regression: the plainest classifier on given features, in numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_MEMORY = 10  # pairs of steps by which L-BFGS knows the curvature
_MAX_STEPS = 200
_TOLERANCE = 1e-6  # of the slope of the mean loss


@dataclass(frozen=True)
class Softmax:
    """Fitted weights [D, K] and bias [K]: class k is as likely as exp(features @ weights + bias)[k]."""

    weights_DK: Array
    bias_K: Array

    def predict(self, features_ND: Array) -> Array:
        """Return probabilities [N, K] of the classes."""
        return np.exp(_log_softmax(features_ND @ self.weights_DK + self.bias_K))


def fit(features_ND: Array, classes_N: NDArray[np.int64], count: int, c: float, steps: int = _MAX_STEPS) -> Softmax:
    """Minimise the summed cross-entropy plus |weights|^2 / (2 c) over `count` classes, by L-BFGS.

    `c` is as in LIBLINEAR and scikit-learn; the bias is not penalised. The same input gives the same answer.
    """
    return _fitted(np.zeros((len(features_ND), count), np.float32), features_ND, classes_N, c, 0.0, steps)


def fit_from_prior(start: Softmax, features_ND: Array, classes_N: NDArray[np.int64], c: float) -> Softmax:
    """Fit as `fit`, but penalise how far weights and bias move from `start`: a few more examples for it."""
    logits_NK = features_ND @ start.weights_DK + start.bias_K
    step = _fitted(logits_NK, features_ND, classes_N, c, 1 / c, _MAX_STEPS)
    return Softmax(start.weights_DK + step.weights_DK, start.bias_K + step.bias_K)


def _fitted(
    base_NK: Array, features_ND: Array, classes_N: NDArray[np.int64], c: float, on_bias: float, steps: int
) -> Softmax:
    """Fit the best addition to the logits `base_NK`; `on_bias` is the penalty on the bias."""
    count = base_NK.shape[1]
    size, width = features_ND.shape
    target_NK = np.zeros((size, count), dtype=np.float32)
    target_NK[np.arange(size), classes_N] = 1

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = flat[: width * count].reshape(width, count), flat[width * count :]
        logits_NK = features_ND @ weights.astype(np.float32)
        log_NK = _log_softmax(base_NK + logits_NK + bias)  # in float64: the search needs to see small falls of the loss
        error_NK = np.exp(log_NK).astype(np.float32) - target_NK
        value = -float(log_NK[np.arange(size), classes_N].sum())
        slope = features_ND.T @ error_NK + weights / c
        slopes = np.concatenate([slope.ravel(), error_NK.sum(axis=0, dtype=np.float64) + on_bias * bias])
        penalty = float((weights**2).sum()) / (2 * c) + on_bias * float((bias**2).sum()) / 2
        return (value + penalty) / size, slopes / size

    best = _lbfgs(loss, np.zeros(width * count + count), steps).astype(np.float32)
    return Softmax(best[: width * count].reshape(width, count), best[width * count :])


def choose_c(
    features_ND: Array, classes_N: NDArray[np.int64], count: int, candidates: Sequence[float], seed: int = 0
) -> float:
    """Choose the candidate of least cross-entropy in three-fold validation.

    With too few data it is the smallest.
    """
    folds = _folds(classes_N, 3, seed)
    if len(np.unique(classes_N)) < 2 or min(np.bincount(classes_N)[np.unique(classes_N)]) < 2:
        return min(candidates)

    def held_out_loss(c: float) -> float:
        total = 0.0
        for fold in range(3):
            away = folds == fold
            model = fit(features_ND[~away], classes_N[~away], count, c, steps=60)
            log_NK = _log_softmax(features_ND[away] @ model.weights_DK + model.bias_K)
            total -= float(log_NK[np.arange(len(log_NK)), classes_N[away]].sum())
        return total

    return min(candidates, key=held_out_loss)


def _folds(classes_N: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold for each example, the members of each class dealt out evenly."""
    fold_N = np.empty(len(classes_N), dtype=np.int64)
    order = np.random.default_rng(seed).permutation(len(classes_N))
    order = order[np.argsort(classes_N[order], kind="stable")]
    fold_N[order] = np.arange(len(order)) % folds
    return fold_N


def _log_softmax(logits_NK: NDArray[Any]) -> NDArray[Any]:
    shifted = logits_NK - logits_NK.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _lbfgs(
    loss: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    start: NDArray[np.float64],
    steps: int,
) -> NDArray[np.float64]:
    """Return the minimum of a smooth convex loss (Nocedal and Wright 2006, algorithm 7.5, with backtracking)."""
    point, (value, slope) = start, loss(start)
    past: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for _ in range(steps):
        if np.abs(slope).max() <= _TOLERANCE:
            break
        direction = -_inverse_curvature(slope, past)
        descent = float(direction @ slope)
        length = 1.0 if past else min(1.0, 1.0 / float(np.abs(slope).sum()))
        while True:
            new = point + length * direction
            new_value, new_slope = loss(new)
            if new_value <= value + 1e-4 * length * descent or length < 1e-8:
                break
            length /= 2
        if length < 1e-8:  # the loss cannot fall further in its own precision
            break
        if (new - point) @ (new_slope - slope) > 0:
            past = [*past[1 - _MEMORY :], (new - point, new_slope - slope)]
        point, value, slope = new, new_value, new_slope
    return point


def _inverse_curvature(
    slope: NDArray[np.float64], past: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]
) -> NDArray[np.float64]:
    """Return the slope times the inverse Hessian as `past` moves and changes of slope tell it (algorithm 7.4)."""
    result, shares = slope.copy(), []
    for move, change in reversed(past):
        shares.append(float(move @ result) / float(move @ change))
        result -= shares[-1] * change
    if past:
        move, change = past[-1]
        result *= float(move @ change) / float(change @ change)
    for (move, change), share in zip(past, reversed(shares), strict=True):
        result += move * (share - float(change @ result) / float(move @ change))
    return result

"""Measures of how good answers are, each with the 95 % interval that says how sure the measure is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pippin.core.errors import PippinError
from pippin.core.values import Score

_CONFIDENCE = 0.95
_Z = 1.959963984540054  # the normal distribution holds 95 % within so many standard deviations


def wilson(successes: int, trials: int) -> Score:
    """Return `successes / trials` with Wilson's interval (Wilson 1927).

    The interval holds for few trials, too.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise PippinError(f"{successes} of {trials} is not a share; give at least one answer to score.")
    share, square = successes / trials, _Z**2 / trials
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return Score(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def accuracy(predicted: Sequence[Any], truth: Sequence[Any]) -> Score:
    """Return the share of correct answers with Wilson's interval."""
    return wilson(sum(answer == right for answer, right in zip(predicted, truth, strict=True)), len(truth))


def balanced_accuracy(predicted: Sequence[Any], truth: Sequence[Any]) -> Score:
    """Return the mean recall over classes, with a bootstrap interval."""
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(truth))}
    hits = np.array([answer == right for answer, right in zip(predicted, truth, strict=True)], dtype=float)

    def mean_recall(hit: NDArray[Any], kind: NDArray[Any]) -> float:
        counts = np.bincount(kind)
        present = counts > 0  # a resample may lack a rare kind
        return float(np.mean(np.bincount(kind, hit)[present] / counts[present]))

    return bootstrap(mean_recall, hits, np.array([kinds[right] for right in truth], dtype=int))


def calibration_error(confidence: NDArray[Any], correct: NDArray[Any], bins: int = 15) -> float:
    """Return the expected calibration error of confidences [N] without its interval."""
    # Ranges are open below and closed above, as in the paper.
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return float(np.abs(np.bincount(place, correct - confidence, minlength=bins)).sum() / len(confidence))


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> Score:
    """Return how far confidence (0..1) lies from the share that is right, by bootstrap; 0 is perfectly honest.

    The mean over `bins` equal ranges of confidence, weighted by their counts, of |share right - mean
    confidence| (Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3).
    """
    error = partial(calibration_error, bins=bins)
    score = bootstrap(error, np.asarray(confidence, dtype=float), np.asarray(correct, dtype=float))
    # Resampling adds variance to every bin and so raises the error: the measured value may lie below the
    # interval.
    return score._replace(low=min(score.low, score.value))


def adjusted_rand_index(first: ArrayLike, second: ArrayLike) -> float:
    """Return how far two groupings of the same things agree: 1 wholly, 0 as chance would (Hubert and Arabie 1985)."""
    one, other = (np.unique(np.asarray(groups), return_inverse=True)[1] for groups in (first, second))
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1)
    together, rows, columns, pairs = (
        float((counts * (counts - 1) / 2).sum())
        for counts in (table, table.sum(axis=1), table.sum(axis=0), np.array([len(one)]))
    )
    by_chance, most = rows * columns / max(pairs, 1.0), (rows + columns) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def bootstrap(statistic: Callable[..., float], *arrays: NDArray[Any], seed: int = 0, resamples: int = 1000) -> Score:
    """Return `statistic(*arrays)` with its percentile bootstrap interval.

    Efron and Tibshirani 1993, chapter 13.
    The arrays [N, ...] are resampled together along their first axis.
    """
    count = len(arrays[0])
    if count == 0:
        raise PippinError("There is nothing to score; give at least one example.")
    rng = np.random.default_rng(seed)
    draws = (rng.integers(0, count, count) for _ in range(resamples))
    values = [statistic(*(array[draw] for array in arrays)) for draw in draws]
    low, high = np.quantile(values, [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2])
    return Score(float(statistic(*arrays)), float(low), float(high))


def mean_interval(values: Sequence[float]) -> Score:
    """Return the mean of results over seeds or folds.

    With two values or more it has Student's t interval.
    """
    if len(values) < 2:
        raise PippinError(f"An interval needs two results or more, not {len(values)}; use more seeds.")
    mean = float(np.mean(values))
    half = student_t(len(values) - 1) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Score(mean, mean - half, mean + half)


def student_t(freedom: int) -> float:
    """Return how many standard errors around the mean hold 95 % of Student's t distribution, by bisection."""
    low, high = 0.0, 20.0  # 12.7 for one degree of freedom, less for all others
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _student_within(middle, freedom) < _CONFIDENCE else (low, middle)
    return high


def _student_within(t: float, freedom: int) -> float:
    """Return the probability of |T| <= t (Abramowitz and Stegun 1964, equations 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for power in range(1 + odd, freedom, 2):
        total += term
        term *= math.cos(angle) ** 2 * power / (power + 1)
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total

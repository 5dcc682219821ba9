"""Calibration: a temperature for the first disease, a sigmoid for "none of these"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Ranked(NamedTuple):
    """Logits [C] of a patient whose disease is known, whether the first is right, and how much it counts."""

    logits: Array
    is_right: bool
    weight: float


def softmax(logits: Array, temperature: float = 1.0) -> Array:
    """Return probabilities [C] of logits."""
    powers = np.exp((logits - logits.max()) / temperature)
    return np.asarray(powers / powers.sum())


def sigmoid(value: Array | float) -> Array:
    """Return probabilities of logits."""
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def fit_temperature(known: Sequence[Ranked]) -> float:
    """Return the temperature with which the first disease's mean probability is the share that is right."""

    def difference(temperature: float) -> float:
        return sum(one.weight * (float(softmax(one.logits, temperature).max()) - one.is_right) for one in known)

    low, high = 0.02, 50.0  # confidence falls as the temperature rises
    for _ in range(40):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if difference(middle) > 0 else (low, middle)
    return float((low * high) ** 0.5) if known else 1.0


def fit_sigmoid(values: Array, targets: Array, weights: Array) -> tuple[float, float]:
    """Return scale and shift of a weighted logistic regression on one value, by Newton's method (Platt 1999)."""
    if not len(targets) or targets.min() == targets.max():
        return 1.0, -4.0 if not len(targets) or not targets.max() else 4.0
    center, spread = float(values.mean()), float(values.std()) or 1.0
    design = np.stack([(values - center) / spread, np.ones_like(values)], 1)
    found = np.zeros(2)
    for _ in range(50):
        chances = sigmoid(design @ found)
        gradient = design.T @ (weights * (chances - targets)) + 1e-3 * found
        curvature = (design * (weights * chances * (1 - chances))[:, None]).T @ design + 1e-3 * np.eye(2)
        found = found - np.clip(np.linalg.solve(curvature, gradient), -2, 2)
    scale = float(found[0]) / spread
    return scale, float(found[1]) - scale * center

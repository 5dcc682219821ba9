"""Scores of labels: accuracy, what is accepted of known labels and refused of unknown ones, calibration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import accuracy, balanced_accuracy, expected_calibration_error, wilson

UNEVEN = 2  # times as many examples of one label as of another, from where on accuracy alone would mislead


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return scores of predictions against the examples' labels.

    accuracy: share predicted right, of examples whose label was learned (where it says "I don't know yet", its best
    label counts). balanced_accuracy: the mean over labels of that share, where one label has more than twice as many
    examples as another. known_accepted: share of those not called unknown. unknown_found: share of examples of
    labels never learned that are called unknown (only where there are such). ece: expected calibration error.
    An input that failed counts as wrong.
    """
    taught = learned_labels(predictions)
    pairs = list(zip(predictions, examples, strict=True))
    inside = [(p, e) for p, e in pairs if e.answer in taught]
    outside = [p for p, e in pairs if e.answer not in taught]
    scores: dict[str, Score] = {}
    if inside:
        answers, truth = [None if p.error else p.answer for p, _ in inside], [e.answer for _, e in inside]
        right = [answer == label for answer, label in zip(answers, truth, strict=True)]
        scores["accuracy"] = accuracy(answers, truth)
        counts = Counter(truth).values()
        if max(counts) > UNEVEN * min(counts):
            scores["balanced_accuracy"] = balanced_accuracy(answers, truth)
        scores["known_accepted"] = wilson(sum(p.known and not p.error for p, _ in inside), len(inside))
        scores["ece"] = expected_calibration_error(np.array([p.confidence or 0.0 for p, _ in inside]), np.array(right))
    if outside:
        scores["unknown_found"] = wilson(sum(not p.known for p in outside), len(outside))
    return scores


def score_accuracy(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return the share of all examples predicted right; an input that failed counts as wrong."""
    predicted = [None if prediction.error else prediction.answer for prediction in predictions]
    return {"accuracy": accuracy(predicted, [example.answer for example in examples])}


def learned_labels(predictions: Sequence[Prediction]) -> set[object]:
    """Return the labels that a model knows, by its predictions and their alternatives."""
    answered = (prediction for prediction in predictions if not prediction.error)
    return {label for p in answered for label in (p.answer, *(other for other, _ in p.alternatives))}

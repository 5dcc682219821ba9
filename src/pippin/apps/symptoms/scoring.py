"""Scores of interviews: how often the condition stands first after some questions, and how honest beliefs are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pippin.apps.symptoms.knowledge.structure import NONE, load_structure
from pippin.apps.symptoms.predictions import InterviewPrediction
from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, expected_calibration_error, wilson
from pippin.learn.roc import auroc

SCORED_AFTER = (3, 5, 8, 10)
SEVERE_AFTER, SEVERE_AMONG = 8, 3
Pair = tuple[InterviewPrediction, Example]


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return scores of interviews; an input that failed counts as wrong.

    top1_after_N: the condition stands first after N questions. severe_top3_after_8: of severe conditions (severity 1
    or 2), among the first three after 8. ece: calibration error of the first condition at the end, if it is one of
    those known. none_auroc: how often a patient of none of them has a higher probability of none than one of them.
    """
    pairs = [(as_interview(one), example) for one, example in zip(predictions, examples, strict=True)]
    known = [pair for pair in pairs if pair[1].answer != NONE]
    structure = load_structure()
    names = {name for name, is_severe in zip(structure.names, structure.severe, strict=True) if is_severe}
    severe = [pair for pair in known if pair[1].answer in names]
    scores: dict[str, Score] = {}
    if known:
        scores |= {f"top1_after_{after}": _share(known, after, 1) for after in SCORED_AFTER}
    if severe:
        scores[f"severe_top{SEVERE_AMONG}_after_{SEVERE_AFTER}"] = _share(severe, SEVERE_AFTER, SEVERE_AMONG)
    if known:
        right = np.array([is_among(*pair, SCORED_AFTER[-1], 1) for pair in known], float)
        scores["ece"] = expected_calibration_error(np.array([one.first for one, _ in known]), right)
    if known and len(known) < len(pairs):
        unknown = np.array([example.answer == NONE for _, example in pairs])
        scores["none_auroc"] = bootstrap(auroc, np.array([one.none for one, _ in pairs]), unknown)
    return scores


def as_interview(prediction: Prediction) -> InterviewPrediction:
    """Return the prediction, or an empty one where the input failed."""
    return prediction if isinstance(prediction, InterviewPrediction) else InterviewPrediction(None, confidence=0.0)


def is_among(prediction: InterviewPrediction, example: Example, after: int, count: int) -> bool:
    """Return whether the right condition is among the first `count` after some questions."""
    return example.answer in prediction.ranked_after.get(after, ())[:count]


def _share(pairs: Sequence[Pair], after: int, count: int) -> Score:
    return wilson(sum(is_among(*pair, after, count) for pair in pairs), len(pairs))

"""Scores: clean cases, leave-paper-out, as usually reported; calibration; how well "none of these" is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pippin.apps.raredisease.predictions import NONE, RankedPrediction
from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, expected_calibration_error, wilson
from pippin.learn.roc import auroc

Array = np.ndarray
Pair = tuple[RankedPrediction, Example]


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return scores of rankings; an input that failed counts as wrong.

    clean_*: patients whose papers no annotation of their disease cites; leave_paper_out_top1: the others, ranked
    without the rows that only their papers support; usual_top1: the same with all rows. `*_per_disease` are means over
    diseases of the mean over their patients. ece: calibration error of the first disease of clean patients, if it is
    one of those known. none_auroc: how often a patient of no known disease has a higher probability of none than a
    clean one.
    """
    pairs = [(as_ranked(prediction), example) for prediction, example in zip(predictions, examples, strict=True)]
    known = [pair for pair in pairs if pair[1].answer != NONE]
    clean = [pair for pair in known if pair[1].answer not in pair[0].cited]
    cited = [pair for pair in known if pair[1].answer in pair[0].cited]
    scores: dict[str, Score] = {}
    if clean:
        scores |= _clean_scores(clean)
    if cited:
        scores["leave_paper_out_top1"] = wilson(sum(is_among(*pair, 1) for pair in cited), len(cited))
        usual = [one.usual[:1] == (example.answer,) for one, example in cited]
        scores["usual_top1"] = wilson(sum(usual), len(usual))
    unknown = [pair for pair in pairs if pair[1].answer == NONE]
    if clean and unknown:
        scores["none_auroc"] = _none_auroc([*clean, *unknown])
    return scores


def as_ranked(prediction: Prediction) -> RankedPrediction:
    """Return the prediction, or an empty ranking where the input failed."""
    return prediction if isinstance(prediction, RankedPrediction) else RankedPrediction(None, confidence=0.0)


def is_among(prediction: RankedPrediction, example: Example, count: int) -> bool:
    """Return whether the right disease is among the first `count`."""
    return example.answer in prediction.ranked[:count]


def _clean_scores(clean: Sequence[Pair]) -> dict[str, Score]:
    first = np.array([is_among(*pair, 1) for pair in clean], float)
    ten = np.array([is_among(*pair, 10) for pair in clean], float)
    diseases = [example.answer for _, example in clean]
    confidence = np.array([prediction.first for prediction, _ in clean])
    return {
        "clean_top1_per_disease": mean_per_disease(first, diseases),
        "clean_top10_per_disease": mean_per_disease(ten, diseases),
        "clean_top1": wilson(int(first.sum()), len(first)),
        "clean_top10": wilson(int(ten.sum()), len(ten)),
        "ece": expected_calibration_error(confidence, first),
    }


def mean_per_disease(values: Array, diseases: Sequence[str]) -> Score:
    """Return the mean over diseases of the mean over their patients; the interval resamples diseases."""
    _, owner = np.unique(diseases, return_inverse=True)
    means = np.bincount(owner, values) / np.bincount(owner)
    return bootstrap(lambda chosen: float(chosen.mean()), means)


def _none_auroc(pairs: Sequence[Pair]) -> Score:
    chances = np.array([prediction.none for prediction, _ in pairs])
    unknown = np.array([example.answer == NONE for _, example in pairs])
    return bootstrap(auroc, chances, unknown)

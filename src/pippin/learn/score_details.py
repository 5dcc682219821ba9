"""Scores of answers by what they are: labels or numbers; and what `evaluate` shows beyond scores."""

from __future__ import annotations

from collections.abc import Sequence

from pippin.core.data import Example
from pippin.core.learner import Prediction, Score
from pippin.core.report import Report
from pippin.learn import label_scores, regression_scores
from pippin.learn.targets import is_number


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return the scores of numbers where every target is one, else those of labels."""
    numbers = is_number([example.answer for example in examples])
    return (regression_scores if numbers else label_scores).score(predictions, examples)


def details(predictions: Sequence[Prediction], examples: Sequence[Example]) -> Report:
    """Return tables, figures and payload beyond scores."""
    if is_number([example.answer for example in examples]):
        from pippin.learn.regression_details import details as shown

        return shown(predictions, examples)
    from pippin.learn.label_details import details as shown

    return shown(predictions, examples)

"""Scores of answers by what they are: labels or numbers; and what `evaluate` shows beyond scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pippin.core.data import Example
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn import classification_scores, regression_scores
from pippin.learn.targets import is_number


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return the scores of numbers where every target is one, else those of labels."""
    numbers = is_number([example.answer for example in examples])
    return (regression_scores if numbers else classification_scores).score(predictions, examples)


def details(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Any]:
    """Return the details that `evaluate` shows beyond scores, as JSON values."""
    if is_number([example.answer for example in examples]):
        from pippin.learn import regression_details

        return regression_details.measure(predictions, examples)
    from pippin.learn import classification_details

    return classification_details.measure(predictions, examples)


def details_report(measured: Mapping[str, Any]) -> Report:
    """Report what `details` returned, here or out of a stored model, in tables and figures."""
    if "points" in measured:
        from pippin.learn import regression_details

        return regression_details.report(measured)
    from pippin.learn import classification_details

    return classification_details.report(measured)

"""How readings are scored: words and characters wrong, as speech recognition counts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pippin.apps.lipread.decoding.ctc import edits
from pippin.core.data import Example
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, expected_calibration_error, wilson

Array = np.ndarray
BINS = 10  # ranges of confidence


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return error rates over all clips, resampled clip by clip for their intervals.

    wer, cer: words and characters that must be put in, left out or replaced, as a share of those spoken, of the answers
    as they are (by the grammar where the model has one; an answer flagged as outside of it counts as it was read).
    greedy_wer, greedy_cer: of the network's letters alone, with neither grammar nor language model. sentences: share
    read without any error. A clip that could not be read counts as if nothing had been read.
    """
    right = [str(example.answer) for example in examples]
    answers = [str(prediction.answer or "") for prediction in predictions]
    greedy = [greedy_of(prediction) for prediction in predictions]
    scores = {"wer": rate(answers, right, str.split), "cer": rate(answers, right, list)}
    if any(found is not None for found in greedy):
        letters = [found or "" for found in greedy]
        scores |= {"greedy_wer": rate(letters, right, str.split), "greedy_cer": rate(letters, right, list)}
    same = sum(answer == truth for answer, truth in zip(answers, right, strict=True))
    return {**scores, "sentences": wilson(same, len(right))}


def details(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Any]:
    """Return how often sentences are right by their confidence (a reliability diagram), and the error of that.

    Answers without a confidence are counted apart: nothing is claimed of them.
    """
    pairs = [(p.confidence, str(p.answer or "") == str(e.answer)) for p, e in zip(predictions, examples, strict=True)]
    told = [(float(confidence), right) for confidence, right in pairs if confidence is not None]
    if not told:
        return {}
    sure, right = np.array([one for one, _ in told]), np.array([one for _, one in told])
    place = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)
    bins = [
        {
            "from": low / BINS,
            "to": (low + 1) / BINS,
            "sentences": int((place == low).sum()),
            "confidence": float(sure[place == low].mean()),
            "right": float(right[place == low].mean()),
        }
        for low in range(BINS)
        if (place == low).any()
    ]
    error = expected_calibration_error(sure, right)._asdict()
    return {"reliability": bins, "calibration_error": error, "without_confidence": len(pairs) - len(told)}


def details_report(details: Mapping[str, Any]) -> Report:
    """Show how often sentences are right by their confidence."""
    rows = tuple(
        (f"{one['from']:.1f} to {one['to']:.1f}", one["sentences"], one["confidence"], one["right"])
        for one in details["reliability"]
    )
    error, silent = Score(**details["calibration_error"]), details["without_confidence"]
    title = f"how sure it was, and how often it was right (expected calibration error {error.value:.3f})"
    notes = (f"{pluralize(silent, 'answer')} without a confidence.",) if silent else ()
    return Report("", tables=(Table(("confidence", "sentences", "mean", "share right"), rows, title),), notes=notes)


def rate(answers: Sequence[str], right: Sequence[str], parts: Callable[[str], list[str]]) -> Score:
    """Return edits over what was spoken, in `parts` (words or characters)."""
    wrong = [edits(parts(answer), parts(truth)) for answer, truth in zip(answers, right, strict=True)]
    spoken = [len(parts(truth)) for truth in right]
    return bootstrap(lambda w, s: float(w.sum() / s.sum()), np.array(wrong, float), np.array(spoken, float))


def greedy_of(prediction: Prediction) -> str | None:
    """Return the text by the network's letters alone."""
    for item in prediction.evidence:
        if isinstance(item, dict) and "greedy" in item:
            return str(item["greedy"])
    return None

"""Scores: ROC AUC, accuracy, calibration, and what sets of labels hold and leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pippin.apps.pathology.doubt.abstention import abstention_curve
from pippin.apps.pathology.predictions import PathologyPrediction
from pippin.core.data import Example
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn import classification_details
from pippin.learn.classification_scores import learned_labels
from pippin.learn.metrics import accuracy, bootstrap, expected_calibration_error, wilson
from pippin.learn.plots.line_chart import Line, lines

Pairs = list[tuple[Prediction, Example]]


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return scores of predictions against the examples' labels; an input that failed counts as wrong.

    auc: how often an example of a label has a higher probability of it than one of another label, the mean over
    labels. accuracy: share right. ece: expected calibration error. coverage: share of sets that hold the right label.
    set_size: labels in a set, on average. abstained_accuracy: share right among those it decides, which are those with
    one label in the set. The last three are of images of its own kind, and of a model with sets. An example whose
    label was never learned takes no part, nor does one that is nearly an image learned from.
    """
    fresh = drop_near_copies(predictions, examples)
    learned = learned_labels([prediction for prediction, _ in fresh])
    pairs = [pair for pair in fresh if pair[1].answer in learned]
    if not pairs:
        return {}
    answers = [None if p.error else p.answer for p, _ in pairs]
    truth = [example.answer for _, example in pairs]
    right = np.array([answer == label for answer, label in zip(answers, truth, strict=True)])
    auc = classification_details.roc_auc([p for p, _ in pairs], [str(label) for label in truth])
    confidence = np.array([p.confidence or 0.0 for p, _ in pairs])
    scores = {"auc": auc} if auc is not None else {}
    scores |= {"accuracy": accuracy(answers, truth), "ece": expected_calibration_error(confidence, right)}
    return scores | _set_scores(pairs)


def with_shares(prediction: Prediction) -> Prediction:
    """Return a prediction with its probabilities, which one that gives no answer keeps to itself."""
    if not isinstance(prediction, PathologyPrediction) or prediction.confidence is not None or not prediction.shares:
        return prediction
    (_, confidence), *rest = prediction.shares
    return replace(prediction, confidence=confidence, alternatives=tuple(rest))


def drop_near_copies(predictions: Sequence[Prediction], examples: Sequence[Example]) -> Pairs:
    """Return predictions with probabilities and their examples, less near-copies of what was learned from."""
    pairs = zip(map(with_shares, predictions), examples, strict=True)
    return [(p, e) for p, e in pairs if not (isinstance(p, PathologyPrediction) and p.is_near_copy)]


def _set_scores(pairs: Pairs) -> dict[str, Score]:
    own = [(p, e) for p, e in pairs if isinstance(p, PathologyPrediction) and not p.error and p.is_own_kind]
    if not own:
        return {}
    sizes = np.array([len(p.label_set) for p, _ in own], float)
    decided = [(p, e) for p, e in own if p.is_decided]
    scores = {
        "coverage": wilson(sum(e.answer in p.label_set for p, e in own), len(own)),
        "set_size": bootstrap(lambda drawn: float(drawn.mean()), sizes),
    }
    if decided:
        scores["abstained_accuracy"] = wilson(sum(p.answer == e.answer for p, e in decided), len(decided))
    return scores


def details(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Any]:
    """Return what `evaluate` shows beyond scores: confusions, the abstention curve, coverage by label."""
    fresh = drop_near_copies(predictions, examples)
    n_near = len(predictions) - len(fresh)
    measured = classification_details.measure([p for p, _ in fresh], [e for _, e in fresh])
    pairs = [(p, e) for p, e in fresh if not p.error]
    if not pairs:
        return {**measured, "answers": {"near_copies": n_near}}
    curve = abstention_curve([p.confidence or 0.0 for p, _ in pairs], [p.answer == e.answer for p, e in pairs])
    own = [(p, e) for p, e in pairs if isinstance(p, PathologyPrediction)]
    by_label = {
        label: wilson(sum(held), len(held))._asdict()
        for label in sorted({str(e.answer) for _, e in own})
        if (held := [label in p.label_set for p, e in own if p.is_own_kind and e.answer == label])
    }
    decided = sum(p.is_decided for p, _ in own)
    unknown = sum(not p.is_own_kind for p, _ in own)
    counts = {"examples": len(own), "decided": decided, "other_kind": unknown, "near_copies": n_near}
    return {**measured, "abstention": curve, "coverage_by_label": by_label, "answers": counts}


def details_report(measured: Mapping[str, Any]) -> Report:
    """Return tables and figures of what `details` returned, here or out of a stored model."""
    report = classification_details.report(measured)
    tables, figures = report.tables, report.figures
    if curve := measured.get("abstention"):
        figures = (*figures, draw_abstention(curve))
    if by_label := measured.get("coverage_by_label"):
        rows = tuple((label, Score(**share)) for label, share in by_label.items())
        tables = (*tables, Table(("label", "share of sets that hold it"), rows, "Sets by label"))
    notes = (*report.notes, *_notes(measured), *_notes_on_near_copies(measured))
    return replace(report, tables=tables, figures=figures, notes=notes)


def draw_abstention(curve: Sequence[Sequence[float]]) -> Figure:
    """Return the abstention curve as a figure."""
    line = Line("accuracy", [100 * share for share, _ in curve], [value for _, value in curve])
    drawn = lines([line], "share answered, the surest first (%)", "share right")
    return Figure("Abstention curve", drawn, "image/svg+xml", "Accuracy among the surest answers, by their share.")


def _notes_on_near_copies(measured: Mapping[str, Any]) -> tuple[str, ...]:
    if not (count := (measured.get("answers") or {}).get("near_copies")):
        return ()
    return (
        f"Nearly the same as an image the model learned from, so no score of it counts them: "
        f"{pluralize(count, 'image')}. A baseline is scored on them, too.",
    )


def _notes(measured: Mapping[str, Any]) -> tuple[str, ...]:
    counts = measured.get("answers") or {}
    if not counts.get("examples"):
        return ()
    return (
        f"Of {counts['examples']} images it decided {counts['decided']} (one label in the set), and called "
        f"{counts['other_kind']} unlike those it learned from.",
    )

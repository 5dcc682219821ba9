"""What `evaluate` shows of labels: confusions, precision and recall by label, ROC AUC, the commonest label beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Example
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.learn.classification_scores import learned_labels
from pippin.learn.metrics import balanced_accuracy, bootstrap, wilson
from pippin.learn.plots.confusion_matrix import confusion_svg

MAX_DRAWN = 20
MAX_LISTED = 15
NO_ANSWER = "(no answer)"


def measure(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Any]:
    """Return the confusion matrix, scores by label, ROC AUC, balanced accuracy and what the commonest label scores.

    An input that failed counts as answered by no label. `roc_auc` is None where labels have no probabilities.
    Examples of labels never learned take no part; `never_learned` counts them, alone where no other is left.
    """
    learned = learned_labels(predictions)
    if not any(prediction.alternatives for prediction in predictions):  # which labels it knows, nothing tells
        learned |= {example.answer for example in examples}
    foreign = [example for example in examples if example.answer not in learned]
    pairs = [pair for pair in zip(predictions, examples, strict=True) if pair[1].answer in learned]
    never_learned = {"labels": sorted({str(example.answer) for example in foreign}), "examples": len(foreign)}
    if not pairs:
        return {"never_learned": never_learned}
    predictions, examples = zip(*pairs, strict=True)
    truth = [str(example.answer) for example in examples]
    answers = [NO_ANSWER if p.error else str(p.answer) for p in predictions]
    labels = sorted({*truth, *answers} - {NO_ANSWER}) + [NO_ANSWER] * (NO_ANSWER in answers)
    matrix = confusion_matrix(truth, answers, labels)
    commonest, count = Counter(truth).most_common(1)[0]
    auc = roc_auc(predictions, truth)
    return {
        "confusion": {"labels": labels, "matrix": matrix.tolist()},
        "by_label": by_label(matrix, labels),
        "roc_auc": auc._asdict() if auc else None,
        "balanced_accuracy": balanced_accuracy(answers, truth)._asdict(),
        "commonest": {"label": commonest, "accuracy": wilson(count, len(truth))._asdict()},
        "never_learned": never_learned,
    }


def report(measured: Mapping[str, Any]) -> Report:
    """Report what `measure` returned, here or out of a stored model, in tables and figures."""
    notes = _notes(measured.get("never_learned"))
    if "confusion" not in measured:
        return Report(title="Labels in detail", notes=notes, payload=dict(measured))
    labels, matrix = measured["confusion"]["labels"], np.array(measured["confusion"]["matrix"])
    confusions = largest_confusions(matrix, labels)
    figures: tuple[Figure, ...] = ()
    if len(labels) <= MAX_DRAWN:
        drawn = confusion_svg(labels, matrix.tolist())
        figures = (Figure("Confusion matrix", drawn, "image/svg+xml", "Rows are true labels, columns predictions."),)
    commonest, auc = measured["commonest"], measured["roc_auc"]
    beside: list[tuple[object, ...]] = [("balanced accuracy", Score(**measured["balanced_accuracy"]))]
    beside += [("ROC AUC (mean of each label against the rest)", Score(**auc))] if auc else []
    beside.append((f"accuracy of always {commonest['label']!r}", Score(**commonest["accuracy"])))
    rows = tuple((row["label"], row["precision"], row["recall"], row["count"]) for row in measured["by_label"])
    return Report(
        title="Labels in detail",
        tables=(
            Table(("score", "value"), tuple(beside)),
            Table(("label", "precision", "recall", "examples"), rows, "By label"),
            *((Table(("true", "predicted", "times"), confusions, "Largest confusions"),) if confusions else ()),
        ),
        figures=figures,
        notes=(*notes, *_no_better(matrix, commonest)),
        payload=dict(measured),
    )


def _no_better(matrix: NDArray[np.int64], commonest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a note if a model is right no more often than its commonest label alone."""
    always = float(commonest["accuracy"]["value"])
    if np.trace(matrix) > always * matrix.sum() + 1e-6:
        return ()
    return (f"It is right no more often than always saying {commonest['label']!r}, which scores {always:.3f}.",)


def _notes(never_learned: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return a note on the examples that the tables leave out."""
    if not never_learned or not never_learned["examples"]:
        return ()
    labels = never_learned["labels"]
    named = ", ".join(labels[:3]) + (", ..." if len(labels) > 3 else "")
    examples = pluralize(never_learned["examples"], "example")
    of = f"{examples} of {pluralize(len(labels), 'label')} never learned ({named})"
    return (f"{of}: scored by `unknown_found` alone, in no table by label.",)


def confusion_matrix(truth: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """Count examples [true label, predicted label]."""
    position = {label: index for index, label in enumerate(labels)}
    matrix = np.zeros((len(labels), len(labels)), np.int64)
    for right, answer in zip(truth, answers, strict=True):
        matrix[position[right], position[answer]] += 1
    return matrix


def by_label(matrix: NDArray[np.int64], labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return precision (None where never predicted), recall (None where it never occurs) and count by label."""
    rows = []
    for index, label in enumerate(labels):
        hits, found, count = (int(v) for v in (matrix[index, index], matrix[:, index].sum(), matrix[index].sum()))
        if label != NO_ANSWER:
            precision, recall = (hits / total if total else None for total in (found, count))
            rows.append({"label": label, "precision": precision, "recall": recall, "count": count})
    return rows


def largest_confusions(matrix: NDArray[np.int64], labels: Sequence[str]) -> tuple[tuple[str, str, int], ...]:
    """Return (true, predicted, times) of wrong answers, most frequent first."""
    wrong = [(labels[i], labels[j], int(matrix[i, j])) for i, j in np.argwhere(matrix) if i != j]
    return tuple(sorted(wrong, key=lambda one: -one[2])[:MAX_LISTED])


def roc_auc(predictions: Sequence[Prediction], truth: Sequence[str]) -> Score | None:
    """Return the mean over labels of the area under one-against-rest ROC curves, by bootstrap (200 resamples).

    Labels count that occur and are not the only one. A probability that is not among the alternatives is 0. None
    where fewer than two labels occur or no answer has a probability.
    """
    names = sorted(set(truth))
    pairs = [((p.answer, p.confidence or 0.0), *p.alternatives) if not p.error else () for p in predictions]
    if len(names) < 2 or not any(p.confidence is not None for p in predictions):
        return None
    shares = [{str(label): share for label, share in one} for one in pairs]
    table = np.array([[one.get(name, 0.0) for name in names] for one in shares])
    right = np.array([[label == name for name in names] for label in truth])
    return bootstrap(_mean_auc, table, right, resamples=200)


def _mean_auc(shares: NDArray[Any], right: NDArray[Any]) -> float:
    both = [index for index in range(right.shape[1]) if 0 < right[:, index].sum() < len(right)]
    return float(np.mean([_auc(shares[:, index], right[:, index]) for index in both])) if both else 0.5


def _auc(shares: NDArray[Any], right: NDArray[Any]) -> float:
    """Return how often an example of the label has a higher probability than another; ties count half."""
    _, position, counts = np.unique(shares, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[position]
    positives = int(right.sum())
    return float((ranks[right].sum() - positives * (positives + 1) / 2) / (positives * (len(right) - positives)))

"""Confusions, scores by label and ROC AUC equal scikit-learn's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score

from pippin.core.data import Example
from pippin.core.inputs import Record
from pippin.core.values import Prediction
from pippin.learn.classification_details import NO_ANSWER, measure, report

LABELS = ["apple", "banana", "<cherry>"]


def make_predictions(
    count: int, labels: list[str], seed: int = 0
) -> tuple[list[Prediction], list[Example], np.ndarray]:
    """Predictions that lean to the right label, the examples, and the probabilities [N,K]."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(labels), count)
    logits = rng.normal(size=(count, len(labels))) + 1.5 * np.eye(len(labels))[truth]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predictions = []
    for row in shares:
        order = np.argsort(-row)
        rest = tuple((labels[index], float(row[index])) for index in order[1:])
        predictions.append(Prediction(labels[order[0]], float(row[order[0]]), alternatives=rest))
    inputs = [Record(content=b"{}", name=f"row {n}", media_type="application/json") for n in range(count)]
    return (
        predictions,
        [Example(i, labels[t], f"{n}") for n, (i, t) in enumerate(zip(inputs, truth, strict=True))],
        shares,
    )


def test_details_of_labels_equal_the_oracle() -> None:
    predictions, examples, shares = make_predictions(150, LABELS)
    found = report(measure(predictions, examples))
    truth, answers = [e.answer for e in examples], [p.answer for p in predictions]
    names = sorted(LABELS)
    assert found.payload["confusion"]["labels"] == names
    assert found.payload["confusion"]["matrix"] == confusion_matrix(truth, answers, labels=names).tolist()
    precision, recall, _, counts = precision_recall_fscore_support(truth, answers, labels=names)
    rows = found.payload["by_label"]
    assert [row["label"] for row in rows] == names
    assert np.allclose(
        [(row["precision"], row["recall"], row["count"]) for row in rows], np.c_[precision, recall, counts]
    )
    assert found.payload["balanced_accuracy"]["value"] == pytest.approx(balanced_accuracy_score(truth, answers))
    order = [LABELS.index(name) for name in names]
    auc = roc_auc_score([names.index(one) for one in truth], shares[:, order], multi_class="ovr")
    assert found.payload["roc_auc"]["value"] == pytest.approx(auc)
    common = max(set(truth), key=truth.count)
    assert found.payload["commonest"]["label"] == common
    assert found.payload["commonest"]["accuracy"]["value"] == pytest.approx(truth.count(common) / len(truth))
    figure = found.figures[0].content
    assert b"&lt;cherry&gt;" in figure
    assert b"<cherry>" not in figure
    assert found.to_html()


def test_what_failed_is_no_answer_and_many_labels_are_listed() -> None:
    predictions, examples, _ = make_predictions(200, [f"label {n}" for n in range(30)])
    predictions[0] = Prediction(None, error="cannot read it")
    found = report(measure(predictions, examples))
    assert not found.figures
    assert NO_ANSWER in found.payload["confusion"]["labels"]
    assert NO_ANSWER not in [row["label"] for row in found.payload["by_label"]]
    assert found.tables[-1].title == "Largest confusions"
    assert found.to_json()


def test_without_probabilities_there_is_no_curve() -> None:
    predictions, examples, _ = make_predictions(20, LABELS[:2])
    assert measure([Prediction(p.answer) for p in predictions], examples)["roc_auc"] is None


def test_a_model_no_better_than_its_commonest_label_is_told() -> None:
    examples = [Example(Record.of({"n": n}), "ab"[n % 4 == 0], f"{n}") for n in range(40)]
    always = report(measure([Prediction("a", 0.7)] * 40, examples))
    assert always.notes == ("It is right no more often than always saying 'a', which scores 0.750.",)
    better = [Prediction("b" if n == 4 else "a", 0.7) for n in range(40)]
    assert not report(measure(better, examples)).notes


def test_labels_never_learned_take_no_part_and_are_told() -> None:
    predictions, examples, _ = make_predictions(60, LABELS)
    alone = measure(predictions, examples)
    strange = [replace(example, answer="grape", key=f"grape {n}") for n, example in enumerate(examples[:5])]
    found = measure([*predictions, *predictions[:5]], [*examples, *strange])
    assert found["never_learned"] == {"labels": ["grape"], "examples": 5}
    assert {**found, "never_learned": None} == {**alone, "never_learned": None}
    (note,) = report(found).notes
    assert note.startswith("5 examples of 1 label never learned (grape)")
    assert not report(alone).notes
    nothing = measure(predictions[:5], strange)
    assert nothing == {"never_learned": {"labels": ["grape"], "examples": 5}}
    assert not report(nothing).tables
    assert len(report(nothing).notes) == 1


def test_a_label_that_is_never_predicted_counts_where_no_probabilities_tell_what_was_learned() -> None:
    _, examples, _ = make_predictions(30, LABELS)
    found = measure([Prediction("apple")] * 30, examples)
    assert len(found["by_label"]) == 3
    assert found["never_learned"]["examples"] == 0

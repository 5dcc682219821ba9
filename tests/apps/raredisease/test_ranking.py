"""Scores, calibration, evidence, questions and the memory, on made-up diseases."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from pippin.apps.raredisease.evidence import describe_versions, entropy, next_questions, weigh_findings
from pippin.apps.raredisease.memory import Memory
from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.patients.patient import Patient, make_patient
from pippin.apps.raredisease.predictions import NONE, RankedPrediction, validate_disease
from pippin.apps.raredisease.ranking.calibration import Ranked, fit_sigmoid, fit_temperature, sigmoid, softmax
from pippin.apps.raredisease.ranking.reranker import Network, Reranker
from pippin.apps.raredisease.scoring import mean_per_disease, score
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Text
from pippin.core.values import Prediction
from pippin.learn.roc import auroc


def ranked(*ids: str, first: float = 0.5, none: float = 0.1, usual: str = "", cited: str = "") -> RankedPrediction:
    return RankedPrediction(
        ids[0], first, ranked=ids, first=first, none=none, usual=(usual or ids[0],), cited=(cited,) if cited else ()
    )


def example(answer: str) -> Example:
    return Example(Text.of(answer), answer, answer)


def test_clean_cited_and_unknown_patients_are_scored_apart() -> None:
    predictions = [
        ranked("OMIM:1", "OMIM:2"),
        ranked("OMIM:2", "OMIM:1"),
        ranked("OMIM:3"),
        ranked("OMIM:9", usual="OMIM:4", cited="OMIM:4"),
        ranked("OMIM:5", none=0.9),
    ]
    examples = [example(answer) for answer in ("OMIM:1", "OMIM:1", "OMIM:3", "OMIM:4", NONE)]
    scores = score(predictions, examples)
    assert scores["clean_top1"].value == pytest.approx(2 / 3)
    assert scores["clean_top1_per_disease"].value == pytest.approx(0.75)  # OMIM:1 half, OMIM:3 whole
    assert scores["clean_top10"].value == 1
    assert (scores["leave_paper_out_top1"].value, scores["usual_top1"].value) == (0, 1)
    assert scores["none_auroc"].value == 1
    assert all(one.low <= one.value <= one.high for one in scores.values())


def test_an_input_that_failed_counts_as_wrong() -> None:
    scores = score([Prediction(None, error="x"), ranked("OMIM:1")], [example("OMIM:1"), example("OMIM:1")])
    assert scores["clean_top1"].value == 0.5


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auroc_is_that_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    values, positive = np.array([value for value, _ in pairs], float), np.array([flag for _, flag in pairs])
    if positive.all() or not positive.any():
        assert auroc(values, positive) == 0.5
    else:
        assert auroc(values, positive) == pytest.approx(roc_auc_score(positive, values))


def test_every_disease_counts_the_same() -> None:
    found = mean_per_disease(np.array([1.0, 1, 1, 1, 0]), ["a", "a", "a", "a", "b"])
    assert found.value == 0.5


def test_a_temperature_makes_confidence_the_share_right() -> None:
    rng = np.random.default_rng(0)
    known = [Ranked(rng.normal(0, 3, 20), bool(rng.random() < 0.3), 1.0) for _ in range(300)]
    temperature = fit_temperature(known)
    confidence = np.mean([softmax(one.logits, temperature).max() for one in known])
    assert confidence == pytest.approx(np.mean([one.is_right for one in known]), abs=0.005)


def test_a_sigmoid_is_fitted_like_logistic_regression() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(5, 3, 400)
    targets = (rng.random(400) < sigmoid(0.8 * values - 4)).astype(float)
    scale, shift = fit_sigmoid(values, targets, np.ones(400))
    assert np.mean(sigmoid(scale * values + shift)) == pytest.approx(targets.mean(), abs=0.01)
    assert scale == pytest.approx(0.8, abs=0.25)
    assert fit_sigmoid(values, np.zeros(400), np.ones(400))[0] == 1  # nothing to fit


def test_the_reranker_is_saved_and_loaded() -> None:
    rng = np.random.default_rng(2)
    shapes = [(4, 6), (4,), (4,), (4, 3), (4,), (4,), (1,)]
    networks = [Network(*(rng.normal(size=shape).astype(np.float32) for shape in shapes)) for _ in range(2)]
    reranker = Reranker(networks, 1.5, 0.7, -0.2)
    rows, patient = rng.normal(size=(5, 6)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    probabilities, none = reranker.probabilities(rows, patient)
    again, same = Reranker.load(*reranker.save()).probabilities(rows, patient)
    assert probabilities.sum() == pytest.approx(1)
    assert np.array_equal(probabilities, again)
    assert none == same


def test_evidence_names_the_annotated_finding_that_matches(small: Knowledge) -> None:
    patient = make_patient(small.ontology, ["HP:0000022", "HP:0000021"], ["HP:0000030"])
    rows = {row["term"]: row for row in weigh_findings(small, patient, small.index["OMIM:1"])}
    assert rows["HP:0000022"]["matches"] == "HP:0000022"
    assert rows["HP:0000022"]["weight"] > 0
    always = {row["term"]: row for row in weigh_findings(small, patient, small.index["OMIM:3"])}
    assert always["HP:0000030"]["weight"] < -1  # every patient of this disease has it
    assert rows["HP:0000021"]["matches"] == "HP:0000010"  # only of the same kind
    assert rows["HP:0000030"]["kind"] == "excluded"


def test_evidence_leaves_the_patients_own_paper_out(small: Knowledge) -> None:
    index = small.ontology.index
    patient = Patient((index["HP:0000030"],), papers=("PMID:1",))
    (usual,) = weigh_findings(small, patient, 0, leave_paper_out=False)
    (fair,) = weigh_findings(small, patient, 0)
    assert usual["weight"] > fair["weight"]
    assert fair["frequency"] < 1 or fair["matches"] == ""


def test_the_next_question_tells_the_first_diseases_apart(small: Knowledge) -> None:
    patient = make_patient(small.ontology, ["HP:0000030"])
    asked = next_questions(small, patient, ["OMIM:1", "OMIM:2"], np.array([0.5, 0.5]))
    assert asked[0]["term"] in ("HP:0000021", "HP:0000022")
    assert 0 < asked[0]["gain"] <= 1
    assert all(one["term"] != "HP:0000030" for one in asked)  # it was answered
    assert [one["gain"] for one in asked] == sorted((one["gain"] for one in asked), reverse=True)


def test_nothing_is_asked_where_one_disease_is_left(small: Knowledge) -> None:
    patient = make_patient(small.ontology, ["HP:0000030"])
    assert all(one["gain"] == 0 for one in next_questions(small, patient, ["OMIM:1"], np.array([1.0])))
    assert next_questions(small, patient, ["ORPHA:9"], np.array([1.0])) == []


def test_entropy_is_in_bits() -> None:
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(3)
    assert entropy(np.array([1.0, 0.0])) == pytest.approx(0, abs=1e-9)


def test_the_age_of_the_annotations_is_said(small: Knowledge) -> None:
    text = describe_versions(small, datetime.date(2026, 1, 20))
    assert "2025-01-16, 12 months old" in text


def test_a_taught_patient_is_recalled_and_others_are_not(small: Knowledge) -> None:
    memory = Memory()
    taught = make_patient(small.ontology, ["HP:0000022"], ["HP:0000021"])
    memory.add(small, taught, "OMIM:2")
    memory.add(small, taught, "OMIM:3")  # the last one counts
    memory = Memory.load(memory.save())
    answer, share = memory.recall(small, taught) or ("", 0.0)
    assert (answer, share) == ("OMIM:3", pytest.approx(0.95))
    assert memory.recall(small, make_patient(small.ontology, ["HP:0000030"])) is None
    assert Memory().recall(small, taught) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [("omim:147791", "OMIM:147791"), ("ORPHANET:58", "ORPHA:58"), (" None of  these ", NONE), ("MIM:1", "OMIM:1")],
)
def test_diseases_in_their_proper_form(given: str, expected: str) -> None:
    assert validate_disease(given) == expected


@pytest.mark.parametrize("given", ["", "flu", "OMIM:", "OMIM:12345678", "HP:0001250"])
def test_what_is_no_disease_is_refused(given: str) -> None:
    with pytest.raises(PippinError, match="OMIM:147791"):
        validate_disease(given)

"""Patients from files: both forms of DDXPlus, hostile rows, wrong answers, drawn patients."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symptoms_patients import whole

from pippin.apps.symptoms.data import load
from pippin.apps.symptoms.interview.running import Conduct, patient_answers
from pippin.apps.symptoms.knowledge.structure import SEVERAL, load_structure
from pippin.apps.symptoms.patients.drawing import draw_answers, draw_complaints
from pippin.apps.symptoms.patients.noise import add_errors
from pippin.apps.symptoms.patients.reading import expand, read_patient
from pippin.apps.symptoms.patients.rows import read_rows
from pippin.apps.symptoms.tables.learned_tables import fit_tables
from pippin.core.errors import PippinError

STRUCTURE = load_structure()
OLD = "age,sex,diagnosis,features,feature_id\n44,M,GERD,\"['E_173', 'E_54_@_V_181', 'E_56_@_7', 'E_53']\",E_173\n"
AGES_AND_NAMES = [(20, "GERD"), (30, "GERD"), (40, "GERD"), (50, "Influenza"), (60, "Influenza"), (70, "Influenza")]
NEW = OLD.replace("age,sex,diagnosis,features,feature_id", "AGE,SEX,PATHOLOGY,EVIDENCES,INITIAL_EVIDENCE")


@pytest.mark.parametrize("text", [OLD, NEW])
def test_both_forms_of_the_file_give_the_same_patient(text: str, tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(text)
    (item,) = expand(str(path))
    patient = read_patient(item)
    assert (patient.age, patient.sex, patient.is_whole) == (44, "M", True)
    assert STRUCTURE.questions[patient.complaint].code == "E_173"
    pain = STRUCTURE.index["E_54"]
    assert [STRUCTURE.questions[pain].options[option] for option in patient.answers[pain]] == ["V_181"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("44,M,GERD,\"['E_9999']\",E_91", "must be an evidence"),
        ("44,M,GERD,\"['E_54_@_V_9999']\",E_91", "must be an answer"),
        ("200,M,GERD,\"['E_91']\",E_91", "an age must be from"),
        ("44,Q,GERD,\"['E_91']\",E_91", "sex must be F or M"),
        ("44,M,GERD,nothing,E_91", "no evidences"),
        ("44,M,Flu of the moon,\"['E_91']\",E_91", "none of the 49"),
    ],
)
def test_a_bad_row_is_skipped_and_named(row: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    good = "\n".join(f"{age},F,{name},\"['E_91']\",E_91" for age, name in AGES_AND_NAMES)
    path.write_text(f"AGE,SEX,PATHOLOGY,EVIDENCES,INITIAL_EVIDENCE\n{row}\n{good}\n")
    data = load(str(path))
    assert len(data.skipped) == 1
    assert words in data.skipped[0].reason
    assert len(data.examples) == 6


def test_a_file_with_other_columns_says_which_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(PippinError, match="EVIDENCES"):
        load(str(path))
    with pytest.raises(PippinError, match="no file"):
        load(str(tmp_path / "missing.csv"))


@given(st.text(max_size=300))
@settings(max_examples=25, deadline=None)
def test_any_text_as_csv_gives_rows_or_a_sentence(text: str) -> None:
    with suppress(PippinError):
        for row in read_rows(f"EVIDENCES,AGE\n{text}", "file"):
            json.loads(row.text)


def test_of_wrong_answers_there_are_as_many_as_asked_for() -> None:
    rng = np.random.default_rng(0)
    tables = fit_tables([whole("Influenza", "E_91")])
    bits = draw_answers(tables, np.zeros(400, int), rng)
    wrong = add_errors(bits, bits, 0.15, rng)
    plain = [one for one in STRUCTURE.questions if one.kind != SEVERAL]
    changed = [(wrong[:, one.span] != bits[:, one.span]).any(1).mean() for one in plain]
    assert abs(np.mean(changed) - 0.15) < 0.005
    assert all(wrong[:, one.span].sum(1).min() == 1 for one in plain)
    assert np.array_equal(add_errors(bits, bits, 0.0, rng), bits)


def test_which_answers_are_wrong_depends_on_the_patient_and_the_seed_alone() -> None:
    tables = fit_tables([whole("Influenza", "E_91")])
    first, second = whole("Influenza", "E_91"), whole("GERD", "E_173")
    conduct = Conduct(noise=0.3, seed=1)
    alone = patient_answers(tables, [second], conduct)[0]
    assert np.array_equal(patient_answers(tables, [first, second], conduct)[1], alone)
    assert not np.array_equal(patient_answers(tables, [second], Conduct(noise=0.3, seed=2))[0], alone)


def test_drawn_patients_come_with_a_symptom_they_have() -> None:
    rng = np.random.default_rng(1)
    tables = fit_tables([whole("Influenza", "E_91", "E_201"), whole("GERD", "E_173")])
    bits = draw_answers(tables, rng.integers(49, size=80), rng)
    complaints = draw_complaints(bits, rng)
    for row in np.flatnonzero(complaints >= 0):
        question = STRUCTURE.questions[complaints[row]]
        assert bits[row, question.start + 1] == 1
        assert not question.is_history
    for question in STRUCTURE.questions:
        assert bits[:, question.span].sum(1).min() >= 1

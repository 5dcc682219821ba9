"""The built-in model through the verbs: scores on drawn patients, corrections, exports, and other settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippin.apps.symptoms.commands.lists import conditions, questions, read, sample
from pippin.apps.symptoms.data import SAMPLE, load
from pippin.apps.symptoms.knowledge.structure import NONE
from pippin.apps.symptoms.predictions import InterviewPrediction, validate_condition
from pippin.apps.symptoms.scoring import score
from pippin.core.context import Context
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Text

TEXT = "My chest burns after meals and it is worse when I lie down."


def test_drawn_patients_are_told_apart_by_few_questions(context: Context) -> None:
    learner = context.learner()
    examples = load(None).test[:50]
    found = score(list(learner.predict([one.input for one in examples])), examples)
    assert found["top1_after_8"].value > 0.8
    assert found["top1_after_10"].value >= found["top1_after_3"].value
    assert set(found) == {"top1_after_3", "top1_after_5", "top1_after_8", "top1_after_10", "severe_top3_after_8", "ece"}


def test_wrong_answers_lower_scores_and_are_the_same_each_time(context: Context) -> None:
    examples = load(None).test[:25]
    inputs = [one.input for one in examples]
    noisy = context.learner(noise=0.4)
    first, again = list(noisy.predict(inputs)), list(noisy.predict(inputs))
    assert first == again
    plain = score(list(context.learner(noise=0.0).predict(inputs)), examples)
    assert score(first, examples)["top1_after_8"].value < plain["top1_after_8"].value


def test_noise_beyond_a_half_is_refused(context: Context) -> None:
    with pytest.raises(PippinError, match=r"0 to 0\.5"):
        context.run("predict", TEXT, noise=0.9)


def test_a_text_is_ranked_with_its_evidence(context: Context) -> None:
    (found,) = context.run("predict", TEXT).payload["results"]
    assert found["answer"] == "GERD"
    assert "Check this" in " ".join(map(str, found["evidence"]))


def test_teach_and_undo(context: Context) -> None:
    before = context.run("predict", TEXT).payload["results"][0]
    context.run("teach", TEXT, "bronchitis")
    taught = context.run("predict", TEXT).payload["results"][0]
    other = context.run("predict", "I have a runny nose and a fever").payload["results"][0]
    context.run("undo")
    assert taught["answer"] == "Bronchitis"
    assert other["answer"] != "Bronchitis"
    assert context.run("predict", TEXT).payload["results"][0] == before
    with pytest.raises(PippinError, match="none of the 49"):
        context.run("teach", TEXT, "flu of the moon")


def test_one_bad_patient_ends_no_batch(context: Context) -> None:
    results = context.run("predict", "I have a fever", "😷", TEXT).payload["results"]
    assert [bool(one["error"]) for one in results] == [False, True, False]


def test_scores_count_failed_patients_as_wrong_and_tell_none_apart() -> None:
    known = InterviewPrediction("GERD", ranked_after=dict.fromkeys((3, 5, 8, 10), ("GERD",)), first=0.9, none=0.1)
    none = InterviewPrediction(NONE, none=0.9)
    inputs = [Example(Text.of(name), answer, name) for name, answer in (("a", "GERD"), ("b", "GERD"), ("c", NONE))]
    from pippin.core.values import Prediction

    found = score([known, Prediction(None, error="unreadable"), none], inputs)
    assert found["top1_after_3"].value == 0.5
    assert found["none_auroc"].value == 1.0


def test_conditions_are_taught_by_name_in_any_case() -> None:
    assert validate_condition("  gerd ") == "GERD"
    assert validate_condition("None of these") == NONE


def test_explanations_show_questions_and_answers(context: Context) -> None:
    whole = context.run("explain").payload
    assert len(whole["questions"]) == 12
    first = load(None).test[0]
    one = context.run("explain", first.input)
    assert one.figures
    assert one.payload["answers"]


def test_lists(context: Context, tmp_path: Path) -> None:
    assert len(conditions(context).payload["conditions"]) == 49
    assert {one["code"] for one in questions(context, "fever").payload["questions"]} >= {"E_91"}
    with pytest.raises(PippinError, match="No question"):
        questions(context, "zzzz")
    assert read(context, "I have no fever").payload["mentions"][0]["status"] == "absent"
    assert "crisis" in read(context, "I want to die").payload
    sample(context, tmp_path / "drawn.csv")
    assert (tmp_path / "drawn.csv").read_bytes() == SAMPLE.read_bytes()
    with pytest.raises(PippinError, match="is there"):
        sample(context, tmp_path / "drawn.csv")


def test_an_explanation_begins_with_red_flags(context: Context) -> None:
    report = context.run("explain", "crushing chest pain and sweating")
    assert "emergency number" in report.notes[0]

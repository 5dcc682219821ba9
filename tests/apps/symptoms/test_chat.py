"""The chat: red flags that stay, answers that change, honest ends, hostile input; in the terminal and by steps."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.apps.symptoms.chat.red_flags import CALL, red_flags
from pippin.apps.symptoms.chat.state import ChatState, read_answer, read_state, with_answer
from pippin.apps.symptoms.chat.step import step as take_step
from pippin.apps.symptoms.commands.asking import ask
from pippin.apps.symptoms.commands.step import step
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.core.context import Context
from pippin.core.errors import PippinError

STRUCTURE = load_structure()


def answered(context: Context, **answers: str) -> dict[str, Any]:
    """Return the step after answers by code."""
    state = json.dumps({"answers": {code: value.split(",") for code, value in answers.items()}})
    return dict(step(context, state=state).payload)


def test_the_first_step_says_what_it_knows_and_asks_why_it_asks(context: Context) -> None:
    found = step(context).payload
    assert any("made-up patients" in note and "none of them" in note for note in found["notes"])
    assert found["ranked"] == []
    assert found["next"]["question"].endswith("?")
    assert found["next"]["why"]


def test_answers_move_the_ranking_and_are_asked_once(context: Context) -> None:
    found = answered(context, E_173="yes", E_215="yes", E_217="yes")
    assert found["ranked"][0]["name"] == "GERD"
    assert found["next"]["code"] not in found["state"]["answers"]
    assert sum(one["probability"] for one in found["ranked"]) + found["none"] <= 1 + 1e-3


def test_no_to_everything_ranks_nothing_and_never_says_well(context: Context) -> None:
    state = ChatState({one.code: ("no",) for one in STRUCTURE.questions if len(one.options) == 2 and one.parent < 0})
    state.answers = {code: ("no",) for code in list(state.answers)[:60] if code not in ("E_135", "E_131")}
    found = take_step(context.learner(), state, [])
    assert found["ranked"] == []
    assert "does not mean that you are well" in " ".join(found["notes"])


def test_a_red_flag_stays_whatever_comes_after(context: Context) -> None:
    raised = answered(context, E_159="yes")["flags"]
    assert raised[0]["key"] == "E_159"
    assert CALL in raised[0]["text"]
    later = step(context, state='{"answers": {"E_181": ["yes"]}}', flags=json.dumps(["E_159"])).payload
    assert "E_159" in [one["key"] for one in later["flags"]]


def test_severe_conditions_are_flagged_from_the_moment_they_are_likely(context: Context) -> None:
    found = answered(context, E_42="yes", E_66="yes", E_129="yes", E_214="yes", E_12="yes")
    likely = {one["name"] for one in found["ranked"] if one["severe"] and one["probability"] >= 0.1}
    assert likely
    assert likely <= {one["key"] for one in found["flags"]}


def test_contradictions_are_told_and_nothing_is_lost(context: Context) -> None:
    found = answered(context, E_53="no", E_56="8", E_70="yes", E_208="yes", E_91="yes")
    assert len(found["contradictions"]) == 2
    assert len(found["answered"]) == 5
    pregnant = step(context, state='{"answers": {"E_167": ["yes"]}, "sex": "M"}').payload
    assert "male" in pregnant["contradictions"][0]


def test_an_answer_that_does_not_fit_is_asked_again_once(context: Context) -> None:
    clear = {
        "E_173": "yes",
        "E_215": "yes",
        "E_217": "yes",
        "E_98": "yes",
        "E_53": "yes",
        "E_45": "yes",
    }
    found = answered(context, **clear)
    assert found["next"]["again"]
    assert found["next"]["code"] == "E_45"
    state = read_state(json.dumps(found["state"]))
    again = take_step(context.learner(), with_answer(state, "E_45", ("yes",)), [])
    assert again["next"] is None or again["next"]["code"] != "E_45"


def test_answers_can_be_changed_and_removed(context: Context) -> None:
    state = json.dumps(answered(context, E_91="yes", E_201="yes")["state"])
    changed = step(context, state=state, code="E_91", answer="no").payload
    assert changed["state"]["answers"]["E_91"] == ["no"]
    removed = step(context, state=state, code="E_91", answer="remove").payload
    assert list(removed["state"]["answers"]) == ["E_201"]
    unknown = step(context, state=state, code="E_91", answer="unknown").payload
    assert "do not know" in unknown["answered"][0]["text"]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("E_91", "perhaps"),
        ("E_56", "11"),
        ("E_999", "yes"),
        ("E_54", "V_181,V_1"),
        ("E_130", "V_86,V_157"),
        ("E_91", ""),
    ],
)
def test_an_answer_outside_the_choices_is_refused_in_a_sentence(context: Context, code: str, value: str) -> None:
    with pytest.raises(PippinError, match=r"answer|question"):
        step(context, code=code, answer=value)


@pytest.mark.parametrize(
    "state", ["[1]", "{", '{"answers": 3}', '{"age": 900}', '{"answers": {"E_91": [["yes"]]}}', "[" * 5000]
)
def test_a_damaged_state_is_refused_in_a_sentence(context: Context, state: str) -> None:
    with pytest.raises(PippinError):
        step(context, state=state)


def test_danger_gives_help_lines_and_no_ranking(context: Context) -> None:
    found = step(context, state='{"answers": {"E_91": ["yes"]}}', text="I want to die").payload
    assert list(found) == ["crisis"]


def test_a_text_is_shown_for_a_yes_before_it_counts(context: Context) -> None:
    found = step(context, text="I have a fever but no cough").payload
    assert {one["code"]: one["options"] for one in found["understood"]} == {"E_91": ["yes"], "E_201": ["no"]}
    assert found["state"]["answers"] == {}


def test_yes_and_no_are_understood_in_many_forms() -> None:
    assert read_answer("E_91", "Y") == ("yes",)
    assert read_answer("E_91", ["nope"]) == ("no",)
    assert read_answer("E_54", ["V_181", "V_181"]) == ("V_181",)
    assert read_answer("E_55", "No") == ("V_123",)


def test_only_age_sex_and_past_illnesses_are_kept(context: Context) -> None:
    state = json.dumps({"answers": {"E_91": ["yes"], "E_69": ["yes"]}, "age": 70, "sex": "F"})
    step(context, state=state, keep=True)
    kept = step(context).payload["state"]
    assert (kept["age"], kept["answers"]) == (70, {"E_69": ["yes"]})
    assert step(context, forget=True).payload["state"]["age"] is None


def talk(monkeypatch: pytest.MonkeyPatch, context: Context, lines: list[str], **options: Any) -> dict[str, Any]:
    """Return where a chat in the terminal leads that is told these lines."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return dict(ask(context, **options).payload)


def test_a_chat_in_the_terminal(
    monkeypatch: pytest.MonkeyPatch, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "40",
        "x",
        "F",
        "I smoke",
        "yes",
        "My chest burns after meals",
        "maybe",
        "yes",
        "yes",
        "/why",
        "/rank",
        "nonsense",
        "?",
        "no",
    ]
    found = talk(monkeypatch, context, lines)
    assert found["state"]["age"] == 40
    assert found["state"]["sex"] == "F"
    assert {"E_79", "E_173", "E_215"} <= set(found["state"]["answers"])
    assert ["unknown"] in found["state"]["answers"].values()
    said = capsys.readouterr().err
    assert "not a medical device" in said
    assert "sex must be F or M" in said
    assert "must be" in said


def test_a_chat_goes_on_from_its_file_after_a_week(
    monkeypatch: pytest.MonkeyPatch, context: Context, tmp_path: Path
) -> None:
    file = tmp_path / "chat.json"
    first = talk(monkeypatch, context, ["yes"], text="I have a fever", resume=file)
    again = talk(monkeypatch, context, ["", ""], resume=file)
    assert again["state"]["answers"].items() >= first["state"]["answers"].items()
    file.write_text("no chat")
    with pytest.raises(PippinError, match="holds no chat"):
        ask(context, resume=file)


def test_danger_ends_a_chat_in_the_terminal(monkeypatch: pytest.MonkeyPatch, context: Context) -> None:
    found = talk(monkeypatch, context, ["yes", "I want to kill myself"], text="I have a fever")
    assert list(found) == ["crisis"]


def test_an_answer_is_changed_in_the_terminal(monkeypatch: pytest.MonkeyPatch, context: Context) -> None:
    found = talk(monkeypatch, context, ["yes", "/change", "/change 1", "no"], text="I have a fever")
    assert found["state"]["answers"]["E_91"] == ["no"]


def test_a_prediction_begins_with_its_red_flags(context: Context) -> None:
    report = pippin.predict("symptoms", "I passed out, crushing chest pain, sweating", workspace=context.workspace)
    evidence = report.payload["results"][0]["evidence"]
    assert evidence[0].startswith("You said: loss of consciousness. That can be an emergency by itself.")
    assert "Call your emergency number" in evidence[0]


def test_red_flags_stay_in_a_chat_that_goes_on() -> None:
    state = ChatState({"E_159": ("no",)}, flags=("E_159",))
    assert read_state(json.dumps(state.to_json())) == state
    assert with_answer(state, "E_91", ("yes",)).flags == ("E_159",)
    assert [flag.key for flag in red_flags(state.patient(), np.zeros(49), state.flags)] == ["E_159"]


def test_none_of_these_hides_no_red_flag(context: Context) -> None:
    found = answered(context, E_155="yes", E_66="yes", E_151="yes", E_152="V_31")
    first = found["ranked"][0]
    assert found["none"] > 0.5
    assert {one["key"] for one in found["flags"]}, first


@pytest.mark.parametrize(
    ("text", "says"), [("chest pain and cough", "pain in the chest"), ("slurred speech", "trouble speaking clearly")]
)
def test_an_emergency_that_is_none_of_the_conditions_is_flagged(context: Context, text: str, says: str) -> None:
    report = pippin.predict("symptoms", text, workspace=context.workspace)
    assert report.payload["results"][0]["evidence"][0].startswith(f"You said: {says}.")

"""A skill is added by its folder alone, and is known at the next turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pippin.apps.assistant.dialogue.requests import Request
from pippin.apps.assistant.rehearsal import Stage
from pippin.apps.assistant.session import Session
from pippin.apps.assistant.skills.active import load_active, load_function, skills_of
from pippin.apps.assistant.skills.begin import begin_skill
from pippin.apps.assistant.skills.skill_files import load_skill, parse_example
from pippin.core.errors import PippinError

PLANTS = """
summary = "waters the plants"
[[intent]]
name = "water"
examples = ["water the [ferns](plant)", "the [cactus](plant) is thirsty", "give the [orchid](plant) a drink",
  "water my plants", "sprinkle the [basil](plant)", "the garden needs watering"]
"""
CODE = """
from pippin.apps.assistant.dialogue.requests import Response
def answer(request, world):
    return Response(reply="Splash.", items=({"plant": request.hints.get("plant", "")},))
"""


def write_skill(folder: Path, toml: str = PLANTS, code: str = CODE) -> Path:
    folder.mkdir(parents=True)
    (folder / "skill.toml").write_text(toml)
    (folder / "skill.py").write_text(code)
    return folder


def test_a_folder_is_a_skill_at_the_next_turn(stage: Callable[..., Stage], tmp_path: Path) -> None:
    from pippin.apps.assistant.understanding.interpreter import Interpreter

    def make(skills: Any) -> Any:
        some = [item for item in skills if item.skill.name in ("plants", "flights")]
        return Interpreter.from_skills(skills_of(tuple(some)))

    one = stage().session
    talk = Session(one.index, make, one.zone, clock=one._clock, own_skills=tmp_path / "skills")
    assert talk.say("water the ferns").reply != "Splash."
    write_skill(tmp_path / "skills" / "plants")
    assert talk.say("water the ferns").reply == "Splash."
    (tmp_path / "skills" / "plants" / "skill.py").write_text("def answer(request, world):\n    return 1 / 0\n")
    assert "ZeroDivisionError" in talk.say("water the ferns").reply


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ("x = [", "not valid TOML"),
        ("summary = 'x'", "has no"),
        ('[[intent]]\nname = "A B"\nexamples = ["x"]', "lower-case word"),
        ('[[intent]]\nname = "a"', "no examples"),
        ('[[intent]]\nname = "a"\nexamples = "x"', "list of texts"),
        (
            '[[intent]]\nname = "a"\nexamples = ["x"]\n[[intent]]\nname = "a"\nexamples = ["y"]',
            "two intents of one name",
        ),
    ],
)
def test_a_wrong_file_says_what_is_wrong(toml: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(PippinError, match=why):
        load_skill(write_skill(tmp_path / "plants", toml))


def test_code_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="cannot be run: SyntaxError"):
        load_function(write_skill(tmp_path / "one", code="def"))
    with pytest.raises(PippinError, match="no function answer"):
        load_function(write_skill(tmp_path / "two", code="x = 1"))


def test_slots_are_marked_in_examples() -> None:
    example = parse_example("[dinner](event) with [Ada](person)")
    assert example.text == "dinner with Ada"
    assert [(span.slot, example.text[span.start : span.end]) for span in example.spans] == [
        ("event", "dinner"),
        ("person", "Ada"),
    ]


def test_every_builtin_intent_has_examples_and_prompts() -> None:
    for item in load_active():
        assert all(len(intent.examples) >= 7 for intent in item.skill.intents)
        assert all(slot in intent.prompts for intent in item.skill.intents for slot in intent.required)


def test_a_begun_skill_can_be_loaded(tmp_path: Path) -> None:
    begin_skill(tmp_path / "greeting")
    assert load_skill(tmp_path / "greeting").intents[0].label == "greeting.greet"
    assert load_function(tmp_path / "greeting").__name__ == "answer"


def test_a_skill_that_only_replies_needs_no_code(tmp_path: Path) -> None:
    folder = write_skill(tmp_path / "plants", PLANTS + 'reply = "Twice a week."\n')
    (folder / "skill.py").unlink()
    (plants,) = [item for item in load_active(tmp_path) if item.skill.name == "plants"]
    response = plants.answer(Request("plants", "water", "water the ferns"), None)  # type: ignore[arg-type]
    assert response is not None
    assert response.reply == "Twice a week."

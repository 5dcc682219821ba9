"""Skills that are written on the page: collisions, what is stored and removed, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pippin.apps.assistant import application, commands, page_commands, skill_editor
from pippin.apps.assistant.skills import skill_files
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace

SENTENCES = (
    "what is the wifi password\nhow do I get on the wifi\nI forgot the wifi password\nI need the key of our network\n"
    "password for the internet please\nwhich password does the network have"
)
REPLY = 'It is "blue\\tree\t7", [see](fridge) \x7f👨\u200d👩\u200d👧.'
FLIGHTS = "when does my plane to Rome land?"


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Context:
    """An assistant that learned the sentences of flights alone, which takes a second."""
    pytest.importorskip("onnxruntime")
    flights = tmp_path / "builtin" / "flights"
    shutil.copytree(skill_files.BUILTIN / "flights", flights, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(skill_files, "BUILTIN", flights.parent)
    return Context(application, Workspace(), {})


def test_a_skill_is_known_at_the_next_turn_until_it_is_removed(context: Context) -> None:
    talk = commands.open_session(context)
    skill_editor.add_skill(context, name="wifi", intent="password", sentences=SENTENCES, reply=REPLY)
    assert talk.say("what's the wifi password?").reply == 'It is "blue\\tree 7", see 👨\u200d👩\u200d👧.'
    assert "wifi.password" not in str(talk.say("and on Friday?").acts)
    (skill,) = page_commands.intents(context).payload["skills"]
    assert (skill["intent"], "\n".join(skill["sentences"])) == ("password", SENTENCES)
    folder = context.workspace.store("assistant") / "skills" / "wifi"
    assert [path.name for path in folder.iterdir()] == ["skill.toml"]  # no code
    with pytest.raises(PippinError, match="There is a skill called 'wifi'"):
        skill_editor.check_skill(context, name="wifi", intent="password", sentences=SENTENCES)

    assert skill_editor.remove_skill(context, name="wifi").payload["skills"] == []
    assert not folder.exists()
    assert "blue" not in talk.say("what's the wifi password?").reply


def test_it_is_told_what_collides_before_anything_is_stored(context: Context, home: Path) -> None:
    new = {"name": "wifi", "intent": "password"}
    fine = skill_editor.check_skill(context, **new, sentences=SENTENCES, line="the password of the wifi").payload
    assert (fine["collisions"], fine["losses"]) == ([], [])
    assert (fine["tried"]["label"], fine["tried"]["known"]) == ("wifi.password", True)

    taken = skill_files.load_skills()[0].intents[0].examples[0].text
    found = skill_editor.check_skill(context, **new, sentences=f"{SENTENCES}\n{taken}", line=FLIGHTS).payload
    (collision,) = found["collisions"]
    assert collision["text"] == taken
    assert collision["label"].startswith("flights.")
    assert 0.5 < collision["confidence"] <= 1
    assert taken in str(found["losses"])
    assert found["tried"]["label"].startswith("flights.")
    assert not (context.workspace.store("assistant") / "skills").exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": "../evil"}, "lower-case word"),
        ({"name": "a" * 10_000}, "lower-case word"),
        ({"intent": "A b"}, "lower-case word"),
        ({"name": "flights"}, "There is a skill called 'flights'"),
        ({"sentences": "one\ntwo\nTwo"}, "2 different sentences"),
        ({"sentences": "\n".join(f"sentence {number}" for number in range(51))}, "51 different sentences"),
        ({"sentences": "a " * 5_000}, "characters; write at most 200"),
        ({"reply": "x" * 10_000}, "characters; write at most 500"),
        ({"reply": " \x00 "}, "reply is empty"),
    ],
)
def test_what_cannot_be_a_skill_is_refused_in_a_sentence(context: Context, given: dict[str, str], why: str) -> None:
    fine = {"name": "wifi", "intent": "password", "sentences": SENTENCES, "reply": "On the fridge."}
    with pytest.raises(PippinError, match=why) as problem:
        skill_editor.add_skill(context, **{**fine, **given})
    assert len(problem.value.message) < 200
    assert page_commands.intents(context).payload["skills"] == []


def test_only_skills_of_the_page_are_removed(context: Context, tmp_path: Path) -> None:
    commands.new_skill(context, tmp_path / "greeting")
    commands.new_skill(context, tmp_path / "greeting")
    for name in ("greeting", "../../models", ""):
        with pytest.raises(PippinError, match="There is no skill of yours"):
            skill_editor.remove_skill(context, name=name)
    assert (context.workspace.store("assistant") / "skills" / "greeting" / "skill.py").exists()


def test_no_more_skills_are_stored_than_allowed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skill_editor, "MAX_SKILLS", 0)
    with pytest.raises(PippinError, match="remove one first"):
        skill_editor.add_skill(context, name="wifi", intent="password", sentences=SENTENCES, reply="x")

"""All conversations, replayed to the end; and what comparing them notices."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pippin.apps.assistant.rehearsal import compare_end, compare_turn, is_same, read_conversations, rehearse_one
from pippin.core.errors import PippinError

OURS = Path(__file__).with_name("conversations.json")
DEVELOPMENT = Path(__file__).with_name("development.json")
DATA = Path(os.environ.get("PIPPIN_TEST_DATA") or Path(__file__).parents[3].parent / "shared" / "data")
SHARED = DATA / "assistant" / "conversations.json"


@pytest.mark.parametrize("conversation", read_conversations(OURS)["conversations"], ids=lambda one: one["id"])
def test_our_conversations_go_right_to_the_end(conversation: dict[str, Any], interpreter: Any) -> None:
    fixtures = read_conversations(OURS)["fixtures"]
    assert rehearse_one(conversation, fixtures, OURS.parent, lambda skills: interpreter).problems == ()


@pytest.mark.parametrize("conversation", read_conversations(DEVELOPMENT)["conversations"], ids=lambda one: one["id"])
def test_talks_of_many_wordings_go_right_to_the_end(conversation: dict[str, Any], interpreter: Any) -> None:
    fixtures = read_conversations(DEVELOPMENT)["fixtures"]
    assert rehearse_one(conversation, fixtures, DEVELOPMENT.parent, lambda skills: interpreter).problems == ()


@pytest.mark.data
def test_conversations_of_others_go_right_to_the_end(interpreter: Any) -> None:
    content = read_conversations(SHARED)
    done = [
        rehearse_one(one, content["fixtures"], DATA, lambda skills: interpreter) for one in content["conversations"]
    ]
    assert len(done) == 15
    assert {one.id: one.problems for one in done if one.problems} == {}


def test_comparing_notices_what_differs() -> None:
    item = {"summary": "Dentist", "start": "2025-01-09T14:00:00-05:00"}
    act = {"skill": "schedule", "intent": "list", "act": "answer", "items": [item], "slots": {"total": 2.0}}
    expected = {**act, "count": 1, "items": [{"start": "2025-01-09T19:00:30+00:00"}], "slots": {"total": 2.004}}
    assert compare_turn({"expect": [expected]}, "", [act]) == []
    for wrong in (
        {"act": "done"},
        {"intent": "find"},
        {"count": 2},
        {"items": [{"summary": "Lunch"}]},
        {"slots": {"total": 2.1}},
    ):
        assert compare_turn({"expect": [{**expected, **wrong}]}, "", [act])
    assert compare_turn({"expect": [expected], "says": [["no such word"]]}, "Hello", [act])
    assert compare_turn({"expect": [expected], "never": ["hell"]}, "Hello", [act])
    assert compare_turn({"expect": []}, "", [act])
    assert compare_end({}, {"basket": [{"item": "Chips"}]})
    assert compare_end({"basket": [{"item": "chips"}]}, {"basket": [{"item": "Chips"}]}) == []


def test_values_are_compared_as_people_would() -> None:
    assert is_same("Dentist", "dentist")
    assert not is_same(True, 1)
    assert is_same(8.75, 8.754)
    assert is_same(["Rice"], ["rice"])
    assert not is_same("2025-01-09", "2025-01-09T00:00:00+00:00")


def test_a_file_that_holds_no_conversations_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"schema": "other"}))
    with pytest.raises(PippinError, match="no file of conversations"):
        read_conversations(path)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"expect": [{"skill": "food", "intent": "menu"}]}, "act"), ({"expect": [{"act": "answer"}]}, "skill, intent")],
)
def test_an_expectation_that_is_not_told_in_full_names_its_conversation(
    change: dict[str, Any], word: str, tmp_path: Path
) -> None:
    path = tmp_path / "talks.json"
    talk = {"id": "lunch", "fixture": "home", "turns": [{"say": "what drinks are there?", **change}]}
    content = {"schema": "pippin.assistant.conversations/1", "fixtures": {"home": {}}, "conversations": [talk]}
    path.write_text(json.dumps(content))
    with pytest.raises(PippinError, match=f"'lunch'.*lacks {word};"):
        read_conversations(path)

"""Conditions mean the same in a browser: one list of cases, which the pages' own tests read in the form made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pippin.lessons.conditions import Event, Row, read_condition
from pippin.lessons.reading import read_lesson
from pippin.lessons.site_facts import condition_facts, desks, is_open, lesson_facts

CASES = json.loads(Path(__file__).with_name("condition_cases.json").read_text(encoding="utf-8"))
NORMAL = Path(__file__).parents[2] / "studio/src/site/conditionCases.json"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_a_case_is_judged_as_it_says(case: dict[str, Any]) -> None:
    events = [
        Event(verb, application, facts, tuple(Row(label, outcome) for label, outcome in rows))
        for verb, application, facts, rows in case["events"]
    ]
    condition = read_condition(case["condition"])
    assert (condition.is_met(events), condition.total(events)) == (case["met"], case["total"])


def test_the_pages_are_tested_on_the_same_cases() -> None:
    normal = [{**case, "condition": condition_facts(read_condition(case["condition"]))} for case in CASES]
    assert json.loads(NORMAL.read_text(encoding="utf-8")) == normal


def test_a_lesson_keeps_all_its_points_on_the_way_to_the_pages() -> None:
    lesson = read_lesson()
    facts = json.loads(json.dumps(lesson_facts(lesson, lesson.pages, {"b": ["teach"]})))
    points = [one["xp"] for page in facts["pages"] for one in (*page["tasks"], *page["quizzes"])]
    assert (sum(points), len(facts["pages"]), facts["verbs"]) == (lesson.xp, len(lesson.pages), {"b": ["teach"]})


def test_a_desk_stands_where_a_task_can_be_done_and_nowhere_else() -> None:
    first, _, by_hand, *_ = read_lesson().pages
    verbs = {"recognize": ["teach", "explain"]}
    assert {name: asked for name, (_, asked) in desks(first, verbs).items()} == {"recognize": ["teach"] * 3}
    assert desks(by_hand, verbs) == {}
    assert [is_open(task, verbs) for task in (*first.tasks, *by_hand.tasks)] == [True, True, False]
    assert desks(first, {}) == {}


if __name__ == "__main__":
    made = [{**case, "condition": condition_facts(read_condition(case["condition"]))} for case in CASES]
    NORMAL.write_text("[\n" + ",\n".join(json.dumps(one) for one in made) + "\n]\n", encoding="utf-8")

"""What pages without a server know of a lesson: tasks and questions as JSON, with conditions to compute with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pippin.lessons.conditions import CORRECTED, OPERATORS, Condition, FactTest
from pippin.lessons.lesson import Lesson, Page, Quiz, Task


def lesson_facts(lesson: Lesson, pages: Sequence[Page], verbs: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return pages of a lesson as JSON values; `verbs` are what they can do by themselves, by application."""
    return {"name": lesson.name, "pages": [_page(page) for page in pages], "verbs": dict(verbs)}


def is_open(task: Task, verbs: Mapping[str, Sequence[str]]) -> bool:
    """Return whether pages can do a task by themselves."""
    return task.of_quizzes or any(_can(one, verbs) for one in task.conditions)


def _can(condition: Condition, verbs: Mapping[str, Sequence[str]]) -> bool:
    named = verbs if condition.application is None else [condition.application]
    return any(condition.verb in verbs.get(name, ()) for name in named)


def desks(page: Page, verbs: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, list[str]]]:
    """Return for each application that tasks of a page are done with the line of the first, and all their verbs."""
    found: dict[str, tuple[int, list[str]]] = {}
    for task in page.tasks:
        for one in task.conditions:
            if one.application is not None and _can(one, verbs):
                found.setdefault(one.application, (task.line, []))[1].append(one.verb)
    return found


def _page(page: Page) -> dict[str, Any]:
    return {
        "number": page.number,
        "name": page.name,
        "title": page.title,
        "path": page.is_on_path,
        "minutes": page.minutes,
        "tasks": [_task(task) for task in page.tasks],
        "quizzes": [_quiz(quiz) for quiz in page.quizzes],
    }


def _task(task: Task) -> dict[str, Any]:
    conditions = [condition_facts(one) for one in task.conditions]
    rest = {"otherwise": task.otherwise, "quizzes": task.of_quizzes}
    return {"id": task.id, "xp": task.xp, "conditions": conditions, **rest}


def _quiz(quiz: Quiz) -> dict[str, Any]:
    return {
        "id": quiz.id,
        "xp": quiz.xp,
        "answer": quiz.answer,
        "guess": quiz.is_guess,
        "figure": quiz.figure,
        "nothing": quiz.nothing,
        "counted": [condition_facts(one) for one in quiz.counted],
        "curve": quiz.curve.to_dict() if quiz.curve else None,
    }


def condition_facts(condition: Condition) -> dict[str, Any]:
    """Return a condition as JSON values."""
    return {
        "verb": condition.verb,
        "application": condition.application,
        "tests": [{"fact": one.fact, "operator": _operator(one), "value": one.value} for one in condition.tests],
        "count": condition.count,
        "then": condition_facts(condition.then) if condition.then else None,
    }


def _operator(test: FactTest) -> str:
    if test.fact == "outcome" and test.value == CORRECTED:
        return CORRECTED
    return next(name for name, compare in OPERATORS.items() if compare is test.compare)

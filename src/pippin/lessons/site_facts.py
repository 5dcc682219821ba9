"""What pages without a server know of a lesson: tasks and questions as JSON, their conditions in a form to compute with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pippin.lessons.conditions import CORRECTED, OPERATORS, Condition, FactTest
from pippin.lessons.lesson import Lesson, Page, Quiz, Task


def lesson_facts(lesson: Lesson, applications: Collection[str]) -> dict[str, Any]:
    """Return a lesson as JSON values; `applications` are those its pages can do by themselves."""
    pages = [_page(page) for page in lesson.pages]
    return {"name": lesson.name, "pages": pages, "applications": sorted(applications)}


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
        "counted": condition_facts(quiz.counted) if quiz.counted else None,
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

"""Pages in another language: what a page says may differ, what it asks for may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pippin.lessons.conditions import Condition
from pippin.lessons.lesson import Page, Quiz, Task
from pippin.lessons.markdown import LessonError


def translate(page: Page, other: Page, language: str) -> Page:
    """Return a page as `other` says it; LessonError where its tasks or questions are not the same."""
    file = f"{language}/{other.name}.md"
    pairs: Sequence[tuple[str, Sequence[Task | Quiz], Sequence[Task | Quiz]]] = (
        ("task", page.tasks, other.tasks),
        ("quiz", page.quizzes, other.quizzes),
    )
    for kind, own, theirs in pairs:
        if [one.id for one in own] != [one.id for one in theirs]:
            ids = ", ".join(one.id for one in own) or "none"
            raise LessonError(file, 1, f"a {kind} is missing or not in order; the page has: {ids}.")
        for first, second in zip(own, theirs, strict=True):
            if _demands(first) != _demands(second):
                raise LessonError(file, second.line, f"{second.id} asks for something else than on the page itself.")
    return replace(
        other,
        number=page.number,
        minutes=page.minutes,
        is_on_path=page.is_on_path,
        board=page.board,
        figures=page.figures,
        language=language,
    )


def _demands(one: Task | Quiz) -> tuple[object, ...]:
    """Return what is to be done for the points: all but the words."""
    if isinstance(one, Task):
        conditions = [_compared(part) for condition in one.conditions for part in condition.parts()]
        return one.xp, conditions, one.otherwise, one.of_quizzes, one.is_shared, one.command, one.open
    counted = [_compared(part) for condition in one.counted for part in condition.parts()]
    curve = one.curve.numbers if one.curve else None
    return one.xp, len(one.choices), one.answer, one.is_guess, counted, curve


def _compared(condition: Condition) -> tuple[object, ...]:
    tests = [(test.fact, test.compare.__name__, test.value) for test in condition.tests]
    return condition.verb, condition.application, tests, condition.count

"""`pippin learn check`: each task of a lesson names a verb or command that there is; problems are told by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.lessons.conditions import Condition
from pippin.lessons.lesson import Lesson, all_conditions
from pippin.verbs.activity import LOGGED

VERBS = {verb.replace("_", "-") for verb in LOGGED}


class Finding(NamedTuple):
    """What a condition lacks, by file and line."""

    file: str
    line: int
    what: str
    is_wrong: bool


def check_lesson(lesson: Lesson) -> Report:
    """Return what is wrong with a lesson's tasks, by line, and which of them are grey here."""
    found = list(dict.fromkeys(_findings(lesson)))
    wrong, grey = ([one for one in found if one.is_wrong is which] for which in (True, False))
    tables = (("Wrong", wrong), ("Grey here", grey))
    on_path, minutes = sum(page.xp for page in lesson.path), sum(page.minutes for page in lesson.path)
    return Report(
        title=f"{lesson.title}: " + (pluralize(len(wrong), "problem") if wrong else "every task names what there is"),
        summary=f"{pluralize(len(lesson.pages), 'page')}, {lesson.xp} XP, of which {on_path} on the path of "
        f"{pluralize(minutes, 'minute')}.",
        tables=tuple(
            Table(("file", "line", "what"), tuple(one[:3] for one in some), title) for title, some in tables if some
        ),
        payload={
            "lesson": lesson.name,
            "passed": not wrong,
            "xp": lesson.xp,
            "problems": [{"file": one.file, "line": one.line, "problem": one.what} for one in wrong],
            "grey": [{"file": one.file, "line": one.line, "why": one.what} for one in grey],
        },
        next="pippin learn",
    )


def _findings(lesson: Lesson) -> Iterator[Finding]:
    for page in lesson.pages:
        for line, condition in all_conditions(page):
            if judged := _judge(condition):
                yield Finding(f"{page.name}.md", line, *judged)


def _judge(condition: Condition) -> tuple[str, bool] | None:
    """Return what a condition lacks, and whether that is wrong rather than not installed; None if it can be met."""
    if condition.application is None:
        known = condition.verb in VERBS or any(condition.verb in _names(name) for name in registry.names())
        return None if known else (f"no application has {condition.verb!r}, or the log does not record it", True)
    if condition.application not in registry.names():
        return f"`{condition.application}` is not installed", False
    names = _names(condition.application)
    if condition.verb in names:
        return None
    return f"`{condition.application}` has no {condition.verb!r} that the log records; it has: {', '.join(names)}", True


def _names(application: str) -> list[str]:
    """Return the verbs and own commands of an application that the log records; none of one that cannot be imported."""
    try:
        app = registry.get(application)
    except (PippinError, ImportError):
        return []
    return [*sorted(VERBS - {verb.replace("_", "-") for verb in app.unsupported}), *_own(app)]


def _own(app: Application) -> Iterator[str]:
    yield from (own.name for own in app.commands if own.logged)

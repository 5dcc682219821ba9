"""Where a reader stands: points computed from the log each time, and never stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pippin.core import registry
from pippin.core.activity_log import is_log_on
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.lessons.conditions import Event
from pippin.lessons.events import read_events
from pippin.lessons.lesson import LETTERS, Lesson, Page, Task, choices_made


@dataclass(frozen=True)
class Progress:
    """What was done of a lesson; `choices` are the last ones at each quiz, `shared` what the teacher of a class did."""

    lesson: Lesson
    events: Sequence[Event]
    choices: Mapping[str, str]
    applications: Collection[str]
    shared: Sequence[Event] = ()

    def is_open(self, task: Task) -> bool:
        """Return whether a task can be done here: one of the applications it speaks of is installed."""
        if task.of_quizzes:
            return True
        return any(one.application is None or one.application in self.applications for one in task.conditions)

    def is_done(self, page: Page, task: Task) -> bool:
        """Return whether a task is done, by its conditions or, where its application is missing, by its quiz."""
        if any(condition.is_met(self.events) for condition in task.conditions):
            return True
        if self.shared_run(page, task) is not None:
            return True
        if task.of_quizzes:
            return all(quiz.answer == self.choices.get(quiz.id) for quiz in page.quizzes)
        if self.is_open(task) or not task.otherwise:
            return False
        return page.quiz(task.otherwise).answer == self.choices.get(task.otherwise)

    def shared_run(self, page: Page, task: Task) -> Event | None:
        """Return the class's last run that does a task for a reader who answered the page's guesses, else None."""
        has_guessed = all(quiz.id in self.choices for quiz in page.quizzes if quiz.is_guess)
        if not (task.is_shared and has_guessed):
            return None
        found = [one for one in self.shared if any(condition.is_met([one]) for condition in task.conditions)]
        return found[-1] if found else None

    def xp(self, page: Page) -> int:
        """Return the points of a page."""
        tasks = sum(task.xp for task in page.tasks if self.is_done(page, task))
        return tasks + sum(quiz.xp for quiz in page.quizzes if quiz.pays(self.choices.get(quiz.id)))

    @property
    def total(self) -> int:
        """Points in all."""
        return sum(map(self.xp, self.lesson.pages))


def read_progress(
    lesson: Lesson, workspace: Workspace, closed: Collection[str] = (), shared: Sequence[Event] = ()
) -> Progress:
    """Return where the user of a workspace stands in a lesson; `closed` applications count as not installed."""
    events, open_names = read_events(workspace), frozenset(registry.names()).difference(closed)
    return Progress(lesson, events, choices_made(lesson, events), open_names, shared)


def answer(lesson: Lesson, page: Page, name: str, choice: str, workspace: Workspace) -> None:
    """Record a choice at a quiz of a page; PippinError for a letter that is none of its choices."""
    letters = LETTERS[: len(page.quiz(name).choices)]
    if choice not in list(letters):
        raise PippinError(f"{choice[:20]!r} is no choice at {name}; write {name}= and a letter, a to {letters[-1]}.")
    if not is_log_on():
        raise PippinError(
            "Answers are kept in the log of activity, which is off; unset PIPPIN_LOG, leave out --no-log."
        )
    workspace.activity.add("quiz", lesson.name, {"quiz": name, "choice": choice})

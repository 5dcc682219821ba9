"""What a lesson is made of: pages with tasks, quizzes, slides and the figures they cite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pippin.core.errors import PippinError
from pippin.lessons.conditions import Condition, Event
from pippin.lessons.markdown import Block
from pippin.lessons.measured_curve import Curve

LETTERS = "abcdef"


@dataclass(frozen=True)
class Task:
    """Something to do: done when any of its conditions is met, or instead of them by the quiz `otherwise`."""

    id: str
    text: str
    xp: int
    conditions: tuple[Condition, ...]
    line: int
    command: str = ""
    open: str = ""
    """Where a browser does it, as application/tab; by default the first page of its application."""
    otherwise: str = ""
    of_quizzes: bool = False
    """Whether it is done by answering all quizzes of its page rightly."""
    is_shared: bool = False
    """Whether in a class one run of the teacher's does it for all who guessed first."""


@dataclass(frozen=True)
class Quiz:
    """A question; any guess pays, since the answer is seen only afterwards.

    A guess without an answer asks for an opinion: no choice of it is right or wrong.
    """

    id: str
    question: str
    choices: tuple[str, ...]
    answer: str
    xp: int
    line: int
    explanation: str = ""
    is_guess: bool = False
    figure: str = ""
    """A sentence with {n}, which `counted` fills in from the log."""
    nothing: str = ""
    """What stands in its place where the number is 0."""
    counted: tuple[Condition, ...] = ()
    curve: Curve | None = None
    """What was measured, drawn once it is answered."""

    def pays(self, choice: str | None) -> bool:
        """Return whether a choice earns the points."""
        return choice is not None and (self.is_guess or choice == self.answer)

    def figure_of(self, events: Sequence[Event]) -> str:
        """Return the sentence with the reader's own number."""
        number = self.count(events)
        return self.nothing if self.nothing and not number else self.figure.replace("{n}", str(number))

    def count(self, events: Sequence[Event]) -> int:
        """Return the reader's own number."""
        return sum(condition.total(events) for condition in self.counted)


@dataclass(frozen=True)
class Figure:
    """A number in the text and where it was measured: a row of a result, and which of its values."""

    shown: str
    result: str
    row: str
    field: str


@dataclass(frozen=True)
class Page:
    """A page: its front matter, and what it shows in order."""

    number: int
    name: str
    title: str
    minutes: int
    is_on_path: bool
    blocks: tuple[Block, ...]
    tasks: tuple[Task, ...] = ()
    quizzes: tuple[Quiz, ...] = ()
    figures: tuple[Figure, ...] = ()
    board: str = "questions"
    """What readers write down on it: questions, or ideas."""
    language: str = ""
    """Of its text, where that is not the lesson's."""

    @property
    def xp(self) -> int:
        """Points there are for it; where a quiz stands in for a task, one of them pays."""
        return sum(task.xp for task in self.tasks) + sum(quiz.xp for quiz in self.quizzes)

    def quiz(self, name: str) -> Quiz:
        """Return the quiz of that name."""
        for quiz in self.quizzes:
            if quiz.id == name:
                return quiz
        has = ", ".join(quiz.id for quiz in self.quizzes) or "none"
        raise PippinError(f"Page {self.number} asks no question {name[:40]!r}; it asks: {has}.", input=name[:40])


@dataclass(frozen=True)
class Lesson:
    """All pages of a lesson, in order."""

    name: str
    title: str
    language: str
    pages: tuple[Page, ...]
    folder: Path
    languages: tuple[str, ...] = ()
    """Those it can be had in, its own first."""
    discussions: str = ""
    """Where its readers talk, an https address."""

    @property
    def xp(self) -> int:
        """Points there are in all."""
        return sum(page.xp for page in self.pages)

    @property
    def path(self) -> tuple[Page, ...]:
        """The pages of the short way through it."""
        return tuple(page for page in self.pages if page.is_on_path)

    def after(self, page: Page) -> Page | None:
        """Return the page to go on with: the path's next one from a page of the path, else simply the next."""
        later = self.path if page.is_on_path else self.pages
        return next((one for one in later if one.number > page.number), None)

    def page(self, number: str) -> Page:
        """Return the page of that number."""
        if number.isascii() and number.isdigit() and 1 <= int(number) <= len(self.pages):
            return self.pages[int(number) - 1]
        raise PippinError(
            f"{self.title} has no page {number[:40]!r}; `pippin learn` lists its pages, 1 to {len(self.pages)}.",
            input=number[:40],
        )


def choices_made(lesson: Lesson, events: Sequence[Event]) -> Mapping[str, str]:
    """Return the last choice at each quiz, by its id."""
    made = {}
    for event in events:
        if event.verb == "quiz" and event.application == lesson.name:
            made[str(event.facts.get("quiz"))] = str(event.facts.get("choice"))
    return made


def all_conditions(page: Page) -> Iterator[tuple[int, Condition]]:
    """Yield every condition of a page with the line it stands in."""
    for task in page.tasks:
        for condition in task.conditions:
            yield from ((task.line, part) for part in condition.parts())
    for quiz in page.quizzes:
        yield from ((quiz.line, condition) for condition in quiz.counted)

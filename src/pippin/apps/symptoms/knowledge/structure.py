"""Structure of evidences and conditions: kinds of questions, their options, which condition may show which evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

Array = np.ndarray
YES_NO, SCALE, CHOICE, SEVERAL = "yes-no", "scale", "choice", "several"
# Children whose answer "nowhere" also answers the question they belong to, so that they can be asked first.
GATEWAYS = ("E_55", "E_133", "E_152")
MAX_SEVERE = 2  # severities of DDXPlus that count as severe: 1 and 2
NONE = "none of these"


class Question(NamedTuple):
    """One evidence as a question; `start` is the position of its first option among all options.

    A child is asked only where its parent (a position, -1: none) was answered with yes. `default` is the option of
    those who have nothing of the kind.
    """

    code: str
    kind: str
    options: tuple[str, ...]
    default: int
    start: int
    parent: int
    is_history: bool
    is_gateway: bool

    @property
    def span(self) -> slice:
        """The positions of its options among all options."""
        return slice(self.start, self.start + len(self.options))


class Condition(NamedTuple):
    """One condition; severities of 1 and 2 are severe."""

    name: str
    icd10: str
    severity: int


@dataclass(frozen=True, eq=False)
class Structure:
    """All questions Q with their options O, and all conditions C; `listed` [C, Q] is what each may show."""

    questions: tuple[Question, ...]
    conditions: tuple[Condition, ...]
    listed: Array

    @cached_property
    def index(self) -> dict[str, int]:
        """Positions of questions by code."""
        return {one.code: position for position, one in enumerate(self.questions)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the conditions."""
        return tuple(one.name for one in self.conditions)

    @cached_property
    def condition_index(self) -> dict[str, int]:
        """Positions of conditions by name."""
        return {name: position for position, name in enumerate(self.names)}

    @cached_property
    def severe(self) -> Array:
        """Which conditions [C] are severe."""
        return np.array([one.severity <= MAX_SEVERE for one in self.conditions])

    @cached_property
    def n_options(self) -> int:
        """How many options all questions have together."""
        return self.questions[-1].span.stop

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Positions of children by that of their parent."""
        found: dict[int, tuple[int, ...]] = {}
        for position, one in enumerate(self.questions):
            if one.parent >= 0:
                found[one.parent] = (*found.get(one.parent, ()), position)
        return found

    @cached_property
    def yes_no(self) -> Array:
        """Positions of the questions with yes or no."""
        return np.array([position for position, one in enumerate(self.questions) if one.kind == YES_NO])

    @cached_property
    def yes_options(self) -> Array:
        """Positions of their options "yes", among all options; that of "no" stands before it."""
        return np.array([self.questions[position].start + 1 for position in self.yes_no])

    @cached_property
    def with_options(self) -> tuple[Question, ...]:
        """The other questions: scales, and those with one or several of many options."""
        return tuple(one for one in self.questions if one.kind != YES_NO)

    @cached_property
    def history(self) -> Array:
        """Which questions [Q] ask for past illnesses and circumstances."""
        return np.array([one.is_history for one in self.questions])


@lru_cache(maxsize=1)
def load_structure() -> Structure:
    """Read the structure that comes with the package."""
    stored = json.loads(Path(__file__).with_name("structure.json").read_text("utf-8"))
    index = {row["code"]: position for position, row in enumerate(stored["questions"])}
    questions: list[Question] = []
    for row in stored["questions"]:
        options = _options(row, stored["places"])
        start = questions[-1].span.stop if questions else 0
        questions.append(
            Question(
                row["code"],
                row["kind"],
                options,
                options.index(row["default"]),
                start,
                index[row["parent"]] if "parent" in row else -1,
                bool(row.get("history")),
                row["code"] in GATEWAYS,
            )
        )
    conditions = tuple(Condition(row["name"], row["icd10"], row["severity"]) for row in stored["conditions"])
    listed = np.zeros((len(conditions), len(questions)), bool)
    for position, row in enumerate(stored["conditions"]):
        listed[position, [index[code] for code in row["evidences"]]] = True
    return Structure(tuple(questions), conditions, listed)


def _options(row: dict[str, str], places: list[str]) -> tuple[str, ...]:
    if row["kind"] == YES_NO:
        return ("no", "yes")
    if row["kind"] == SCALE:
        return tuple(str(number) for number in range(11))
    return tuple(places if row["options"] == "places" else row["options"])

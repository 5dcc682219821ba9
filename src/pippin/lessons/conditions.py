"""Conditions over the log of activity: which events count, and how many of them make a task done."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OUTCOMES = {"r": "right", "w": "wrong", "u": "unknown"}
CORRECTED = "corrected"  # wrong or unknown
ROW_FACTS = ("label", "outcome")  # of what was taught, row by row
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_COMPARISON = re.compile(r"\s*(>=|<=|>|<|=)?\s*(-?\d+(?:\.\d+)?)\s*")
KEYS = {"verb", "application", "where", "then"}


@dataclass(frozen=True)
class Row:
    """One taught example that was not taken back; the label is None where answers are private."""

    label: str | None
    outcome: str


@dataclass(frozen=True)
class Event:
    """One thing that was done: an entry of the log, and of what it taught the rows that still stand."""

    verb: str
    application: str
    facts: Mapping[str, Any]
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class FactTest:
    """A comparison of one fact: its value must be equal, or a number that compares."""

    fact: str
    compare: Callable[[Any, Any], bool]
    value: Any

    def holds(self, found: Any) -> bool:
        """Return whether a value passes; None and values of another type do not."""
        is_number = isinstance(found, int | float)
        return is_number == isinstance(self.value, int | float) and self.compare(found, self.value)


@dataclass(frozen=True)
class Condition:
    """At least `count` events of a verb (of what was taught: rows) whose facts pass, and then another condition."""

    verb: str
    application: str | None
    tests: tuple[FactTest, ...] = ()
    count: int = 1
    then: Condition | None = None

    def is_met(self, events: Sequence[Event]) -> bool:
        """Return whether the events, oldest first, fulfil it."""
        amount = 0
        for at, event in enumerate(events):
            amount += self.amount(event)
            if amount >= self.count:
                return self.then is None or self.then.is_met(events[at + 1 :])
        return False

    def total(self, events: Sequence[Event]) -> int:
        """Return how much of it was done."""
        return sum(map(self.amount, events))

    def amount(self, event: Event) -> int:
        """Return for how much an event counts: taught rows that pass, else one."""
        if event.verb != self.verb or self.application not in (None, event.application):
            return 0
        if not all(test.holds(event.facts.get(test.fact)) for test in self.tests if test.fact not in ROW_FACTS):
            return 0
        row_tests = [test for test in self.tests if test.fact in ROW_FACTS]
        if event.verb != "teach":
            return 1
        return sum(all(test.holds(getattr(row, test.fact)) for test in row_tests) for row in event.rows)

    def parts(self) -> list[Condition]:
        """Return it and all that follow."""
        return [self, *(self.then.parts() if self.then else ())]


def read_condition(table: Mapping[str, Any], application: str | None = None) -> Condition:
    """Return the condition a table of TOML says; ValueError says what is wrong with it."""
    unknown = table.keys() - KEYS
    if unknown:
        raise ValueError(f"a condition has no {min(unknown)!r}; it has {', '.join(sorted(KEYS))}")
    verb = _text(table, "verb")
    app = _text(table, "application") if "application" in table else application
    where, then = table.get("where", {}), table.get("then")
    if not isinstance(where, Mapping) or not (then is None or isinstance(then, Mapping)):
        raise ValueError("`where` and `then` are tables, as in where = { count = 5 }")
    tests = tuple(_test(verb, fact, value) for fact, value in where.items() if fact != "count")
    following = read_condition({"verb": verb, **then}, app) if then is not None else None
    return Condition(verb, app, tests, _count(where.get("count", 1)), following)


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"it needs {name}, a text")
    return value


def _count(value: Any) -> int:
    found = re.fullmatch(r"\s*(?:>=)?\s*(\d{1,6})\s*", str(value)) if not isinstance(value, bool) else None
    if not found or int(found[1]) < 1:
        raise ValueError(f'count is how many at least, as in count = ">=5", not {value!r}')
    return int(found[1])


def _test(verb: str, fact: str, value: Any) -> FactTest:
    if fact in ROW_FACTS and verb != "teach":
        raise ValueError(f"{fact} is known of what was taught only, not of {verb}")
    if fact == "outcome" and value not in (*OUTCOMES.values(), CORRECTED):
        raise ValueError(f"outcome is one of {', '.join(OUTCOMES.values())} or {CORRECTED}, not {value!r}")
    if value == CORRECTED and fact == "outcome":
        return FactTest(fact, lambda found, _: found in ("wrong", "unknown"), value)
    if isinstance(value, str) and fact not in ROW_FACTS and (found := _COMPARISON.fullmatch(value)):
        return FactTest(fact, OPERATORS[found[1] or "="], float(found[2]))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{fact} compares with a text or a number, not {value!r}")
    return FactTest(fact, operator.eq, value)

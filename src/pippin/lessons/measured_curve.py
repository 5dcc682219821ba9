"""Curves that a question shows once it is answered: scores of each method by the number of examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEYS = {"title", "result", "examples", "lines"}
MAX_SIZES, MAX_LINES = 12, 4


@dataclass(frozen=True)
class Line:
    """One method: its name on the page, its name in the result, and its score (0 to 1) at each size."""

    name: str
    method: str
    scores: tuple[float, ...]


@dataclass(frozen=True)
class Curve:
    """Scores by number of examples, and the file of `benchmarks/results` they come from."""

    title: str
    result: str
    examples: tuple[int, ...]
    lines: tuple[Line, ...]

    @property
    def numbers(self) -> tuple[object, ...]:
        """All but the words."""
        return self.result, self.examples, [(line.method, line.scores) for line in self.lines]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values for a page."""
        lines = [{"name": line.name, "scores": line.scores} for line in self.lines]
        return {"title": self.title, "examples": self.examples, "lines": lines}

    def to_text(self) -> str:
        """Return it as a table of fixed width."""
        wide = max(len(line.name) for line in self.lines)
        head = " " * wide + "".join(f"{size:>8,}" for size in self.examples)
        rows = (f"{line.name:<{wide}}" + "".join(f"{one:>8.3f}" for one in line.scores) for line in self.lines)
        return "\n".join([self.title, head, *rows])


def read_curve(table: Mapping[str, Any]) -> Curve:
    """Return the curve that a table of TOML holds; ValueError says what is wrong with it."""
    if not isinstance(table, Mapping) or table.keys() != KEYS:
        raise ValueError(f"a curve has {', '.join(sorted(KEYS))}")
    sizes, lines = table["examples"], table["lines"]
    if not _is_list(sizes, int, MAX_SIZES) or sorted(set(sizes)) != sizes or sizes[0] < 1 or len(sizes) < 2:
        raise ValueError(f"examples are 2 to {MAX_SIZES} whole numbers, each larger than the one before")
    if not _is_list(lines, dict, MAX_LINES):
        raise ValueError(f"lines are 1 to {MAX_LINES} tables, {{ name = ..., method = ..., scores = [...] }}")
    read = tuple(_read_line(line, len(sizes)) for line in lines)
    return Curve(_text(table, "title"), _text(table, "result"), tuple(sizes), read)


def _read_line(line: Mapping[str, Any], count: int) -> Line:
    scores: Any = line.get("scores")
    if not _is_list(scores, float, count) or len(scores) != count or not all(0 <= one <= 1 for one in scores):
        raise ValueError(f"scores are {count} numbers from 0.0 to 1.0, one for each of examples")
    return Line(_text(line, "name"), _text(line, "method"), tuple(scores))


def _is_list(value: Any, kind: type, most: int) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= most and all(type(one) is kind for one in value)


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"[^<>&\x00-\x1f\x7f-\x9f]{1,80}", value):
        raise ValueError(f"{name} of a curve is a text of at most 80 letters, without < and &")
    return value

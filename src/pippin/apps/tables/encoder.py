"""Rows of named values as rows of numbers, by rules learned from the rows to learn from alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables import words
from pippin.apps.tables.columns import FORMATS, day, kind_of
from pippin.apps.tables.reading import Row, Value
from pippin.core.errors import PippinError

Array = NDArray[np.float32]
Facts = Mapping[str, Any]

QUANTILES = 33
MOST_VALUES = 40  # of a category that count each for itself
FARTHEST = 4.0  # standard deviations a number is followed: what lies beyond tells no more
TREE_TERMS = 150  # words that trees look at; each costs them time
SENTENCE_WIDTH = 384
BEGINNING = date(2000, 1, 1)


class Encoder:
    """What was learned about each column (`facts`, JSON values), and rows encoded by it.

    `sentences` takes texts to an array [N,384]; without it texts are counted words.
    """

    def __init__(self, facts: Sequence[Facts] = (), sentences: Any = None) -> None:
        self.facts = list(facts)
        self.sentences = sentences

    @classmethod
    def fit(cls, rows: Sequence[Row], sentences: Any = None) -> Encoder:
        """Learn what the columns of `rows` hold."""
        made = cls(sentences=sentences)
        for name in sorted({name for row in rows for name in row}):
            values = [row.get(name) for row in rows]
            kind = kind_of(values)
            if kind in FORMATS:
                for part in ("days", "month", "weekday"):
                    number = _numbers(_calendar(values, kind, part))
                    made.facts.append(_number(number) | {"name": name, "kind": "date", "form": kind, "part": part})
            elif kind == "number":
                made.facts.append(_number(_numbers(values)) | {"name": name, "kind": kind})
            elif kind == "category":
                made.facts.append(_category(values) | {"name": name, "kind": kind})
            elif kind == "text":
                terms = {} if sentences else words.learn([_text(value) for value in values])
                made.facts.append({"name": name, "kind": "sentences" if sentences else "text", **terms})
        if not made.facts:
            raise PippinError("No column holds anything to learn from.")
        return made

    @property
    def names(self) -> list[str]:
        """The columns that are used, each once."""
        return list(dict.fromkeys(str(facts["name"]) for facts in self.facts))

    @property
    def rank_columns(self) -> list[int]:
        """Positions in `dense` that hold ranks among the numbers learned from."""
        found, start = [], 0
        for facts in self.facts:
            if facts["kind"] in ("number", "date"):
                found.append(start + 1)
            start += _width(facts)
        return found

    def dense(self, rows: Sequence[Row]) -> Array:
        """For linear models and networks [N,D]: all about as large as 1, missing values 0 and said so."""
        if not self.facts:
            raise PippinError("Nothing was learned yet; train first.")
        return np.hstack([self._dense(facts, [row.get(facts["name"]) for row in rows]) for facts in self.facts])

    def _dense(self, facts: Facts, values: Sequence[Value]) -> Array:
        match facts["kind"]:
            case "number":
                return _standardised(facts, _numbers(values))
            case "date":
                return _standardised(facts, _numbers(_calendar(values, facts["form"], facts["part"])))
            case "category":
                known = facts["values"]
                places = [known.index(value) if value in known else -1 for value in map(str, values)]
                return np.eye(len(known) + 1, dtype=np.float32)[places][:, : len(known)]
            case "text":
                return words.counted([_text(value) for value in values], facts)
        return cast(Array, self.sentences([_text(value) for value in values]))

    def unfit(self, row: Row) -> tuple[tuple[str, ...], bool]:
        """What in a row does not fit its column and counts as missing, as sentences; and whether anything does fit."""
        by_name = {str(facts["name"]): facts for facts in self.facts}
        present = {name: value for name in by_name if (value := row.get(name)) is not None}
        odd = [said for name, value in present.items() if (said := _misfit(by_name[name], value))]
        return tuple(f"{said}; taken as missing" for said in odd), len(odd) < len(present)

    def trees(self, rows: Sequence[Row]) -> Array:
        """For trees [N,D]: numbers as they are, categories as the order of their frequency, missing values NaN."""
        return np.hstack([self._trees(facts, [row.get(facts["name"]) for row in rows]) for facts in self.facts])

    def _trees(self, facts: Facts, values: Sequence[Value]) -> Array:
        match facts["kind"]:
            case "number":
                return _numbers(values)[:, None]
            case "date":
                return _numbers(_calendar(values, facts["form"], facts["part"]))[:, None]
            case "category":
                order = {value: float(place) for place, value in enumerate(facts["values"])}
                return np.array([[order.get(str(value), np.nan)] for value in values], np.float32)
            case "text":
                return words.counted([_text(value) for value in values], facts)[:, :TREE_TERMS]
        return self._dense(facts, values)


def _width(facts: Facts) -> int:
    """How many columns of `dense` a column takes."""
    match facts["kind"]:
        case "category":
            return len(facts["values"])
        case "text":
            return len(facts["terms"])
        case "sentences":
            return SENTENCE_WIDTH
    return 3 if facts["gaps"] else 2


def _misfit(facts: Facts, value: Value) -> str | None:
    """What is wrong with a value that is there, if its column has no use for it."""
    name = facts["name"]
    match facts["kind"]:
        case "number" if np.isnan(_number_or_nan(value)):
            return f"{value!r} in {name} is no number"
        case "date" if day(value, facts["form"]) is None:
            return f"{value!r} in {name} is no date like {BEGINNING.strftime(facts['form'])}"
        case "category" if str(value) not in facts["values"]:
            return f"{value!r} in {name} was not among the values to learn from"
    return None


def _numbers(values: Sequence[Value]) -> Array:
    """Numbers [N]; NaN for what is none."""
    return np.array([_number_or_nan(value) for value in values], np.float32)


def _number_or_nan(value: Value) -> float:
    try:
        return float(np.clip(float(value), -1e30, 1e30)) if value is not None else np.nan
    except ValueError:
        return np.nan


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _calendar(values: Sequence[Value], form: str, part: str) -> list[Value]:
    take: dict[str, Callable[[date], int]] = {
        "days": lambda one: (one - BEGINNING).days,
        "month": lambda one: one.month,
        "weekday": date.weekday,
    }
    return [None if one is None else float(take[part](one)) for one in (day(value, form) for value in values)]


def _number(numbers: Array) -> dict[str, Any]:
    present = numbers[~np.isnan(numbers)].astype(float)
    if not len(present):
        present = np.zeros(1)
    return {
        "mean": float(present.mean()),
        "scale": float(present.std()) or 1.0,
        "quantiles": np.unique(np.quantile(present, np.linspace(0, 1, QUANTILES))).tolist(),
        "gaps": bool(np.isnan(numbers).any()),
    }


def _standardised(facts: Facts, numbers: Array) -> Array:
    """Distance from the mean, and rank among what was learned from (-1 to 1); whether it is missing, if any was."""
    missing = np.isnan(numbers)
    filled = np.where(missing, facts["mean"], numbers)
    z = ((filled - facts["mean"]) / facts["scale"]).clip(-FARTHEST, FARTHEST)
    rank = np.interp(filled, facts["quantiles"], np.linspace(-1, 1, len(facts["quantiles"])))
    columns = [z, np.where(missing, 0.0, rank)] + ([missing] if facts["gaps"] else [])
    return np.stack(columns, axis=1).astype(np.float32)


def _category(values: Sequence[Value]) -> dict[str, Any]:
    """The most frequent values, a missing one being a value like others."""
    counts = Counter(map(str, values))
    return {"values": [value for value, _ in counts.most_common(MOST_VALUES)]}

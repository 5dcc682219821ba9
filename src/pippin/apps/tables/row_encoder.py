"""Rows of named values as rows of numbers, by rules learned from the rows to learn from alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables import tfidf
from pippin.apps.tables.column_types import MAX_VALUES, ColumnType, as_text, infer_types, parse_types
from pippin.apps.tables.date_text import BEGINNING, TIME_ONLY, parse_moment
from pippin.apps.tables.number_text import parse_number
from pippin.apps.tables.row_check import check_row
from pippin.apps.tables.rows import positions
from pippin.apps.tables.table_reader import Row, Value
from pippin.core.errors import PippinError

Array = NDArray[np.float32]
Facts = Mapping[str, Any]

QUANTILES = 33
FARTHEST = 4.0  # standard deviations a number is followed: what lies beyond tells no more
TREE_TERMS = 150  # words that trees look at; each costs them time
SENTENCE_WIDTH = 384
DATE_PARTS = "days", "month", "weekday"
TIME_PARTS = "hour", "minute"


class Encoder:
    """What was learned about each column (`facts`, JSON values), and rows encoded by it.

    `sentences` takes texts to an array [N,384]; without it texts are counted words.
    """

    def __init__(self, facts: Sequence[Facts] = (), sentences: Any = None) -> None:
        self.facts: list[dict[str, Any]] = [dict(one) for one in facts]
        self.sentences = sentences

    @classmethod
    def fit(cls, rows: Sequence[Row], sentences: Any = None, types: str = "") -> Encoder:
        """Learn what the columns of `rows` hold; `types` are those the data settled (`Dataset.settings["types"]`)."""
        made = cls(sentences=sentences)
        settled = parse_types(types)
        named = {name for row in rows for name in row}
        columns = {name: [row.get(name) for row in rows] for name in (*settled, *sorted(named)) if name in named}
        for name, found in {**infer_types(columns), **{n: t for n, t in settled.items() if n in columns}}.items():
            made._learn(name, found, columns[name])
        if not made.facts:
            raise PippinError("No column holds anything to learn from.")
        if others := [name for name in settled if name not in columns]:
            made.facts[0]["others"] = others  # known to be no features, so no message names them
        return made

    def _learn(self, name: str, found: ColumnType, values: Sequence[Value]) -> None:
        """Add what was learned about one column."""
        about = {"name": name, "kind": found.kind, "form": found.form}
        if found.kind == "date":
            for part in _parts_of(values, found.form):
                self.facts.append(_number(_numbers(_calendar(values, found.form, part))) | about | {"part": part})
        elif found.kind in ("number", "id"):
            self.facts.append(_number(_numbers(values, found.form)) | about | {"kind": "number"})
        elif found.kind == "category":
            self.facts.append(_category(values) | about)
        elif found.kind == "text":
            terms = {} if self.sentences else tfidf.learn([_text(value) for value in values])
            self.facts.append({**about, "kind": "sentences" if self.sentences else "text", **terms})

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
        """Encode for linear models and networks [N,D]: values about as large as 1, missing ones 0 with an indicator."""
        if not self.facts:
            raise PippinError("Nothing was learned yet; train first.")
        rows = [positions(row, self.names) for row in rows]
        return np.hstack([self._dense(facts, [row.get(facts["name"]) for row in rows]) for facts in self.facts])

    def _dense(self, facts: Facts, values: Sequence[Value]) -> Array:
        match facts["kind"]:
            case "number":
                return _standardised(facts, _numbers(values, facts.get("form", ".")))
            case "date":
                return _standardised(facts, _numbers(_calendar(values, facts["form"], facts["part"])))
            case "category":
                known = facts["values"]
                order = {value: index for index, value in enumerate(known)}
                places = [order.get(_category_text(value, order), -1) for value in values]
                return np.eye(len(known) + 1, dtype=np.float32)[places][:, : len(known)]
            case "text":
                return tfidf.counted([_text(value) for value in values], facts)
        return cast(Array, self.sentences([_text(value) for value in values]))

    def unfit(self, row: Row) -> tuple[tuple[str, ...], bool]:
        """Return sentences on values that do not fit their column and count as missing; and whether any value fits."""
        row = positions(row, self.names)
        by_name = {str(facts["name"]): facts for facts in self.facts}
        present = {name: value for name in by_name if (value := row.get(name)) is not None}
        odd = [said for name, value in present.items() if (said := _misfit(by_name[name], value))]
        others = self.facts[0].get("others", ()) if self.facts else ()
        told = (*(f"{said}; taken as missing" for said in odd), *check_row(row, self.names, others))
        return told, len(odd) < len(present)

    def trees(self, rows: Sequence[Row]) -> Array:
        """Encode for trees [N,D]: numbers as they are, categories in order of their frequency, missing values NaN."""
        rows = [positions(row, self.names) for row in rows]
        return np.hstack([self._trees(facts, [row.get(facts["name"]) for row in rows]) for facts in self.facts])

    def _trees(self, facts: Facts, values: Sequence[Value]) -> Array:
        match facts["kind"]:
            case "number":
                return _numbers(values, facts.get("form", "."))[:, None]
            case "date":
                return _numbers(_calendar(values, facts["form"], facts["part"]))[:, None]
            case "category":
                order = {value: float(index) for index, value in enumerate(facts["values"])}
                return np.array([[order.get(_category_text(value, order), np.nan)] for value in values], np.float32)
            case "text":
                return tfidf.counted([_text(value) for value in values], facts)[:, :TREE_TERMS]
        return self._dense(facts, values)


def _width(facts: Facts) -> int:
    """Return how many columns of `dense` a column takes."""
    match facts["kind"]:
        case "category":
            return len(facts["values"])
        case "text":
            return len(facts["terms"])
        case "sentences":
            return SENTENCE_WIDTH
    return 3 if facts["gaps"] else 2


def _misfit(facts: Facts, value: Value) -> str | None:
    """Return why its column has no use for a present value, if so."""
    name = facts["name"]
    match facts["kind"]:
        case "number" if np.isnan(_number_or_nan(value, facts.get("form", "."))):
            return f"{value!r} in {name} is no number"
        case "date" if parse_moment(as_text(value), _order(facts["form"])) is None:
            return f"{value!r} in {name} is no {'time' if facts['form'] == TIME_ONLY else 'date'} that can be read"
        case "category" if _category_text(value, facts["values"]) not in facts["values"]:
            if facts.get("rare"):
                return (
                    f"{value!r} in {name} is not among its {len(facts['values'])} commonest values, which are learned"
                )
            return f"{value!r} in {name} was not among the values to learn from"
    return None


def _numbers(values: Sequence[Value], decimal: str = ".") -> Array:
    """Return numbers [N], read with this decimal mark; NaN for what is none."""
    return np.array([_number_or_nan(value, decimal) for value in values], np.float32)


def _number_or_nan(value: Value, decimal: str = ".") -> float:
    if isinstance(value, str):
        value = parse_number(" ".join(value.split()), decimal or ".")
    return float(np.clip(float(value), -1e30, 1e30)) if value is not None else np.nan


def _category_text(value: Value, known: Collection[str]) -> str:
    """Return a category as the column writes it: spaces aside, in a known one's case if only that differs."""
    text = "None" if value is None else " ".join(as_text(value).split())
    if text in known or value is None:
        return text
    alike = [other for other in known if other.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else text


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _order(form: str) -> str:
    """Return the order of day and month for a column's form, also in models of before ("%m/%d/%Y")."""
    return "mdy" if form in ("mdy", "%m/%d/%Y") else "dmy"


def _parts_of(values: Sequence[Value], form: str) -> tuple[str, ...]:
    """Return the parts taken of dates: days, month and weekday, and hour and minute where there are times."""
    if form == TIME_ONLY:
        return TIME_PARTS
    moments = [parse_moment(as_text(value), _order(form)) for value in values if value is not None]
    timed = any(moment is not None and (moment.hour or moment.minute) for moment in moments)
    if not timed and all(moment is None or moment.day == 1 for moment in moments):
        return DATE_PARTS[:2]  # months or quarters: their weekday tells nothing
    return DATE_PARTS + TIME_PARTS if timed else DATE_PARTS


def _calendar(values: Sequence[Value], form: str, part: str) -> list[Value]:
    take: dict[str, Callable[[datetime], float]] = {
        "days": lambda moment: (moment.date() - BEGINNING).days,
        "month": lambda moment: moment.month,
        "weekday": date.weekday,
        "hour": lambda moment: moment.hour + moment.minute / 60 + moment.second / 3600,
        "minute": lambda moment: moment.minute + moment.second / 60,
    }
    moments = (None if value is None else parse_moment(as_text(value), _order(form)) for value in values)
    return [None if moment is None else float(take[part](moment)) for moment in moments]


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
    """Return distance from the mean, rank in the training data (-1 to 1), and whether it is missing, if any was."""
    missing = np.isnan(numbers)
    filled = np.where(missing, facts["mean"], numbers)
    z = ((filled - facts["mean"]) / facts["scale"]).clip(-FARTHEST, FARTHEST)
    rank = np.interp(filled, facts["quantiles"], np.linspace(-1, 1, len(facts["quantiles"])))
    columns = [z, np.where(missing, 0.0, rank)] + ([missing] if facts["gaps"] else [])
    return np.stack(columns, axis=1).astype(np.float32)


def _category(values: Sequence[Value]) -> dict[str, Any]:
    """Return the most frequent values, a missing one being a value like others."""
    counts = Counter(_category_text(value, ()) for value in values)
    rare = {"rare": len(counts) - MAX_VALUES} if len(counts) > MAX_VALUES else {}
    return {"values": [value for value, _ in counts.most_common(MAX_VALUES)], **rare}

"""What each column of a table holds, found by its values or told by the user, with a sentence that says why."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from pippin.apps.tables.date_text import ORDERS, TIME_ONLY, date_order, is_clock, is_season, parse_moment
from pippin.apps.tables.headings import MISSING
from pippin.apps.tables.number_text import (
    common_unit,
    decimal_mark,
    find_missing_code,
    is_ambiguous,
    is_decorated,
    mixed_units,
    parse_number,
)
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize

Value = float | str | None

LEFT_OUT = "left out"  # in types that a model keeps: not learned from
KINDS = ("number", "category", "date", "text", "id", "empty")
MAX_ODD = 0.05  # share of values that may not be what the others are; they count as missing
MAX_VALUES = 40  # of a category that count each for itself
MIN_WORDS = 3.0  # from this mean number of words on strings are text
MIN_DISTINCT = 0.5  # texts repeat less often
MIN_IDS = 20  # rows from which a column can be seen to name them
NAMELESS = "unnamed: 0"  # what a column without a name is judged as
_FORMS = {"comma": ",", "point": ".", "day-first": "dmy", "month-first": "mdy", TIME_ONLY: TIME_ONLY}
_ID_NAME = re.compile(r"(.*[\W_])?(id|ids|uuid|guid|index|key|nr|no|number|rowid)|.*[a-z]I[dD]|unnamed: \d+", re.ASCII)


class ColumnType(NamedTuple):
    """A kind of KINDS, its `form` (a number's decimal mark, a date's order or "time"), why, and what else to tell."""

    kind: str
    form: str = ""
    why: str = ""
    note: str = ""


def infer_types(columns: Mapping[str, Sequence[Value]], given: str = "") -> dict[str, ColumnType]:
    """Return the type of every column; `given` are those a user told, as in "zip=category, price=number comma"."""
    told = parse_types(given)
    if unknown := [name for name in told if name not in columns and not given.lstrip().startswith("{")]:
        raise PippinError(f"There is no column {unknown[0]!r} to give a type to.", input=unknown[0])
    comma = _settled_comma(columns.values())
    indexes = _nameless(columns)
    return {
        name: _check_given_type(told[name], column)
        if name in told
        else infer_type(column, NAMELESS if name in indexes else name, comma=comma)
        for name, column in columns.items()
    }


def _nameless(columns: Iterable[str]) -> list[str]:
    """Return columns the file gave no name though others have one, as pandas writes its index."""
    nameless = [name for name in columns if re.fullmatch(r"column \d+", name)]
    return nameless if len(nameless) < len(list(columns)) else []


def parse_types(text: str) -> dict[str, ColumnType]:
    """Parse types as a user writes them ("zip=category, at=date month-first") or as `write_types` does."""
    if text.lstrip().startswith("{"):
        try:
            found = {str(name): ColumnType(*map(str, own[:2])) for name, own in json.loads(text).items()}
            if odd := [own.kind for own in found.values() if own.kind not in (*KINDS, LEFT_OUT)]:
                raise ValueError(odd[0])
            return found
        except (ValueError, TypeError, AttributeError, KeyError) as problem:
            raise PippinError(f"{text[:40]!r} tells no types; write 'zip=category, price=number'.") from problem
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, kind = (piece.strip() for piece in part.rpartition("="))
        word, _, form = kind.partition(" ")
        if not sign or word not in KINDS[:5] or (form and form not in _FORMS):
            message = f"{part!r} tells no type; write COLUMN=KIND, with number (comma), category, date (day-first,"
            raise PippinError(f"{message} month-first), text or id, as in 'zip=category, price=number'.", input=part)
        found[name] = ColumnType(word, _FORMS.get(form, ""))
    return found


def write_types(types: Mapping[str, ColumnType]) -> str:
    """Write types as one JSON text that `parse_types` reads."""
    return json.dumps({name: [found.kind, found.form] for name, found in types.items()}, ensure_ascii=False)


def infer_type(values: Sequence[Value], name: str = "", *, comma: bool = False) -> ColumnType:
    """Return the type of one column; with `comma`, 1.234 is read as the rest of the table is, with a decimal comma."""
    texts = [" ".join(as_text(value).split()) for value in values if value is not None]
    present = [text for text in texts if text.lower() not in MISSING]
    if not present:
        return ColumnType("empty", why="it holds no values")
    if all(re.fullmatch(r"(19|20)\d{6}", text) for text in present) and (found := _date(present)):
        return found
    found = _number(present, comma=comma) or _date(present) or _words(present)
    if found.kind != "date" and (why := _names_rows(present, name, found.kind)):
        return found._replace(kind="id", why=why)
    return found


def _check_given_type(told: ColumnType, column: Sequence[Value]) -> ColumnType:
    """Return a type the user gave; its form, where not given too, by the values."""
    texts = [as_text(value).strip() for value in column if value is not None]
    form = told.form
    if told.kind == "number" and len(form) < 2:
        unit = common_unit(texts)
        form = (form or decimal_mark([text.removesuffix(unit) for text in texts])[0]) + unit
    if told.kind == "date" and not form:
        form = TIME_ONLY if texts and all(map(is_clock, texts)) else date_order(texts)[0]
    return ColumnType(told.kind, form, "told so")


def _settled_comma(columns: Iterable[Sequence[Value]]) -> bool:
    """Return whether the columns that settle their decimal mark all settle it as a comma."""
    marks = set()
    for column in columns:
        texts = [value.strip() for value in column if isinstance(value, str)]
        numbers = [text for text in texts[:2000] if parse_number(text, ",") is not None]
        if texts and len(numbers) > 0.5 * len(texts[:2000]):
            mark, settled = decimal_mark(numbers)
            marks |= {mark} if settled else set()
    return marks == {","}


def _number(present: Sequence[str], *, comma: bool) -> ColumnType | None:
    unit = common_unit(present)
    bare = [text.removesuffix(unit).rstrip() for text in present] if unit else present
    mark, settled = decimal_mark(bare)
    if not settled and comma:
        mark = ","
    mark += unit
    numbers = [parse_number(text, mark) for text in present]
    read = [number for number in numbers if number is not None]
    if len(read) < (1 - MAX_ODD) * len(present):
        return None
    lengths = {len(text) for text in present}
    coded = len(lengths) == 1 and all(text.isdigit() for text in present)
    if coded and max(lengths) > 1 and (code := next((text for text in present if text[0] == "0"), "")):
        return ColumnType("category", why=f"codes that begin with 0, such as {code!r}")
    why = f"numbers from {min(read):g} to {max(read):g}"
    odd = [text for text, number in zip(present, numbers, strict=True) if number is None]
    notes = []
    if decorated := next((text for text in present if is_decorated(text) and parse_number(text, mark) is not None), ""):
        why += f" ({decorated!r} is {parse_number(decorated, mark):g})"
        notes.append(f"is read as numbers: {decorated!r} is {parse_number(decorated, mark):g}")
    if not settled and (unclear := next(filter(is_ambiguous, bare), "")) and ("," in unclear or comma):
        notes.append(f"may have another decimal mark: {unclear!r} is read as {parse_number(unclear, mark):g}")
    if all(re.fullmatch(r"9[5-9]\d{10}|[1-3]\d{12}", text) for text in present):
        days = [str(datetime.fromtimestamp(one / 1000, UTC).date()) for one in (min(read), max(read))]
        notes.append(f"may be milliseconds since 1970 ({days[0]} to {days[1]}): write dates to learn from their days")
    if far := find_missing_code(read):
        count, others = read.count(far), [one for one in read if one != far]
        notes.append(
            f"holds {far:g} {pluralize(count, 'time')}, far from all others ({min(others):g} to {max(others):g}): "
            "if it stands for a missing value, empty those cells"
        )
    if odd:
        what = "is no number" if len(odd) == 1 else "are no numbers"
        notes.append(f"has {pluralize(len(odd), 'value')} that {what}, such as {odd[0]!r}: taken as missing")
    return ColumnType("number", mark, why, "; ".join(dict.fromkeys(notes)))


def _date(present: Sequence[str]) -> ColumnType | None:
    if not any(parse_moment(text, order) for text in present[:50] for order in ORDERS):
        return None
    order, settled = date_order(present)
    read = sum(parse_moment(text, order) is not None for text in present)
    if read < (1 - MAX_ODD) * len(present):
        return None
    if len(set(present)) > 2 and all(map(is_season, present)):
        return None
    if all(map(is_clock, present)):
        return ColumnType("date", TIME_ONLY, f"times of day, such as {present[0]!r}")
    notes = [f"holds dates: taken as {_parts_taken(present, order)}"]
    if not settled:
        shown = next((text for text in present if re.match(r"\d{1,2}[-/]\d", text)), present[0])
        as_read = parse_moment(shown, order)
        notes.append(f"{shown!r} is read as {as_read:%d %B %Y}; --types 'NAME=date day-first' reads it otherwise")
    if read < len(present):
        odd = next(text for text in present if parse_moment(text, order) is None)
        notes.append(f"{pluralize(len(present) - read, 'value')} that are no dates, such as {odd!r}, taken as missing")
    shapes = Counter(re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "A", text)) for text in present)
    if len(shapes) > 1:
        notes.append("written in several forms")
    return ColumnType("date", order, f"dates, such as {present[0]!r}", "; ".join(notes))


def _parts_taken(present: Iterable[str], order: str) -> str:
    """Name the parts of dates that are learned from: no time of day at midnight alone, no weekday of months alone."""
    moments = [moment for text in present if (moment := parse_moment(text, order)) is not None]
    timed = any(moment.hour or moment.minute for moment in moments)
    if not timed and all(moment.day == 1 for moment in moments):
        return "days and months"
    return "days, months and weekdays" + (", hours and minutes" if timed else "")


def _words(present: Sequence[str]) -> ColumnType:
    words = sum(len(text.split()) for text in present) / len(present)
    counts = Counter(present)
    if words >= MIN_WORDS and len(counts) > MIN_DISTINCT * len(present):
        return ColumnType("text", why=f"texts of {words:.0f} words on average")
    shown = ", ".join(repr(value[:30]) for value, _ in counts.most_common(3))
    numbers = sum(parse_number(text) is not None for text in present)
    notes = [f"holds {pluralize(numbers, 'number')} among words: taken as categories"] if numbers else []
    if units := mixed_units(present):
        notes.append(f"holds numbers in several units ({', '.join(units[:4])}): taken as categories; write it in one")
    if len(counts) > MAX_VALUES:
        share = sum(count for _, count in counts.most_common(MAX_VALUES)) / len(present)
        what = f"the {MAX_VALUES} commonest, in {share:.0%} of the rows, are learned from"
        notes.append(f"has {len(counts)} different values: {what}")
    note = "; ".join(notes)
    return ColumnType("category", why=f"{pluralize(len(counts), 'different value')}: {shown}", note=note)


def _names_rows(present: Sequence[str], name: str, kind: str) -> str:
    """Return why a column only identifies rows, or "": it counts them, or has a short text of its own for each."""
    if len(present) < MIN_IDS or len(set(present)) < 0.98 * len(present):
        return ""
    if kind == "number":
        numbers = [number for text in present if (number := parse_number(text)) is not None and number.is_integer()]
        if len(set(numbers)) < len(present):
            return ""
        named = not name or _ID_NAME.fullmatch(name) or _ID_NAME.fullmatch(name.lower())
        steps = {after - before for before, after in pairwise(numbers)}
        if steps == {1.0} and (named or (numbers[0] in (0, 1) and all(map(str.isdigit, present)))):
            return "it counts the rows"
        if not name or not named:
            return ""
        return f"no two rows are alike, and {'it has no name' if name == NAMELESS else 'its name says so'}"
    single = kind == "category" and sum(len(text.split()) for text in present) < 2 * len(present)
    return "no two rows are alike" if single else ""


def as_text(value: Value) -> str:
    """Return a value as it would be written: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def case_variants(values: Iterable[str]) -> list[str]:
    """Return values that differ from others in case alone, as yes, Yes and YES."""
    spelt: dict[str, set[str]] = {}
    for value in values:
        spelt.setdefault(value.casefold(), set()).add(value)
    return next((sorted(ways) for ways in spelt.values() if len(ways) > 1), [])

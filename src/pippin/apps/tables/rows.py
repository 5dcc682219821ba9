"""Rows as inputs: of a file, of JSON, of Python's values and of data frames."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pippin.apps.tables.table_reader import Row, read
from pippin.core.errors import PippinError
from pippin.core.inputs import Record

_ROW_OF = re.compile(r"(?P<path>.+):(?P<row>\d+)")


def records(argument: Any) -> list[Record]:
    """Return handles for what `argument` names: the rows of a file, one of them (FILE:5), or values of JSON or Python.

    Python's values are a mapping, a list of mappings, a frame of pandas or polars, or a NumPy array, whose columns
    are then called column 1 and so on.
    """
    if isinstance(argument, str | Path) and not str(argument).lstrip().startswith(("{", "[{")):
        return _of_file(str(argument))
    if isinstance(argument, str) and argument.lstrip().startswith("["):
        argument = _parsed(argument)
    if isinstance(argument, Record | str | Mapping):
        item = Record.of(_plain_row(argument) if isinstance(argument, Mapping) else argument)
        values(item)
        return [item]
    rows = _python_rows(argument)
    if rows is None:
        raise PippinError(
            "Give rows as a file, JSON, mappings, a data frame or an array.", input=type(argument).__name__
        )
    return [record(row, f"row {number}") for number, row in enumerate(rows, 1)]


def to_file(rows: Any) -> tuple[str, bytes]:
    """Return rows of Python (a frame, an array, mappings) as the name and bytes of a file of JSON lines."""
    if isinstance(rows, Mapping):
        rows = [rows]
    lines = [json.dumps(values(item), ensure_ascii=False) for item in records(rows)]
    return "rows.jsonl", ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def _of_file(argument: str) -> list[Record]:
    """Return the rows of a file, each named FILE:ROW; only that row where the argument is FILE:ROW itself."""
    match = None if Path(argument).exists() else _ROW_OF.fullmatch(argument)
    path = match["path"] if match else argument
    rows = read(Path(path)).rows
    if not match:
        return [record(row, f"{path}:{number}") for number, row in rows]
    number = int(match["row"])
    if not 1 <= number <= len(rows):
        raise PippinError(f"{path} has no row {number}; it has rows 1 to {len(rows)}.", input=argument)
    return [record(rows[number - 1][1], argument)]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise PippinError(
            f"{text[:60]} is no JSON; write rows as {{...}} or [{{...}}, ...].", input=text[:60]
        ) from problem


def _python_rows(argument: Any) -> list[Row] | None:
    """Return the rows of a frame, an array or a list of mappings; None where it is none of them."""
    if hasattr(argument, "iter_rows") and hasattr(argument, "columns"):  # polars
        return [_plain_row(dict(zip(argument.columns, row, strict=True))) for row in argument.iter_rows()]
    if hasattr(argument, "itertuples") and hasattr(argument, "columns"):  # pandas
        names = list(map(str, argument.columns))
        return [_plain_row(dict(zip(names, row, strict=True))) for row in argument.itertuples(index=False, name=None)]
    if hasattr(argument, "tolist") and hasattr(argument, "ndim"):
        return _array_rows(argument)
    if isinstance(argument, Iterable) and not isinstance(argument, str | bytes):
        rows = list(argument)
        if rows and all(isinstance(row, Mapping) for row in rows):
            return [_plain_row(row) for row in rows]
    return None


def _array_rows(array: Any) -> list[Row]:
    """Return the rows of an array [N,D] or of one row [D]; those of a structured one by the names of its fields."""
    if array.dtype.names:
        return [_plain_row(dict(zip(array.dtype.names, row, strict=True))) for row in array.reshape(-1).tolist()]
    if array.ndim not in (1, 2):
        raise PippinError(f"An array of rows has 2 dimensions, not {array.ndim}.", input=array.shape)
    rows = array.tolist() if array.ndim == 2 else [array.tolist()]
    return [_plain_row({f"column {index}": value for index, value in enumerate(row, 1)}) for row in rows]


def _plain_row(row: Mapping[Any, Any]) -> Row:
    """Return a row of plain values: NumPy's numbers as Python's, what is missing as None, dates and others as text."""
    return {str(name): _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if value is None or isinstance(value, str | bool | Mapping | list):
        return value
    if isinstance(value, int | float):
        return None if isinstance(value, float) and math.isnan(value) else value
    text = str(value)
    return None if text in ("NaT", "<NA>", "nan") else text


def values(item: Any) -> Row:
    """Return the named values of a record as they are written, None where nothing is; PippinError where it is none."""
    try:
        found = json.loads(item.read())
        plain = all(value is None or isinstance(value, str | int | float) for value in found.values())
    except (ValueError, AttributeError, RecursionError) as problem:
        message = f'{item.name} is no row; write it as JSON, as in {{"weight": 120, "colour": "red"}}'
        raise PippinError(f"{message}, or name a CSV file.", input=item.name) from problem
    if not plain:
        raise PippinError(f"{item.name} holds more than numbers and texts; give one value for each name.")
    return {name: _written(value) for name, value in found.items()}


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return (value.strip() or None) if isinstance(value, str) else value


def record(row: Mapping[str, Any], name: str) -> Record:
    """Return a row as an input."""
    text, ordered = json.dumps(row), json.dumps(row, sort_keys=True)
    item = Record(content=text.encode(), name=name, media_type="application/json")
    item.__dict__["_digest"] = hashlib.sha256(ordered.encode()).hexdigest()  # what it would find by parsing the text
    return item


def positions(row: Row, columns: Sequence[str]) -> Row:
    """Return a row whose names are positions (column 1, ...), under the names of as many known columns."""
    if len(row) != len(columns) or any(name in columns for name in row):
        return row
    names = [f"column {index}" for index in range(1, len(columns) + 1)]
    return dict(zip(columns, (row[name] for name in names), strict=True)) if list(row) == names else row

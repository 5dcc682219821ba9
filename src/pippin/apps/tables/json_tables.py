"""JSON and JSON lines as columns and rows of text, every number as it is written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pippin.core.errors import PippinError

Cells = list[str | None]
SHAPES = 'a list of rows, as in [{"weight": 120, "colour": "red"}], or one row a line'


def objects(text: str, path: str) -> tuple[list[str], list[Cells]] | None:
    """Return columns and rows of a JSON text; None where it is no JSON, PippinError where it is no table."""
    start = text.lstrip()[:1]
    if not start or start not in "[{":
        return None
    found = _parsed(text)
    if found is None:
        return None
    rows = _rows(found)
    if rows is None:
        raise PippinError(f"{path} is JSON, but no table; write {SHAPES}.", input=path)
    flat = [dict(_flat(row)) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return columns, [[row.get(name) for name in columns] for row in flat]


def _parsed(text: str) -> Any:
    """Return the value of a JSON text, or the list of those of its lines; None where it is neither."""
    try:
        return _loads(text)
    except (ValueError, RecursionError):
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [_loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _rows(found: Any) -> list[Mapping[str, Any]] | None:
    """Return rows of the usual shapes: a list of objects or of lists, columns of values, what pandas writes."""
    if isinstance(found, Mapping):
        return _columns(found)
    if not isinstance(found, list) or not found:
        return None
    if all(isinstance(row, Mapping) for row in found):
        return found
    if all(isinstance(row, list) for row in found):
        names, *rest = found
        if rest and all(isinstance(name, str) for name in names) and all(len(row) == len(names) for row in rest):
            return [dict(zip(names, row, strict=True)) for row in rest]
    return None


def _columns(found: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    if isinstance(found.get("columns"), list) and isinstance(found.get("data"), list):
        names, rows = found["columns"], found["data"]
        if all(isinstance(row, list) and len(row) == len(names) for row in rows):
            return [dict(zip(map(str, names), row, strict=True)) for row in rows]
    held = list(found.values())
    if held and all(isinstance(column, Mapping) for column in held):
        keys = dict.fromkeys(key for column in held for key in column)
        return [{name: column.get(key) for name, column in found.items()} for key in keys]
    if held and all(isinstance(column, list) for column in held) and len({len(column) for column in held}) == 1:
        if len(held) == 1 and (rows := _rows(held[0])):
            return rows
        return [dict(zip(found, values, strict=True)) for values in zip(*held, strict=True)]
    lists = [column for column in held if isinstance(column, list)]
    if len(lists) == 1:
        return _rows(lists[0])
    return None if lists else [found]


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    """Yield names and texts of a row; what lies within a value is named "outer.inner", a list is kept as JSON."""
    for name, value in row.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(value)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return json.dumps(value)
    return str(value).strip() or None

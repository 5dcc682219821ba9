"""Delimited text, whatever its dialect, as named rows of plain values: numbers, strings, or nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pippin.core.errors import PippinError
from pippin.core.kinds import Input

Value = float | str | None
Row = dict[str, Value]

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
LONGEST_NAME = 40  # characters and words of a column's name; what is longer is content
MOST_WORDS = 5
_COMMA = re.compile(r"[-+]?\d+,\d+")


class Read(NamedTuple):
    """Rows by their number, the columns in order, notes, and (number, why) of rows that were left out."""

    rows: list[tuple[int, Row]]
    columns: list[str]
    notes: list[str]
    skipped: list[tuple[int, str]]


def read(path: Path) -> Read:
    """The table in a file; PippinError where it is none."""
    notes: list[str] = []
    text = _text(path, notes)
    delimiter = _delimiter(text)
    try:
        lines = [cells for cells in _cells(text, delimiter) if any(map(str.strip, cells))]
    except csv.Error as problem:
        raise PippinError(f"{path} is no table: {problem}; give a CSV or TSV file.", input=path) from problem
    if not lines or len(lines[0]) < 2:
        raise PippinError(f"{path} has no columns; give a CSV or TSV file with a label column.", input=path)
    columns, start = _columns(lines[0], notes)
    rows, skipped = [], []
    for number, cells in enumerate(lines[start:], start + 1):
        if len(cells) != len(columns):
            skipped.append((number, f"it has {len(cells)} cells, not {len(columns)}"))
            continue
        rows.append((number, {name: value(cell, delimiter) for name, cell in zip(columns, cells, strict=True)}))
    if not rows:
        raise PippinError(f"{path} has no rows; give a table with some.", input=path)
    return Read(rows, columns, notes, skipped)


def value(cell: str, delimiter: str = ",") -> Value:
    """A cell as a number, a text without space around it, or None where it is empty."""
    cell = cell.strip()
    if cell.lower() in MISSING:
        return None
    number = cell.replace(",", ".") if delimiter == ";" and _COMMA.fullmatch(cell) else cell
    try:
        found = float(number)
    except ValueError:
        return cell
    # "inf", "1_000" and digits of other scripts are no numbers anyone wrote down as such.
    return found if re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", number, re.IGNORECASE | re.ASCII) else cell


def _text(path: Path, notes: list[str]) -> str:
    content = Input.of(path).read()
    if b"\0" in content[:4096]:
        raise PippinError(f"{path} is no text; give a CSV or TSV file (save a spreadsheet as CSV).", input=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("The file is not UTF-8; it was read as Latin-1, so look whether its letters are right.")
        return content.decode("latin-1")


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    # Tab-separated text often has quotation marks that quote nothing: one alone in a line gives that away.
    plain = delimiter == "\t" and any(line.count('"') % 2 for line in text.split("\n"))
    lines = io.StringIO(text, newline="")
    if plain:
        return iter(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))
    return iter(csv.reader(lines, delimiter=delimiter))


def _delimiter(text: str) -> str:
    """Which of comma, semicolon, tab and bar cuts most of the first lines into equally many cells."""

    def evenness(delimiter: str) -> tuple[int, int]:
        cells = [len(row) for row in islice(_cells(text[:20_000], delimiter), 50)]
        usual = max(set(cells), key=cells.count) if cells else 1
        return (cells.count(usual) if usual > 1 else 0, usual)

    try:
        return max("\t;,|", key=evenness)
    except csv.Error:
        return ","


def _columns(first: list[str], notes: list[str]) -> tuple[list[str], int]:
    """The columns' names, and the row the content begins with: 0 where the first row is content already."""
    names = [cell.strip() for cell in first]
    short = all(0 < len(name) <= LONGEST_NAME and len(name.split()) <= MOST_WORDS for name in names)
    if short and len(set(names)) == len(names) and not any(isinstance(value(name), float) for name in names):
        return names, 1
    if all(names) and len(set(names)) < len(names) and not any(isinstance(value(name), float) for name in names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PippinError(f"Two columns are called {twice!r}; rename one.", input=twice)
    notes.append(f"The first row is no heading; the columns are called column 1 to column {len(names)}.")
    return [f"column {number}" for number in range(1, len(names) + 1)], 0

"""A file of any kind as named rows of text: CSV in any dialect, JSON, JSON lines, parquet, Excel; also packed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pippin.apps.tables import json_tables, packed_tables
from pippin.apps.tables.csv_dialect import split
from pippin.apps.tables.csv_records import Records, records
from pippin.apps.tables.encodings import decode
from pippin.apps.tables.headings import heading_rows
from pippin.apps.tables.size_limits import require_lines
from pippin.apps.tables.unpacking import name_kind, unpack
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.formatting import pluralize

Value = float | str | None
Row = dict[str, Value]

MAX_TOLD = 5  # lines named in a note
_TOTAL = re.compile(
    r"((grand|sub)[ -]?)?totals?:?|sums?:?|(average|mean):?|(gesamt|summe|insgesamt|somme|totale|suma):?",
    re.IGNORECASE,
)
FORMATS_READ = "give a CSV, TSV, JSON, JSON lines, parquet or Excel file"


class Read(NamedTuple):
    """Rows by their number (from 1), the columns in order, notes, and (line, why) of lines that were left out.

    Values are texts as they were written, or None where nothing was. `heading` says whether the names are the file's.
    """

    rows: list[tuple[int, Row]]
    columns: list[str]
    notes: list[str]
    skipped: list[tuple[int, str]]
    heading: bool = True


def read(source: Path | Input) -> Read:
    """Return the table in a file; PippinError where it is none. A table may have no rows."""
    item = Input.of(source)
    path = item.name
    content = unpack(item.read(), path)
    if packed_tables.is_parquet(content):
        return _named(packed_tables.parquet(path, content), [])
    if packed_tables.is_workbook(content):
        notes: list[str] = []
        return _table(Records(rows=packed_tables.workbook(path, content, notes), notes=notes))
    if kind := name_kind(content):
        raise PippinError(f"{path} is {kind}, which is not read; {FORMATS_READ}.", input=path)
    require_lines(path, content)
    decoded = decode(content)
    if decoded is None:
        raise PippinError(f"{path} is no text and no table known here; {FORMATS_READ}.", input=path)
    text, encoding = decoded
    notes = _about_encoding(encoding)
    if (objects := json_tables.objects(text, path)) is not None:
        return _named(objects, notes)
    found = records(text)
    found.notes[:0] = notes
    return _table(found)


def _about_encoding(encoding: str) -> list[str]:
    if encoding == "utf-8" or encoding.startswith("utf-"):
        return []
    name = {"cp1252": "Windows-1252", "cp1251": "Windows-1251", "latin-1": "Latin-1"}[encoding]
    return [f"The file is not UTF-8; it was read as {name}: look whether its letters are right, else save it as UTF-8."]


def _named(found: tuple[list[str], list[list[str | None]]], notes: list[str]) -> Read:
    """Return a table whose columns have names of their own."""
    columns, cells = found
    names = _distinct(columns, notes)
    rows: list[tuple[int, Row]] = [(number, dict(zip(names, own, strict=True))) for number, own in enumerate(cells, 1)]
    return Read(rows, names, notes, [])


def _table(found: Records) -> Read:
    """Return the table of rows of cells: its heading found, nameless empty columns left out."""
    notes = found.notes
    cells = [row for _, row in found.rows]
    if not cells:
        return Read([], [], notes, found.skipped, heading=False)
    above = _names_above(found, cells) or _names_in_comment(found, cells)
    count = 0 if above else heading_rows(cells)
    names = above or [" ".join(filter(None, parts)) for parts in zip(*cells[:count], strict=True)]
    heading = bool(names)
    if not heading:
        notes.append(f"No heading was found; the columns are called column 1 to column {len(cells[0])}.")
    names = names or [""] * len(cells[0])
    if count > 1:
        notes.append(f"The heading has {count} rows, which were joined.")
    kept_rows = _first_table(found.rows, count, notes)
    kept = [index for index, name in enumerate(names) if name or not heading or any(row[index] for _, row in kept_rows)]
    named = _distinct([names[index] or f"column {index + 1}" for index in kept], notes)
    if heading and any(not names[index] for index in kept):
        nameless = ", ".join(repr(name) for name, index in zip(named, kept, strict=True) if not names[index])
        notes.append(f"A column without a name is called {nameless}.")
    if heading:
        kept_rows = _without_total(kept_rows, found.skipped)
    _note_repairs(found, notes)
    rows: list[tuple[int, Row]] = [
        (number, {name: row[index] or None for name, index in zip(named, kept, strict=True)})
        for number, (_, row) in enumerate(kept_rows, 1)
    ]
    return Read(rows, named, notes, found.skipped, heading)


def _names_above(found: Records, cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the names where the heading's row is one cell shorter or longer than the others; [] where it is not."""
    if not found.head:
        return []
    _, last = found.head[-1]
    width = found.width
    if len(last) == width + 1 and not last[-1] and heading_rows([last[:-1], *cells]) == 1:
        found.head.pop()
        return last[:-1]
    if len(last) != width - 1 or not all(last):
        return []
    at_end = not any(row[-1] for row in cells)
    whole = [*last, ""] if at_end else ["", *last]
    if heading_rows([whole, *cells]) != 1:
        return []
    found.head.pop()
    return whole


def _names_in_comment(found: Records, cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the names in a comment right above a table without a heading ("#weight,colour"); [] without any."""
    names = split(found.comment, found.dialect).cells
    fitting = len(names) == found.width > 1 and not heading_rows(cells) and heading_rows([names, *cells]) == 1
    return names if fitting and all(names) else []


def _first_table(rows: Sequence[tuple[int, list[str]]], count: int, notes: list[str]) -> list[tuple[int, list[str]]]:
    """Return the rows below the heading; where it comes again, with the rows after it unless they repeat the same."""
    below = list(rows[count:])
    again = [index for index, (_, row) in enumerate(below) if count and row == rows[0][1]]
    if not again:
        return below
    first, line = below[: again[0]], below[again[0]][0]
    rest = [entry for entry in below[again[0] :] if entry[1] != rows[0][1]]
    known = Counter(tuple(row) for _, row in first)
    if sum(tuple(row) in known for _, row in rest) > 0.5 * len(rest):
        notes.append(f"From line {line} on the table comes again ({pluralize(len(rest), 'row')}), which is left out.")
        return first
    notes.append(f"The heading comes again in line {line}; the rows below it were joined to those above.")
    return first + rest


def _without_total(rows: list[tuple[int, list[str]]], skipped: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """Return the rows without a last one that sums them up: a word for it stands first, and nowhere above."""
    line, last = rows[-1] if len(rows) > 3 else (0, [])
    position = next((index for index, cell in enumerate(last) if cell), 0)
    if not last or not _TOTAL.fullmatch(last[position]) or any(row[position] == last[position] for _, row in rows[:-1]):
        return rows
    skipped.append((line, f"it sums the others up ({last[position]!r})"))
    return rows[:-1]


def _distinct(names: Sequence[str], notes: list[str]) -> list[str]:
    """Return names that occur once each: those that come again get a number."""
    taken: dict[str, int] = {}
    made = []
    for name in (" ".join(written.split()) for written in names):
        own, number = name, 1
        while own in taken or (number > 1 and own in names):
            number += 1
            own = f"{name} {number}"
        if own != name:
            notes.append(f"Another column is called {name!r}, too; it is named {own!r} here.")
        taken[own] = 1
        made.append(own)
    return made


def _note_repairs(found: Records, notes: list[str]) -> None:
    if found.head:
        notes.append(
            f"{pluralize(len(found.head), 'row')} before the table, from line {found.head[0][0]} on, left out."
        )
    if found.repaired:
        lines = ", ".join(map(str, found.repaired[:MAX_TOLD])) + (", ..." if len(found.repaired) > MAX_TOLD else "")
        notes.append(
            f"{pluralize(len(found.repaired), 'row')} broken by quotes or delimiters repaired by what the columns hold "
            f"elsewhere; look at line {lines}."
        )

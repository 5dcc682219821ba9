"""Parquet files, through DuckDB, and Excel's, through calamine, as columns and rows of text."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from typing import Any

from pippin.apps.tables.size_limits import require_rows, require_workbook
from pippin.core.errors import PippinError, missing_extra

EXTRA = "tables"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def is_parquet(content: bytes) -> bool:
    """Return whether bytes are a parquet file."""
    return content.startswith(b"PAR1")


def is_workbook(content: bytes) -> bool:
    """Return whether bytes are a workbook of Excel or LibreOffice."""
    return content.startswith((_ZIP, _OLE))


def parquet(path: str, content: bytes) -> tuple[list[str], list[list[str | None]]]:
    """Return columns and rows of a parquet file, every value as text."""
    from pippin.learn.duckdb_files import open_file

    try:
        import duckdb

        with open_file(content, ".parquet") as (connection, place):
            (count,) = connection.execute("SELECT count(*) FROM read_parquet(?)", [place]).fetchone() or (0,)
            described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [place]).fetchall()
            require_rows(path, count, max(len(described), 1))
            found = connection.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?)", [place])
            columns = [str(about[0]) for about in found.description]
            rows = [[_stripped(cell) for cell in row] for row in found.fetchall()]
            written = connection.execute("SELECT name FROM parquet_schema(?)", [place]).fetchall()[1:]
            # DuckDB renames columns that differ in case only; a file without nested columns has all names here.
            return [name for (name,) in written] if len(written) == len(columns) else columns, rows
    except ImportError as problem:
        raise missing_extra("duckdb", EXTRA, "Reading parquet files") from problem
    except duckdb.Error as problem:
        message = f"{path} is damaged or not a parquet file; copy or download it again."
        raise PippinError(message, input=path) from problem


def workbook(path: str, content: bytes, notes: list[str]) -> list[tuple[int, list[str]]]:
    """Return the rows of a workbook's first sheet that holds any, by their number; other sheets are told."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as problem:
        raise missing_extra("python-calamine", EXTRA, "Reading Excel files") from problem
    require_workbook(path, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, OSError, ValueError) as problem:
        raise PippinError(
            f"{path} is damaged or no workbook; copy it again, or save it as CSV.", input=path
        ) from problem
    filled = {name: rows for name, sheet in sheets.items() if (rows := _filled(sheet))}
    if not filled:
        return []
    first, *others = filled
    if others:
        notes.append(f"The sheet {first!r} was read; others are left out: {', '.join(map(repr, others))}.")
    return filled[first]


def _filled(sheet: list[list[Any]]) -> list[tuple[int, list[str]]]:
    """Return the rows of a sheet that hold something, without a title above them or empty columns at the sides."""
    rows = [(number, [_cell(value) for value in row]) for number, row in enumerate(sheet, 1)]
    rows = [(number, row) for number, row in rows if any(row)]
    while len(rows) > 2 and sum(map(bool, rows[0][1])) == 1 < max(sum(map(bool, row)) for _, row in rows[1:8]):
        rows.pop(0)
    used = [index for index in range(len(rows[0][1]) if rows else 0) if any(row[index] for _, row in rows)]
    return [(number, [row[index] for index in used]) for number, row in rows]


def _cell(value: Any) -> str:
    """Return a cell's value as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value)
    return str(value) if isinstance(value, date | time) else str(value).strip()


def _stripped(cell: str | None) -> str | None:
    return None if cell is None else cell.strip() or None

"""Limits on what a table's file may unfold to in memory, checked before it is read."""

from __future__ import annotations

import io
import zipfile

from pippin.core.errors import PippinError

MAX_ROWS = 5_000_000  # about 0.5 kB of memory each, and more for each cell
MAX_CELLS = 200_000_000
MAX_WORKBOOK = 1 << 29  # bytes of a workbook's unpacked sheets


def require_rows(path: str, rows: int, columns: int = 1) -> None:
    """Raise PippinError where a table has more rows or cells than fit into memory."""
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        message = f"{path} has {rows:,} rows; at most {min(MAX_ROWS, MAX_CELLS // columns):,} are read"
        raise PippinError(f"{message}. Give a part of it, such as a random sample.", input=path)


def require_lines(path: str, content: bytes) -> None:
    """Raise PippinError where text has more lines, or JSON more objects, than rows are read."""
    require_rows(path, max(content.count(b"\n"), content.count(b"{")))


def require_workbook(path: str, content: bytes) -> None:
    """Raise PippinError where a zipped workbook unpacks to more than `MAX_WORKBOOK` bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return  # an old format, or damaged, which its reader tells
    if size > MAX_WORKBOOK:
        message = f"{path} unpacks to {size:,} bytes; at most {MAX_WORKBOOK:,} are read"
        raise PippinError(f"{message}. Save the sheet as CSV, or give a part of it.", input=path)

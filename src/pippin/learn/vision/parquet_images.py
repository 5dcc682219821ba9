"""The images of a parquet file as inputs: one for each row, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Image

MAGIC = b"PAR1"
STRUCT_OF_BYTES = re.compile(r"STRUCT\((.*, )?\"?bytes\"? BLOB\b")  # as Hugging Face data sets store an image
_COLUMNS = "DESCRIBE SELECT * FROM read_parquet(?)"
_ROWS = 256  # read at a time


def is_parquet(path: Path) -> bool:
    """Return whether a file is a parquet file, by its first bytes."""
    try:
        with path.open("rb") as file:
            return path.is_file() and file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def parquet_images(path: Path) -> list[Image]:
    """Return an image for each row; one without bytes is empty, so that its answer says so.

    The images are read into memory. PippinError where there is not exactly one column of images.
    """
    try:
        import duckdb
    except ImportError as problem:
        raise missing_extra("duckdb", "recognize", "Reading parquet files") from problem
    try:
        contents = list(_contents(path))
    except (duckdb.Error, OSError, ValueError) as problem:
        message = f"{path} is damaged or not a parquet file; copy or download it again."
        raise PippinError(message, input=path) from problem
    if not contents:
        raise PippinError(f"{path} has no rows; give a parquet file with images.", input=path)
    return [Image(content=one or b"", name=f"{path} row {row}") for row, one in enumerate(contents, start=1)]


def _contents(path: Path) -> Iterator[bytes | None]:
    from pippin.learn.duckdb_files import open_file

    with open_file(path, ".parquet") as (connection, place):
        kinds = {name: str(kind) for name, kind, *_ in connection.execute(_COLUMNS, [place]).fetchall()}
        column = _image_column(path, kinds).replace('"', '""')
        result = connection.execute(f'SELECT "{column}" FROM read_parquet(?)', [place])
        while rows := result.fetchmany(_ROWS):
            yield from (_bytes(row[0]) for row in rows)


def _bytes(value: Any) -> bytes | None:
    return value.get("bytes") if isinstance(value, dict) else value


def _image_column(path: Path, kinds: dict[str, str]) -> str:
    """Return the name of the column that holds images."""
    found = [name for name, kind in kinds.items() if kind == "BLOB" or STRUCT_OF_BYTES.match(kind)]
    if len(found) != 1:
        what = "no column of images" if not found else f"{len(found)} columns of images ({', '.join(found)})"
        raise PippinError(
            f"{path} has {what}, and must have one, of bytes; leave only that one in the file.", input=path
        )
    return found[0]

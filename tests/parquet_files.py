"""Parquet files for tests, written by DuckDB from columns of plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb


def write_parquet_file(
    path: Path, columns: Mapping[str, Sequence[Any]], metadata: Mapping[str, str] | None = None
) -> None:
    """Write columns of equal length, with `metadata` (text by name) in the file's description."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f'unnest(${name}) AS "{name}"' for name in columns)
    told = ", ".join(f"{name}: '" + text.replace("'", "''") + "'" for name, text in (metadata or {}).items())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE written AS SELECT {names}", dict(columns))
        options = f", KV_METADATA {{{told}}}" if told else ""
        connection.execute(f"COPY written TO '{path.as_posix()}' (FORMAT parquet{options})")

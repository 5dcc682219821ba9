"""Read one file by DuckDB, shut off from everything else: no globs, addresses, extensions or files beside it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MAX_MEMORY = "1GB"
MAX_THREADS = 2


@contextmanager
def open_file(source: Path | bytes, suffix: str) -> Iterator[tuple[Any, str]]:
    """Yield a connection and the one path it may read, by which `source` is found under a plain name.

    `source` is a path, taken literally, or the file's bytes. Raises ImportError where DuckDB is not installed, and
    duckdb.Error where the file cannot be read.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
        path = Path(folder) / f"table{suffix}"
        _place(source, path)
        connection = duckdb.connect(":memory:", config=_config())
        try:
            quoted = path.as_posix().replace("'", "''")
            connection.execute(f"SET allowed_paths = ['{quoted}']")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection, path.as_posix()
        finally:
            connection.close()


def _place(source: Path | bytes, path: Path) -> None:
    """Place `source` at `path`: as a link, so that its own name is never seen, or as a copy."""
    if isinstance(source, bytes):
        path.write_bytes(source)
        return
    try:
        path.symlink_to(source.resolve(strict=True))
    except (NotImplementedError, PermissionError):  # Windows asks for a privilege
        shutil.copyfile(source, path)


def _config() -> dict[str, Any]:
    return {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": MAX_MEMORY,
        "threads": str(MAX_THREADS),
        "temp_directory": "",
    }

"""Removal of what caches keep of a user's inputs and data.

Every cache keeps to this: a file's name holds the first 32 hexadecimal digits of the digest of what it was made from, a
SQLite table the whole digest in a column `key`; what is made of a user's data as a whole lies in `own_cache`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from pippin.core.errors import PippinError, writing
from pippin.core.paths import cache_folder, home

DIGITS = 32  # of a digest, which file names in caches carry at least
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
MAX_COMPACTED = 64 * 2**20  # bytes of a database that is rewritten whole


def forget_derived(digests: Collection[str]) -> None:
    """Remove from all caches what was made from the inputs with these digests."""
    names = {digest[:DIGITS] for digest in digests}
    if names:
        _forget(lambda name: any(known in name for known in names), sorted(digests))


def forget_all_derived() -> None:
    """Remove from all caches what was made from any input."""
    _forget(lambda name: _DIGEST.search(name) is not None, None)


def own_cache(name: str) -> Path:
    """Return a cache folder for what is made of the data of this workspace alone."""
    return cache_folder() / name / _tag(home())


def forget_own_caches(folder: Path) -> None:
    """Remove all `own_cache` folders of the workspace in `folder`, and what was made from the files in them."""
    found = list(cache_folder().glob(f"*/{_tag(folder)}"))
    forget_derived(digests_below(found))
    for path in found:
        _remove(path)


def digests_below(paths: Iterable[Path]) -> set[str]:
    """Return the digests of these files, and of all files below these folders."""
    files = (file for path in paths for file in (path, *path.rglob("*")) if file.is_file())
    return {_digest(file) for file in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tag(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:DIGITS]


def _forget(is_named: Callable[[str], bool], keys: Sequence[str] | None) -> None:
    for path in cache_folder().glob("*/*"):
        if path.suffix == ".sqlite":
            _delete_rows(path, keys)
        elif is_named(path.name):
            _remove(path)


def _remove(path: Path) -> None:
    with writing(path):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _delete_rows(path: Path, keys: Sequence[str] | None) -> None:
    """Delete the rows of these keys (None: all), and overwrite the bytes they took up."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            with connection:
                count = sum(_delete_from(connection, table, keys) for table in _tables(connection))
            if count and path.stat().st_size < MAX_COMPACTED:  # split pages may hold copies of what was in them
                connection.execute("VACUUM")
            if count:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as problem:
        raise PippinError(
            f"Cannot remove what was taken back from the cache {path}: {problem}; remove that file.", input=path
        ) from problem


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Return the tables that have a column `key`."""
    query = (
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'key' WHERE m.type = 'table'"
    )
    return [name for (name,) in connection.execute(query)]


def _delete_from(connection: sqlite3.Connection, table: str, keys: Sequence[str] | None) -> int:
    quoted = '"' + table.replace('"', '""') + '"'
    if keys is None:
        return connection.execute(f"DELETE FROM {quoted}").rowcount
    return sum(connection.execute(f"DELETE FROM {quoted} WHERE key = ?", (key,)).rowcount for key in keys)

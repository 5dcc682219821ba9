"""Locks between processes that free themselves when their holder dies."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pippin.core.errors import PippinError, writing


@contextmanager
def lock(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file at `path` (its folder is created); `waiting` is called again and again until it is ours."""
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    # SQLite's own file lock works on every platform and ends with its process.
    with closing(_connected(path)) as connection:
        # Asked again and again, for SQLite's own way of waiting does not hear Ctrl-C.
        while not _begin(connection, path.parent):
            waiting()
            time.sleep(0.1)
        yield


def locked(path: Path) -> bool:
    """Return whether a process holds the lock file at `path` now."""
    if not path.exists():
        return False
    with closing(_connected(path)) as connection:
        return not _begin(connection, path.parent)


def _connected(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as problem:
        raise _unlockable(path.parent, problem) from problem


def _begin(connection: sqlite3.Connection, folder: Path) -> bool:
    """Return whether the lock is ours now; False while another holds it."""
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as problem:
        if "locked" in str(problem):
            return False
        raise _unlockable(folder, problem) from problem
    return True


def _unlockable(folder: Path, problem: Exception) -> PippinError:
    return PippinError(f"Cannot lock {folder}: {problem}; check the folder and the disk.", input=folder)

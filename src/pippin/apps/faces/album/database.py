"""The album: photographs, faces, people and what was said of them, in one SQLite file readable by its owner alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pippin.core.errors import PippinError, writing
from pippin.core.workspace import Workspace

FILE = "album.sqlite"
SCHEMA = """
CREATE TABLE IF NOT EXISTS folders (path TEXT PRIMARY KEY, consent REAL NOT NULL);
CREATE TABLE IF NOT EXISTS photographs (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, networks TEXT NOT NULL, width INTEGER NOT NULL,
    height INTEGER NOT NULL, orientation INTEGER NOT NULL, taken TEXT);
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, photograph INTEGER REFERENCES photographs(id) ON DELETE CASCADE, size INTEGER NOT NULL,
    modified INTEGER NOT NULL, problem TEXT);
CREATE INDEX IF NOT EXISTS files_by_photograph ON files(photograph);
CREATE TABLE IF NOT EXISTS faces (
    id INTEGER PRIMARY KEY AUTOINCREMENT, photograph INTEGER NOT NULL REFERENCES photographs(id) ON DELETE CASCADE,
    seconds REAL, x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL, score REAL NOT NULL,
    quality REAL NOT NULL, vector BLOB NOT NULL, thumbnail BLOB NOT NULL, drawn INTEGER NOT NULL DEFAULT 0,
    removed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS faces_by_photograph ON faces(photograph);
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hidden INTEGER NOT NULL DEFAULT 0,
    suggest INTEGER NOT NULL DEFAULT 1, part_of INTEGER REFERENCES people(id) ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS answers (
    face INTEGER NOT NULL REFERENCES faces(id) ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE, is_person INTEGER NOT NULL, created REAL NOT NULL,
    PRIMARY KEY (face, person));
CREATE INDEX IF NOT EXISTS answers_by_person ON answers(person);
CREATE TABLE IF NOT EXISTS separations (
    face INTEGER NOT NULL REFERENCES faces(id) ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES faces(id) ON DELETE CASCADE, PRIMARY KEY (face, other));
CREATE TABLE IF NOT EXISTS changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, created REAL NOT NULL, text TEXT NOT NULL, rows TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS written_names (
    photograph INTEGER NOT NULL, path TEXT NOT NULL, person INTEGER NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (photograph, person, name));
"""


def album_path(workspace: Workspace) -> Path:
    """Return where a workspace's album lies."""
    return workspace.home / "store" / "faces" / FILE


@contextmanager
def open_album(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """Yield a transaction on the album, kept whole or not at all; the file is made where there is none.

    What is deleted is overwritten. PippinError where the file cannot be used.
    """
    path = album_path(workspace)
    _make_private(path)
    try:
        with closing(_connect(path)) as connection, connection:
            yield connection
    except sqlite3.OperationalError as problem:  # says nothing against the file itself
        advice = (
            "another process is using it; try again in a moment"
            if "locked" in str(problem)
            else "make room on the disk, or check who may write there; what was kept is still there"
        )
        raise PippinError(f"Cannot use the album {path}: {problem}; {advice}.", input=path) from problem
    except sqlite3.Error as problem:
        raise PippinError(
            f"Cannot use the album {path}: {problem}; restore that file, or move it away to start again.", input=path
        ) from problem


def compact(workspace: Workspace) -> None:
    """Rewrite the album, so that no page keeps a copy of what was deleted."""
    with closing(_connect(album_path(workspace))) as connection:
        connection.execute("VACUUM")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'written_names'").fetchone():
        connection.executescript(SCHEMA)
    return connection


def _make_private(path: Path) -> None:
    """Make the album's folder and file so that no other user of this machine can read them."""
    if path.exists():
        return
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))

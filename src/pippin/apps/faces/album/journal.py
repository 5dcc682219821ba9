"""Changes to the album that can be taken back: every row as it was before."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import Any

KEYS: Mapping[str, Sequence[str]] = {
    "people": ("id",),
    "answers": ("face", "person"),
    "faces": ("id",),
    "separations": ("face", "other"),
}
MAX_CHANGES = 200
"""Kept, the newest."""


class Change:
    """One change that a person makes, in a transaction; `save` stores how it is taken back."""

    def __init__(self, album: sqlite3.Connection, text: str) -> None:
        self._album, self._text = album, text
        self._rows: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = []

    def write(self, table: str, key: Mapping[str, Any], **values: Any) -> None:
        """Set values of the row with this key, which is made where there is none."""
        before = _find(self._album, table, key)
        self._rows.append((table, dict(key), before))
        _put(self._album, table, {**(before or {}), **key, **values})

    def remove(self, table: str, key: Mapping[str, Any]) -> None:
        """Remove the row with this key."""
        before = _find(self._album, table, key)
        if before is not None:
            self._rows.append((table, dict(key), before))
            _delete(self._album, table, key)

    def make(self, table: str, **values: Any) -> int:
        """Make a row and return its id."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        made = self._album.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
        assert made.lastrowid is not None
        self._rows.append((table, {"id": made.lastrowid}, None))
        return made.lastrowid

    def add_made(self, table: str, id: int) -> None:
        """Count a row that was made elsewhere, so that it goes when the change is taken back."""
        self._rows.append((table, {"id": id}, None))

    def save(self) -> None:
        """Store how to take it back, where anything changed."""
        if not self._rows:
            return
        rows = json.dumps([[table, key, _to_json(before)] for table, key, before in self._rows])
        self._album.execute(
            "INSERT INTO changes (created, text, rows) VALUES (?, ?, ?)", (time.time(), self._text, rows)
        )
        self._album.execute("DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - ?", (MAX_CHANGES,))


def next_change(album: sqlite3.Connection) -> int:
    """Return the number that the next change will have; none is used twice."""
    found = album.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
    return int(found[0]) + 1 if found else 1


def last_change(album: sqlite3.Connection) -> int:
    """Return the number of the change that `revert_last` takes back, 0 where there is none."""
    return int(album.execute("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0])


def revert_last(album: sqlite3.Connection) -> str | None:
    """Take back the last change and return what it was, None where there is none."""
    last = album.execute("SELECT * FROM changes ORDER BY id DESC LIMIT 1").fetchone()
    if last is None:
        return None
    for table, key, before in reversed(json.loads(last["rows"])):
        if table not in KEYS:
            continue
        if before is None:
            _delete(album, table, key)
        else:
            _restore(album, table, key, _from_json(before))
    album.execute("DELETE FROM changes WHERE id = ?", (last["id"],))
    return str(last["text"])


def _find(album: sqlite3.Connection, table: str, key: Mapping[str, Any]) -> dict[str, Any] | None:
    found = album.execute(f"SELECT * FROM {table} WHERE {_where(key)}", tuple(key.values())).fetchone()
    return dict(found) if found else None


def _put(album: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Write a row whole, without deleting what refers to it."""
    key = KEYS[table]
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    sets = ", ".join(f"{name} = excluded.{name}" for name in values if name not in key)
    action = f"UPDATE SET {sets}" if sets else "NOTHING"
    album.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({', '.join(key)}) DO {action}",
        tuple(values.values()),
    )


def _restore(album: sqlite3.Connection, table: str, key: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Write a row as it was; one about a face or person that is gone stays gone."""
    owners = {
        "answers": (("face", "faces"), ("person", "people")),
        "separations": (("face", "faces"), ("other", "faces")),
    }
    gone = [
        name
        for name, owner in owners.get(table, ())
        if not album.execute(f"SELECT 1 FROM {owner} WHERE id = ?", (before[name],)).fetchone()
    ]
    if gone or (table == "faces" and _find(album, table, key) is None):
        return
    _put(album, table, before)


def _delete(album: sqlite3.Connection, table: str, key: Mapping[str, Any]) -> None:
    album.execute(f"DELETE FROM {table} WHERE {_where(key)}", tuple(key.values()))


def _where(key: Mapping[str, Any]) -> str:
    return " AND ".join(f"{name} = ?" for name in key)


def _to_json(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a row as JSON values, bytes as {"hex": ...}."""
    if row is None:
        return None
    return {name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in row.items()}


def _from_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for name, value in row.items()}

"""The assistant's database: what sources hold, indexed, and what the user keeps (basket, orders, reminders)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError, writing

VERSION = 1
SCHEMA = """
create table if not exists source(id integer primary key, address text unique, kind text, read real, notes text);
create table if not exists file(id integer primary key, source integer, path text, stamp text, kind text,
  low real, high real, notes text, writable integer);
create table if not exists event(file integer, uid text, summary text, start real, end real, first text, last text,
  all_day integer, location text, occurrence text);
create table if not exists record(file integer, kind text, json text);
create table if not exists value(name text primary key, json text);
create index if not exists event_start on event(start);
create index if not exists event_summary on event(summary);
create index if not exists event_uid on event(file, uid);
create index if not exists record_kind on record(kind);
"""


class Database:
    """A SQLite file; what is deleted is overwritten."""

    def __init__(self, path: Path) -> None:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("pragma secure_delete=on")
            if self._connection.execute("pragma user_version").fetchone()[0] not in (0, VERSION):
                raise PippinError(f"{path} was written by another version of Pippin; move it away.", input=path)
            self._connection.executescript(SCHEMA)
            self._connection.execute(f"pragma user_version={VERSION}")
        except sqlite3.DatabaseError as problem:
            raise PippinError(
                f"{path} is damaged ({problem}); move it away and connect again.", input=path
            ) from problem

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._connection.execute(query, arguments).fetchall()

    def run(self, query: str, *arguments: Any) -> int:
        """Run a statement; returns the id of a row it inserted."""
        return self._connection.execute(query, arguments).lastrowid or 0

    def run_many(self, query: str, rows: list[tuple[Any, ...]]) -> None:
        """Run a statement for each row."""
        self._connection.executemany(query, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that happens inside at once, or nothing."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def read(self, name: str, default: Any = None) -> Any:
        """Return a kept value."""
        found = self.rows("select json from value where name=?", name)
        return json.loads(found[0][0]) if found else default

    def write(self, name: str, value: Any) -> None:
        """Keep a value; None removes it."""
        if value is None:
            self.run("delete from value where name=?", name)
        else:
            self.run("insert or replace into value values(?, ?)", name, json.dumps(value))

    def compact(self) -> None:
        """Rewrite the file, so that nothing deleted is left in it."""
        self._connection.execute("vacuum")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

"""What was done in a workspace, as rows of a SQLite file: time, verb, application, a few numbers; never contents."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.errors import PippinError, writing

if TYPE_CHECKING:
    from sqlite3 import Connection

FILE = "activity.sqlite"
OFF = ("0", "no", "off", "false")
WAIT_SECONDS = 5.0  # for another process that writes
MAX_ID_LENGTH = 150
MAX_ENTRIES = 100_000  # some 10 MB
LOOK_EVERY = 1_000  # entries, after which they are counted
_TABLE = (
    "CREATE TABLE IF NOT EXISTS activity (id INTEGER PRIMARY KEY, time REAL, verb TEXT, application TEXT, facts TEXT)"
)


def is_log_on() -> bool:
    """Return whether activity is to be recorded: PIPPIN_LOG=0 (or `--no-log`) switches it off."""
    return os.environ.get("PIPPIN_LOG", "").strip().lower() not in OFF


@dataclass(frozen=True)
class Entry:
    """One thing that was done; `facts` are counts, scores and the id of a model."""

    id: int
    time: float
    verb: str
    application: str
    facts: Mapping[str, Any]


class ActivityLog:
    """The activity of one workspace: entries are only ever added, or erased with what they are about.

    It is a file of its own beside the corrections, since a command that stores nothing else must not load SQLAlchemy.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, verb: str, application: str, facts: Mapping[str, Any]) -> None:
        """Append an entry; PippinError where it cannot be stored."""
        # Not flushed, which took 20 ms of each command: a killed process loses nothing, a power cut perhaps the last.
        with self._connected("OFF") as connection:
            made = connection.execute(
                "INSERT INTO activity (time, verb, application, facts) VALUES (?, ?, ?, ?)",
                (time.time(), verb, application, json.dumps(facts, allow_nan=False)),
            )
            if made.lastrowid and made.lastrowid % LOOK_EVERY == 0:
                _shorten(connection)

    def entries(self) -> list[Entry]:
        """Return all entries, oldest first."""
        if not self._file.exists():
            return []
        with self._connected() as connection:
            found = connection.execute("SELECT id, time, verb, application, facts FROM activity ORDER BY id")
            return [Entry(number, when, verb, app, json.loads(facts)) for number, when, verb, app, facts in found]

    def erase(self, application: str | None = None) -> None:
        """Erase the entries of an application (None: all), and overwrite the bytes they took up."""
        if not self._file.exists():
            return
        with self._connected() as connection:
            connection.execute("DELETE FROM activity WHERE ?1 IS NULL OR application = ?1", (application,))
        if application is None:
            with writing(self._file):
                self._file.unlink(missing_ok=True)

    @contextmanager
    def _connected(self, flushing: str = "FULL") -> Iterator[Connection]:
        """Yield a transaction in the file, which is made where it is missing."""
        import sqlite3

        try:
            with writing(self._file):
                self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=WAIT_SECONDS)) as connection, connection:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute(f"PRAGMA synchronous = {flushing}")
                connection.execute(_TABLE)
                yield connection
        except (sqlite3.Error, ValueError) as problem:
            raise PippinError(
                f"Cannot use the log of activity ({self._file}): {problem}; check the disk, or remove that file.",
                input=self._file,
            ) from problem


def _shorten(connection: Connection) -> None:
    """Remove the oldest entries of what was done most often, where there are too many: rare ones stay."""
    (count,) = connection.execute("SELECT count(*) FROM activity").fetchone()
    if count <= MAX_ENTRIES:
        return
    verb, application = connection.execute(
        "SELECT verb, application FROM activity GROUP BY verb, application ORDER BY count(*) DESC LIMIT 1"
    ).fetchone()
    connection.execute(
        "DELETE FROM activity WHERE id IN "
        "(SELECT id FROM activity WHERE verb = ? AND application = ? ORDER BY id LIMIT ?)",
        (verb, application, count - MAX_ENTRIES + LOOK_EVERY),
    )


def read_facts(payload: Mapping[str, Any], *, private: bool = False) -> dict[str, Any]:
    """Return the few facts of a report's payload that are logged.

    These are lengths of lists, whole numbers under a plural name, how many answers were unknown, and the number of a
    change that can be taken back (`change`) or was (`takes_back`); of an application
    whose answers are not private also other amounts, yes and no as 1 and 0, scores and the model's id. No other text is
    ever among them, nor a number that was predicted.
    """
    changes = {name: payload[name] for name in ("change", "takes_back") if type(payload.get(name)) is int}
    facts = {**_counts(payload), **_outcomes(payload), **changes}
    return facts if private else {**_numbers(payload), **_scores(payload), **_model(payload), **facts}


def _counts(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return lengths of lists and whole numbers under a plural name ("faces"): what else a number is may identify."""
    lists = {name: len(value) for name, value in payload.items() if isinstance(value, list | tuple)}
    numbers = {name: value for name, value in payload.items() if type(value) is int and name.endswith("s")}
    return {**numbers, **lists}


def _outcomes(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many answers were unknown; of what was taught, its batch and a letter for each row: r, w or u."""
    results = payload.get("results")
    facts: dict[str, Any] = {}
    if isinstance(results, list) and all(isinstance(one, Mapping) for one in results):
        facts["unknown"] = sum(one.get("known") is False and not one.get("error") for one in results)
    if type(payload.get("batch")) is int and isinstance(payload.get("taught"), list):
        facts |= {"batch": payload["batch"], "outcomes": "".join(_outcome(one) for one in payload["taught"])}
    return facts


def _outcome(taught: Mapping[str, Any]) -> str:
    before = taught["before"]
    if before["known"] is False:
        return "u"
    return "r" if before["answer"] == taught["answer"] else "w"


def _numbers(payload: Mapping[str, Any]) -> dict[str, Any]:
    data = payload.get("data")
    within = {"examples": data["examples"]} if isinstance(data, Mapping) and "examples" in data else {}
    amounts = {name: value for name, value in payload.items() if name.endswith("s") and _is_number(value)}
    flags = {name: int(value) for name, value in payload.items() if isinstance(value, bool)}
    return {name: value for name, value in {**within, **amounts, **flags}.items() if _is_number(value)}


def _scores(payload: Mapping[str, Any]) -> dict[str, float]:
    scores = payload.get("scores")
    if not isinstance(scores, Mapping):
        return {}
    values = {name: one["value"] for name, one in scores.items() if isinstance(one, Mapping) and "value" in one}
    return {name: value for name, value in values.items() if _is_number(value)}


def _model(payload: Mapping[str, Any]) -> dict[str, str]:
    model = payload.get("artifact")
    return {"model": model[:MAX_ID_LENGTH]} if isinstance(model, str) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)

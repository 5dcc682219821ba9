"""Databases of corrections written by earlier versions: each opens, is brought up to date, and has every correction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sql
from postgres import Postgres
from subprocess_targets import open_and_count

from pippin.core import feedback_schema
from pippin.core.errors import PippinError
from pippin.core.feedback import FeedbackStore
from pippin.core.inputs import Text
from pippin.core.values import Correction

OLD = """CREATE TABLE feedback (
    id {serial}, batch {batch} NOT NULL, application VARCHAR(200) NOT NULL, artifact VARCHAR(200) NOT NULL,
    key VARCHAR(64) NOT NULL, name TEXT NOT NULL, media_type VARCHAR(100) NOT NULL, answer TEXT NOT NULL,
    created FLOAT NOT NULL, undone FLOAT)"""
INDEX = "CREATE INDEX ix_feedback_application ON feedback (application)"
WORDS = ["früh", "späte äpfel", "x" * 5000]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    made = Postgres()
    yield made
    made.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.sqlite'}"
    postgres: Postgres = request.getfixturevalue("server")
    postgres.clear()
    return postgres.url


def write_old(url: str, batch: str, folder: Path) -> None:
    """Write a database as earlier versions did, with inputs in a folder; the second row is marked as undone."""
    engine = feedback_schema.engine(url)
    serial = "INTEGER PRIMARY KEY" if engine.dialect.name == "sqlite" else "SERIAL PRIMARY KEY"
    folder.mkdir()
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD.format(serial=serial, batch=batch))
        connection.exec_driver_sql(INDEX)
        for number, word in enumerate(WORDS):
            key = Text(content=word.encode()).digest()
            (folder / key).write_bytes(word.encode())
            values = {"batch": number + 1, "key": key, "name": word[:20], "answer": json.dumps(word.upper())}
            values |= {"undone": 7.0 if number == 1 else None}
            connection.execute(
                sql.text(
                    "INSERT INTO feedback"
                    " (batch, application, artifact, key, name, media_type, answer, created, undone)"
                    " VALUES (:batch, 'app', 'model', :key, :name, '', :answer, 5.5, :undone)"
                ),
                values,
            )


@pytest.mark.parametrize("batch", ["INTEGER", "BIGINT"], ids=["schema 1", "schema 2"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_database_of_an_earlier_version_has_every_correction(
    url: str, batch: str, shared: bool, tmp_path: Path
) -> None:
    write_old(url, batch, tmp_path / "inputs")
    store = FeedbackStore(url, tmp_path / "inputs", shared=shared)
    rows = store.rows("app", "model")
    taught = store.taught(rows, Text)
    assert [(one.input.read().decode(), one.answer) for one in taught] == [
        (word, word.upper()) for word in (WORDS[0], WORDS[2])
    ]
    assert [(row.batch, row.created) for row in rows] == [(1, 5.5), (3, 5.5)]
    assert store.add("app", "model", [Correction(Text.of("new"), "NEW")])[0].batch > 2**31 or batch
    added = store.add("app", "model", [Correction(Text.of(f"new {number}"), "NEW") for number in range(3)])
    assert store.rows("app", "model")[-3:] == added
    with feedback_schema.engine(url).begin() as connection:
        assert feedback_schema.read_version(connection) == feedback_schema.VERSION
    files = {path.name for path in (tmp_path / "inputs").iterdir()}
    assert files.isdisjoint(row.key for row in rows) == shared  # where machines share it, others read them there, too
    assert Text(content=WORDS[1].encode()).digest() not in files  # what was undone is gone


def test_a_database_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'f.sqlite'}"
    FeedbackStore(url, tmp_path / "inputs").add("app", "model", [Correction(Text.of("a"), "A")])
    with closing(sqlite3.connect(tmp_path / "f.sqlite")) as connection, connection:
        connection.execute("UPDATE feedback_schema SET version = 99")
    with pytest.raises(PippinError, match=r"stored by a later Pippin \(schema 99.*update Pippin"):
        FeedbackStore(url, tmp_path / "inputs")
    with closing(sqlite3.connect(tmp_path / "f.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (1,)


def test_two_processes_may_bring_it_up_to_date_at_once(url: str, tmp_path: Path) -> None:
    write_old(url, "BIGINT", tmp_path / "inputs")
    with get_context("spawn").Pool(2) as pool:
        assert pool.starmap(open_and_count, [(url, tmp_path / "inputs")] * 4) == [2] * 4

"""Tables of the database of corrections: their schema number, and a step from each older schema.

1: `batch` had 32 bits where the database minds (PostgreSQL). 2: it has 64. 3: rows know their workspace, inputs may
lie in the database, and the schema has a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sql

from pippin.core.errors import PippinError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

VERSION = 3
LOCK = 7_046_029  # a number by which those who write to the same PostgreSQL database wait for each other
CONNECT_SECONDS = 3
ANSWER_MILLISECONDS = 5000  # after which a silent server counts as gone
MAX_COMPACTED = 64 * 2**20  # bytes of a table that is rewritten whole

metadata = sql.MetaData()
FEEDBACK = sql.Table(
    "feedback",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("batch", sql.BigInteger, nullable=False),
    sql.Column("application", sql.String(200), nullable=False, index=True),
    sql.Column("artifact", sql.String(200), nullable=False),
    sql.Column("key", sql.String(64), nullable=False),
    sql.Column("name", sql.Text, nullable=False),
    sql.Column("media_type", sql.String(100), nullable=False),
    sql.Column("answer", sql.Text, nullable=False),
    sql.Column("created", sql.Float, nullable=False),
    sql.Column("undone", sql.Float),
    sql.Column("workspace", sql.Text, nullable=False, server_default=""),
)
INPUTS = sql.Table(
    "feedback_inputs",
    metadata,
    sql.Column("key", sql.String(64), primary_key=True),
    sql.Column("content", sql.LargeBinary, nullable=False),
)
SCHEMA = sql.Table("feedback_schema", metadata, sql.Column("version", sql.Integer, nullable=False))


@lru_cache(maxsize=128)
def engine(url: str) -> Engine:
    """Return the engine of a database, one for all workspaces of this process."""
    address = sql.make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite":
        # A file that is held open may be deleted or replaced meanwhile, and what is written to it lost.
        made = sql.create_engine(address, poolclass=sql.NullPool)
        sql.event.listen(made, "connect", _overwrite_deleted)
        return made
    given: dict[str, Any] = {}
    if address.get_driver_name() in ("psycopg", "psycopg2"):
        given = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": ANSWER_MILLISECONDS}
    return sql.create_engine(address, pool_pre_ping=True, pool_size=4, max_overflow=8, connect_args=given)


def _overwrite_deleted(connection: Any, record: object) -> None:
    """Make SQLite overwrite what is deleted with zeros."""
    connection.execute("PRAGMA secure_delete = ON")


@contextmanager
def exclusive(found: Engine) -> Iterator[Connection]:
    """Yield a transaction in which no other process writes corrections."""
    with found.begin() as connection:
        if found.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif found.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield connection


def prepare(found: Engine) -> None:
    """Bring the tables to this version's schema; PippinError for one of a later version."""
    with found.begin() as connection:
        if read_version(connection) == VERSION:
            return
    with exclusive(found) as connection:  # two processes may be the first at the same time
        version = read_version(connection)
        if version > VERSION:
            raise PippinError(
                f"The corrections were stored by a later Pippin (schema {version}, this one has {VERSION}); update "
                "Pippin, or name another database by PIPPIN_DATABASE."
            )
        if version == VERSION:
            return
        for step in STEPS[version - 1 :] if version else ():
            step(connection)
        metadata.create_all(connection)
        connection.execute(SCHEMA.delete())
        connection.execute(SCHEMA.insert().values(version=VERSION))


def read_version(connection: Connection) -> int:
    """Return the schema number of a database, 0 where there is none yet."""
    look = sql.inspect(connection)
    if look.has_table(SCHEMA.name):
        found = connection.execute(sql.select(SCHEMA.c.version)).scalar()
        return int(found) if found is not None else 0
    if not look.has_table(FEEDBACK.name):
        return 0
    columns = {column["name"]: column["type"] for column in look.get_columns(FEEDBACK.name)}
    return 2 if isinstance(columns["batch"], sql.BigInteger) else 1


def _widen_batches(connection: Connection) -> None:
    """Make room for batches of 64 bits; SQLite's numbers have it."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE feedback ALTER COLUMN batch TYPE BIGINT")


def _add_workspaces(connection: Connection) -> None:
    """Add the workspace: rows from before are the user's, whose name is empty."""
    connection.exec_driver_sql("ALTER TABLE feedback ADD COLUMN workspace TEXT NOT NULL DEFAULT ''")


# What leads from schema 1 to 2, from 2 to 3, and so on.
STEPS: tuple[Callable[[Connection], None], ...] = (_widen_batches, _add_workspaces)


def compact(found: Engine) -> None:
    """Rewrite tables whose pages still hold what was deleted, as far as others let us."""
    if found.dialect.name not in ("sqlite", "postgresql"):
        return
    with found.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if found.dialect.name == "sqlite":
            # Pages that were split keep copies of rows which `secure_delete` does not reach.
            connection.execute(sql.text("VACUUM"))
            return
        connection.execute(sql.text("SET lock_timeout = '2s'"))
        for table in (FEEDBACK.name, INPUTS.name):
            size = connection.execute(sql.text(f"SELECT pg_total_relation_size('{table}')")).scalar() or 0
            connection.execute(sql.text(f"VACUUM {'(FULL)' if size < MAX_COMPACTED else ''} {table}"))
        connection.execute(sql.text("RESET lock_timeout"))

"""The database of corrections: transactions to read and to write in, and its errors as sentences."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pippin.core.errors import PippinError

if TYPE_CHECKING:
    from sqlalchemy import Connection

AWAY_SECONDS = 1.0  # for which a database that did not answer is not asked again


class DatabaseAway(PippinError):
    """The database does not answer; corrections in memory go on to count."""

    def __init__(self, address: str, why: str) -> None:
        message = (
            f"The database of corrections does not answer ({address}: {why.rstrip('.')}); start it or check "
            "PIPPIN_DATABASE."
        )
        super().__init__(message, input=address, code="unavailable")

    def __reduce__(self) -> tuple[object, ...]:
        return PippinError, (self.message,)


class FeedbackDatabase:
    """A database with the tables of `schema`; `address` is its URL without the password."""

    def __init__(self, url: str) -> None:
        import sqlalchemy as sql

        from pippin.core import feedback_schema

        self._schema, self._away_until = feedback_schema, 0.0
        try:
            self.address = sql.make_url(url).render_as_string(hide_password=True)
            self._engine = self._schema.engine(url)
        except (sql.exc.SQLAlchemyError, ImportError, ValueError) as problem:
            raise PippinError(
                "Cannot use PIPPIN_DATABASE: write a URL that SQLAlchemy knows, such as "
                f"sqlite:////home/me/taught.sqlite, and install its driver ({str(problem).splitlines()[0]})."
            ) from problem
        with self._reporting():
            self._schema.prepare(self._engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a transaction to read in; for a moment after the database went away it is not asked again."""
        if time.monotonic() < self._away_until:
            raise DatabaseAway(self.address, "it did not a moment ago")
        with self._reporting(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a transaction in which no one else writes: all of it is kept, or none."""
        with self._reporting(), self._schema.exclusive(self._engine) as connection:
            yield connection

    def compact(self) -> None:
        """Give back the room of what was erased, unless another process is using the database."""
        import sqlalchemy as sql

        with suppress(sql.exc.DBAPIError):  # then the next erasure does this
            self._schema.compact(self._engine)

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Turn an error of the database into one sentence."""
        import sqlalchemy as sql

        try:
            yield
        except sql.exc.SQLAlchemyError as problem:
            why = str(getattr(problem, "orig", None) or problem).splitlines()[0]
            is_gone = isinstance(problem, sql.exc.OperationalError | sql.exc.InterfaceError)
            if is_gone and self._engine.dialect.name != "sqlite":
                self._away_until = time.monotonic() + AWAY_SECONDS
                raise DatabaseAway(self.address, why) from problem
            # An OperationalError (locked, full, read-only) says nothing against the file itself.
            raise self._unusable(why, damaged=not isinstance(problem, sql.exc.OperationalError)) from problem
        except json.JSONDecodeError as problem:
            raise self._unusable("an answer in it is not valid JSON", damaged=True) from problem

    def _unusable(self, why: str, *, damaged: bool) -> PippinError:
        advice = (
            "restore that file, or move it away to start without corrections"
            if damaged
            else "check PIPPIN_HOME and the disk"
        )
        return PippinError(f"Cannot use what was taught ({self.address}): {why}; {advice}.", input=self.address)

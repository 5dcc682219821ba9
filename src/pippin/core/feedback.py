"""What users taught, as rows in a database (SQLite unless a URL says otherwise): added, undone, never lost."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.errors import PippinError
from pippin.core.input_drafts import InputDrafts, is_intact
from pippin.core.kinds import KINDS, Input
from pippin.core.learner import Taught

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Row:
    """One taught example as it stands in the database; rows of one `batch` were taught, and are undone, together."""

    id: int
    batch: int
    key: str
    name: str
    answer: Any
    created: float
    undone: float | None


@lru_cache(maxsize=128)
def opened(url: str, inputs: Path) -> Feedback:
    """The feedback in this database; made once, since its tables take longer to look for than a lesson to keep."""
    return Feedback(url, inputs)


class Feedback:
    """The taught examples of a workspace; inputs are copied into `inputs`, so that the originals may go."""

    def __init__(self, url: str, inputs: Path) -> None:
        import sqlalchemy as sql

        self._inputs = inputs
        metadata = sql.MetaData()
        self._table = sql.Table(
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
        )
        try:
            self._place = sql.make_url(url).render_as_string(hide_password=True)
            # A file that is held open may be deleted or replaced meanwhile, and what is written to it lost.
            held = {"poolclass": sql.NullPool} if sql.make_url(url).get_backend_name() == "sqlite" else {}
            self._engine = sql.create_engine(url, **held)
        except (sql.exc.SQLAlchemyError, ImportError, ValueError) as problem:
            raise PippinError(
                "Cannot use PIPPIN_DATABASE: write a URL that SQLAlchemy knows, such as "
                f"sqlite:////home/me/taught.sqlite, and install its driver ({str(problem).splitlines()[0]})."
            ) from problem
        with self._connected() as connection:
            # Two processes may be the first at the same time.
            connection.execute(sql.schema.CreateTable(self._table, if_not_exists=True))
            for index in self._table.indexes:
                connection.execute(sql.schema.CreateIndex(index, if_not_exists=True))

    def add(self, application: str, artifact: str, items: Sequence[Taught]) -> list[Row]:
        """Keep copies of the inputs and commit all rows at once; where anything fails, neither stays."""
        # Drawn by lot: unique however many processes teach at once.
        batch = secrets.randbits(53)
        drafts = InputDrafts(self._inputs)
        with drafts.discarded_on_error():
            kept = [(item, drafts.write(item.input), _to_json(item.answer, drafts)) for item in items]
            # Within the transaction, whose lock keeps others from relying on a copy that is discarded again.
            with self._connected() as connection, drafts.discarded_on_error():
                rows = [
                    self._insert(connection, application, artifact, item.input, batch, key, answer)
                    for item, key, answer in kept
                ]
                drafts.publish()
                connection.commit()
        return rows

    def _insert(
        self, connection: Connection, application: str, artifact: str, item: Input, batch: int, key: str, answer: Any
    ) -> Row:
        # A file's name may hold bytes that are no text.
        now, name = time.time(), item.name.encode("utf-8", "backslashreplace").decode()
        values = {
            "batch": batch,
            "application": application,
            "artifact": artifact,
            "key": key,
            "name": name,
            "media_type": item.media_type,
            "answer": json.dumps(answer),
            "created": now,
        }
        made = connection.execute(self._table.insert().values(values)).inserted_primary_key
        assert made is not None
        return Row(int(made[0]), batch, key, name, answer, now, None)

    def rows(self, application: str, artifact: str, *, undone: bool = False) -> list[Row]:
        """The live rows taught to this model, oldest first; with `undone`, those taken back too."""
        import sqlalchemy as sql

        table = self._table
        query = (
            sql.select(table)
            .where(table.c.application == application, table.c.artifact == artifact)
            .order_by(table.c.id)
        )
        if not undone:
            query = query.where(table.c.undone.is_(None))
        with self._connected() as connection:
            return [
                Row(r["id"], r["batch"], r["key"], r["name"], json.loads(r["answer"]), r["created"], r["undone"])
                for r in connection.execute(query).mappings()
            ]

    def version(self, application: str, artifact: str) -> tuple[int, int]:
        """Return the number of a model's live rows and the id of the last, which change with every row."""
        import sqlalchemy as sql

        table = self._table
        query = sql.select(sql.func.count(), sql.func.coalesce(sql.func.max(table.c.id), 0)).where(
            table.c.application == application, table.c.artifact == artifact, table.c.undone.is_(None)
        )
        with self._connected() as connection:
            count, last = connection.execute(query).one()
            return int(count), int(last)

    def undo(self, application: str, artifact: str) -> list[Row]:
        """Mark the last batch of live rows as undone and return it; an empty list when there is none."""
        live = self.rows(application, artifact)
        taken = [row for row in live if row.batch == live[-1].batch] if live else []
        with self._connected() as connection:
            for row in taken:
                connection.execute(self._table.update().where(self._table.c.id == row.id).values(undone=time.time()))
        return taken

    def taught(self, rows: Sequence[Row], kind: type[Input]) -> list[Taught]:
        """The rows as items a learner can update from; one whose kept input is gone or damaged is left out."""
        inputs = [kind(path=self._inputs / row.key, name=row.name) for row in rows]
        return [
            Taught(item, self._whole(row.answer))
            for row, item in zip(rows, inputs, strict=True)
            if is_intact(item, row.key) and self._is_whole(row.answer)
        ]

    def _whole(self, answer: Any) -> Any:
        if not _is_kept(answer):
            return answer
        return KINDS[answer["kind"]](path=self._inputs / answer["kept"], name=answer["name"])

    def _is_whole(self, answer: Any) -> bool:
        return not _is_kept(answer) or is_intact(self._whole(answer), answer["kept"])

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A transaction: all of it is kept, or none; what the database cannot do is told in one sentence."""
        import sqlalchemy as sql

        try:
            with self._engine.begin() as connection:
                yield connection
        except sql.exc.SQLAlchemyError as problem:
            why = str(getattr(problem, "orig", None) or problem).splitlines()[0]
            # An OperationalError (locked, full, read-only) says nothing against the file itself.
            raise self._unusable(why, damaged=not isinstance(problem, sql.exc.OperationalError)) from problem
        except json.JSONDecodeError as problem:
            raise self._unusable("an answer in it is not valid JSON", damaged=True) from problem

    def _unusable(self, why: str, *, damaged: bool) -> PippinError:
        advice = "restore that file, or move it away to begin anew" if damaged else "check PIPPIN_HOME and the disk"
        return PippinError(f"Cannot use what was taught ({self._place}): {why}; {advice}.", input=self._place)


def _to_json(answer: Any, drafts: InputDrafts) -> Any:
    """Return an answer as JSON values; of one that is a file, a copy is drafted."""
    if not isinstance(answer, Input):
        return answer
    return {"kept": drafts.write(answer), "kind": answer.kind, "name": answer.name}


def _is_kept(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.keys() == {"kept", "kind", "name"}


def told(answer: Any) -> Any:
    """A taught answer as it is shown: of a file, its name."""
    if isinstance(answer, Input):
        return answer.name
    return answer["name"] if _is_kept(answer) else answer

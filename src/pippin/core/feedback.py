"""What users taught, as rows in a database (SQLite unless a URL says otherwise): added, taken back, never lost."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.derived import forget_derived
from pippin.core.errors import PippinError, writing
from pippin.core.input_drafts import InputDrafts, is_intact
from pippin.core.inputs import KINDS, Input
from pippin.core.values import Correction

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class FeedbackRow:
    """One correction as it stands in the database; rows of one `batch` were taught, and are undone, together.

    Of a row that was taken back only `id`, `batch`, `created` and `undone` (when) are left.
    """

    id: int
    batch: int
    key: str
    name: str
    answer: Any
    created: float
    undone: float | None


@lru_cache(maxsize=128)
def opened(url: str, inputs: Path) -> FeedbackStore:
    """Open the feedback in this database, once per process.

    Looking for its tables takes longer than storing a correction.
    """
    return FeedbackStore(url, inputs)


class FeedbackStore:
    """The corrections of a workspace; inputs are copied into `inputs`, so that the originals may go."""

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
            self._is_sqlite = sql.make_url(url).get_backend_name() == "sqlite"
            self._engine = sql.create_engine(url, **({"poolclass": sql.NullPool} if self._is_sqlite else {}))
            if self._is_sqlite:
                sql.event.listen(self._engine, "connect", _overwrite_deleted)
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
        self._erase_undone()

    def add(self, application: str, artifact: str, items: Sequence[Correction]) -> list[FeedbackRow]:
        """Keep copies of the inputs and commit all rows at once; where anything fails, neither stays."""
        # A random id: concurrent processes cannot collide.
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
    ) -> FeedbackRow:
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
        return FeedbackRow(int(made[0]), batch, key, name, answer, now, None)

    def rows(self, application: str, artifact: str, *, undone: bool = False) -> list[FeedbackRow]:
        """Return the live corrections of this model, oldest first.

        With `undone` those taken back are included.
        """
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
            return [_row(found) for found in connection.execute(query).mappings()]

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

    def undo(self, application: str, artifact: str, correction: int | None = None) -> list[FeedbackRow]:
        """Erase the last batch of live rows, or the one with the id `correction`; returns what they were.

        That they were taken back stays as history; their inputs, names and answers do not.
        """
        live = self.rows(application, artifact)
        taken = [row for row in live if (row.batch == live[-1].batch if correction is None else row.id == correction)]
        self._erase(taken)
        return taken

    def erase(self, application: str | None = None) -> list[FeedbackRow]:
        """Erase all rows of an application, or of all, as `undo` does; returns the live ones as they were."""
        taken = self.live(application)
        self._erase(taken)
        return taken

    def forget(self, rows: Sequence[FeedbackRow]) -> None:
        """Erase these rows, of any model, as `undo` does."""
        self._erase(rows)

    def live(self, application: str | None = None) -> list[FeedbackRow]:
        """Return the live rows of all models of an application, or of all applications."""
        table = self._table
        query = table.select().where(table.c.undone.is_(None)).order_by(table.c.id)
        if application is not None:
            query = query.where(table.c.application == application)
        with self._connected() as connection:
            return [_row(found) for found in connection.execute(query).mappings()]

    def all_rows(self) -> list[FeedbackRow]:
        """Return the rows of all models, oldest first, those taken back among them."""
        with self._connected() as connection:
            found = connection.execute(self._table.select().order_by(self._table.c.id)).mappings()
            return [_row(one) for one in found]

    def _erase_undone(self) -> None:
        """Erase what earlier versions only marked as undone."""
        table = self._table
        query = table.select().where(table.c.undone.is_not(None), table.c.key != "")
        with self._connected() as connection:
            marked = [_row(found) for found in connection.execute(query).mappings()]
        self._erase(marked)

    def _erase(self, rows: Sequence[FeedbackRow]) -> None:
        """Erase these rows except that they were taken back, and their inputs where no live row needs them."""
        if not rows:
            return
        table, now = self._table, time.time()
        blank = {"key": "", "name": "", "media_type": "", "answer": "null"}
        with self._connected() as connection:
            for row in rows:
                values = {**blank, "undone": row.undone or now}
                connection.execute(table.update().where(table.c.id == row.id).values(values))
            # Within the transaction, whose lock keeps others from relying on a copy that is removed.
            self._remove({key for row in rows for key in _keys(row)} - self._needed(connection))
        self._compact()

    def _needed(self, connection: Connection) -> set[str]:
        """Return the digests of all files that live rows of any model keep, as inputs or as answers."""
        table = self._table
        query = table.select().where(table.c.undone.is_(None))
        return {key for found in connection.execute(query).mappings() for key in _keys(_row(found))}

    def _remove(self, keys: Collection[str]) -> None:
        """Remove kept files, and what caches keep of them."""
        forget_derived(keys)
        for key in keys:
            with writing(self._inputs):
                (self._inputs / key).unlink(missing_ok=True)

    def _compact(self) -> None:
        """Rewrite a SQLite file: pages that were split keep copies of rows which `secure_delete` does not reach."""
        import sqlalchemy as sql

        if self._is_sqlite:
            # Another process may be using it; then the next erasure does this.
            with suppress(sql.exc.OperationalError), self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(sql.text("VACUUM"))

    def taught(self, rows: Sequence[FeedbackRow], kind: type[Input]) -> list[Correction]:
        """Return rows as items a learner can update from.

        A row whose stored input is missing or damaged is left out.
        """
        inputs = [kind(path=self._inputs / row.key, name=row.name) for row in rows]
        return [
            Correction(item, self._whole(row.answer))
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
        """Yield a transaction: all of it is kept, or none; an error of the database becomes one sentence."""
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
        advice = (
            "restore that file, or move it away to start without corrections"
            if damaged
            else "check PIPPIN_HOME and the disk"
        )
        return PippinError(f"Cannot use what was taught ({self._place}): {why}; {advice}.", input=self._place)


def _row(found: Mapping[Any, Any]) -> FeedbackRow:
    return FeedbackRow(
        found["id"], found["batch"], found["key"], found["name"], json.loads(found["answer"]), found["created"],
        found["undone"],
    )  # fmt: skip


def _keys(row: FeedbackRow) -> list[str]:
    """Return the names of the files that a row keeps."""
    return [key for key in (row.key, row.answer["kept"] if _is_kept(row.answer) else "") if key]


def _overwrite_deleted(connection: Any, record: object) -> None:
    """Make SQLite overwrite what is deleted with zeros."""
    connection.execute("PRAGMA secure_delete = ON")


def _to_json(answer: Any, drafts: InputDrafts) -> Any:
    """Return an answer as JSON values; of one that is a file, a copy is drafted."""
    if not isinstance(answer, Input):
        return answer
    return {"kept": drafts.write(answer), "kind": answer.kind, "name": answer.name}


def _is_kept(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.keys() == {"kept", "kind", "name"}


def display_answer(answer: Any) -> Any:
    """Return a correction's answer as it is shown: of a file, its name."""
    if isinstance(answer, Input):
        return answer.name
    return answer["name"] if _is_kept(answer) else answer

"""What users taught, as rows in a database (SQLite unless a URL says otherwise): added, taken back, never lost."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.derived import forget_derived
from pippin.core.errors import writing
from pippin.core.feedback_database import FeedbackDatabase
from pippin.core.feedback_rows import FeedbackRow, is_stored_file
from pippin.core.input_drafts import InputDrafts, is_intact
from pippin.core.inputs import KINDS, Input
from pippin.core.values import Correction

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

MAX_SMALL = 2**20  # bytes of an input that lies in a database which machines share


@lru_cache(maxsize=128)
def opened(url: str, inputs: Path, workspace: str = "", shared: bool = False) -> FeedbackStore:
    """Open the feedback in this database, once per process.

    Looking for its tables takes longer than storing a correction.
    """
    return FeedbackStore(url, inputs, workspace=workspace, shared=shared)


class FeedbackStore:
    """The corrections of a workspace; inputs are copied, so that the originals may go.

    Copies lie in `inputs`. In a database that several machines may share, those of up to MAX_SMALL bytes lie in it, and
    in no file. `workspace` is the name by which rows know whose they are.
    """

    def __init__(self, url: str, inputs: Path, *, workspace: str = "", shared: bool = False) -> None:
        from pippin.core import feedback_schema as schema

        self._database = FeedbackDatabase(url)
        self._inputs, self._workspace, self._shared = inputs, workspace, shared
        self._table, self._input_table = schema.FEEDBACK, schema.INPUTS
        self._erase_undone()
        if shared:
            self._adopt_files()

    @property
    def address(self) -> str:
        """The database's address, without its password."""
        return self._database.address

    def add(self, application: str, artifact: str, items: Sequence[Correction]) -> list[FeedbackRow]:
        """Keep copies of the inputs and commit all rows at once; where anything fails, neither stays."""
        # A random id: concurrent processes cannot collide.
        batch = secrets.randbits(53)
        drafts = InputDrafts(self._inputs, MAX_SMALL if self._shared else -1)
        with drafts.discarded_on_error():
            kept = [(item, drafts.write(item.input), _to_json(item.answer, drafts)) for item in items]
            # Within the transaction, whose lock keeps others from relying on a copy that is discarded again.
            with self._database.writing() as connection, drafts.discarded_on_error():
                self._insert_inputs(connection, drafts.small)
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
            "workspace": self._workspace,
        }
        made = connection.execute(self._table.insert().values(values)).inserted_primary_key
        assert made is not None
        return FeedbackRow(int(made[0]), batch, key, name, answer, now, None)

    def rows(self, application: str, artifact: str, *, undone: bool = False) -> list[FeedbackRow]:
        """Return the live corrections of this model, oldest first.

        With `undone` those taken back are included.
        """
        table = self._table
        query = self._own().where(table.c.application == application, table.c.artifact == artifact)
        return self._read(query if undone else query.where(table.c.undone.is_(None)))

    def _own(self) -> Select[Any]:
        """Return a query for the rows of this workspace, oldest first."""
        return self._table.select().where(self._table.c.workspace == self._workspace).order_by(self._table.c.id)

    def _read(self, query: Select[Any]) -> list[FeedbackRow]:
        with self._database.reading() as connection:
            return [FeedbackRow.of(columns) for columns in connection.execute(query).mappings()]

    def version(self, application: str, artifact: str) -> tuple[int, int]:
        """Return the number of a model's live rows and the id of the last, which change with every row."""
        import sqlalchemy as sql

        table = self._table
        query = sql.select(sql.func.count(), sql.func.coalesce(sql.func.max(table.c.id), 0)).where(
            table.c.workspace == self._workspace,
            table.c.application == application,
            table.c.artifact == artifact,
            table.c.undone.is_(None),
        )
        with self._database.reading() as connection:
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
        query = self._own().where(self._table.c.undone.is_(None))
        return self._read(query if application is None else query.where(self._table.c.application == application))

    def all_rows(self) -> list[FeedbackRow]:
        """Return the rows of all models, oldest first, those taken back among them."""
        return self._read(self._own())

    def size(self) -> int:
        """Return the bytes of this workspace's inputs that lie in the database."""
        import sqlalchemy as sql

        inputs, keys = self._input_table, sorted({key for row in self.live() for key in row.keys})
        total = 0
        with self._database.reading() as connection:
            for some in _chunks(keys):
                query = sql.select(sql.func.sum(sql.func.length(inputs.c.content))).where(inputs.c.key.in_(some))
                total += int(connection.execute(query).scalar() or 0)
        return total

    def forget_elsewhere(self, rows: Sequence[FeedbackRow]) -> None:
        """Remove what this machine keeps of rows that another has taken back."""
        with self._database.reading() as connection:
            self._remove({key for row in rows for key in row.keys} - self._needed(connection, everywhere=False))

    def _erase_undone(self) -> None:
        """Erase what earlier versions only marked as undone."""
        self._erase(self._read(self._own().where(self._table.c.undone.is_not(None), self._table.c.key != "")))

    def _erase(self, rows: Sequence[FeedbackRow]) -> None:
        """Erase these rows except that they were taken back, and their inputs where no live row needs them."""
        if not rows:
            return
        table, inputs, now = self._table, self._input_table, time.time()
        blank = {"key": "", "name": "", "media_type": "", "answer": "null"}
        keys = {key for row in rows for key in row.keys}
        with self._database.writing() as connection:
            for row in rows:
                values = {**blank, "undone": row.undone or now}
                connection.execute(table.update().where(table.c.id == row.id).values(values))
            for some in _chunks(sorted(keys - self._needed(connection, everywhere=True))):
                connection.execute(inputs.delete().where(inputs.c.key.in_(some)))
            # Within the transaction, whose lock keeps others from relying on a copy that is removed.
            self._remove(keys - self._needed(connection, everywhere=False))
        self._database.compact()

    def _needed(self, connection: Connection, *, everywhere: bool) -> set[str]:
        """Return the digests of all inputs and answers that live rows keep: of this workspace, or of all."""
        table = self._table
        query = (table.select() if everywhere else self._own()).where(table.c.undone.is_(None))
        return {key for columns in connection.execute(query).mappings() for key in FeedbackRow.of(columns).keys}

    def _remove(self, keys: Collection[str]) -> None:
        """Remove kept files, and what caches keep of them."""
        forget_derived(keys)
        for key in keys:
            with writing(self._inputs):
                (self._inputs / key).unlink(missing_ok=True)

    def _insert_inputs(self, connection: Connection, contents: Mapping[str, bytes]) -> None:
        """Insert inputs that are not there yet."""
        import sqlalchemy as sql

        table = self._input_table
        for some in _chunks(sorted(contents)):
            there = set(connection.execute(sql.select(table.c.key).where(table.c.key.in_(some))).scalars())
            for key in some:
                if key not in there:
                    connection.execute(table.insert().values(key=key, content=contents[key]))

    def _adopt_files(self) -> None:
        """Move kept files of up to MAX_SMALL bytes into the database, where all machines read them."""
        keys = {key for row in self.live() for key in row.keys}
        for path in [path for key in sorted(keys) if (path := self._inputs / key).is_file()]:
            with suppress(FileNotFoundError):  # another process is at the same
                if path.stat().st_size <= MAX_SMALL:
                    with self._database.writing() as connection:
                        self._insert_inputs(connection, {path.name: path.read_bytes()})
                    path.unlink()

    def _contents(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the inputs with these digests that lie in the database."""
        table, found = self._input_table, {}
        if self._shared:
            with self._database.reading() as connection:
                for some in _chunks(sorted(set(keys))):
                    query = table.select().where(table.c.key.in_(some))
                    found.update({row.key: bytes(row.content) for row in connection.execute(query)})
        return found

    def taught(self, rows: Sequence[FeedbackRow], kind: type[Input]) -> list[Correction]:
        """Return rows as items a learner can update from.

        A row whose stored input is missing or damaged is left out.
        """
        contents = self._contents(key for row in rows for key in row.keys)

        def whole(answer: Any) -> Any:
            if not is_stored_file(answer):
                return answer
            return self._handle(KINDS[answer["kind"]], answer["kept"], answer["name"], contents)

        pairs = [(row, self._handle(kind, row.key, row.name, contents), whole(row.answer)) for row in rows]
        return [
            Correction(item, answer)
            for row, item, answer in pairs
            if is_intact(item, row.key) and (not is_stored_file(row.answer) or is_intact(answer, row.answer["kept"]))
        ]

    def _handle(self, kind: type[Input], key: str, name: str, contents: Mapping[str, bytes]) -> Input:
        if key in contents:
            return kind(content=contents[key], name=name)
        return kind(path=self._inputs / key, name=name)


def _chunks(keys: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """Yield the keys in pieces, for databases limit how many values a query names."""
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _to_json(answer: Any, drafts: InputDrafts) -> Any:
    """Return an answer as JSON values; of one that is a file, a copy is drafted."""
    if not isinstance(answer, Input):
        return answer
    return {"kept": drafts.write(answer), "kind": answer.kind, "name": answer.name}

"""What users taught, as rows in a database (SQLite unless a URL says otherwise): added, taken back, never lost."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    from sqlalchemy import Connection, Select

MAX_SMALL = 2**20  # bytes of an input that lies in a database which machines share
AWAY_SECONDS = 1.0  # for which a database that did not answer is not asked again


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


class DatabaseAway(PippinError):
    """The database does not answer; corrections in memory go on to count."""

    def __init__(self, place: str, why: str) -> None:
        message = (
            f"The database of corrections does not answer ({place}: {why.rstrip('.')}); start it or check "
            "PIPPIN_DATABASE."
        )
        super().__init__(message, input=place, code="unavailable")

    def __reduce__(self) -> tuple[object, ...]:
        return PippinError, (self.message,)


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
        import sqlalchemy as sql

        from pippin.core import feedback_schema as schema

        self._schema, self._inputs, self._workspace, self._shared = schema, inputs, workspace, shared
        self._table, self._away_until = schema.FEEDBACK, 0.0
        try:
            self._place = sql.make_url(url).render_as_string(hide_password=True)
            self._engine = schema.engine(url)
        except (sql.exc.SQLAlchemyError, ImportError, ValueError) as problem:
            raise PippinError(
                "Cannot use PIPPIN_DATABASE: write a URL that SQLAlchemy knows, such as "
                f"sqlite:////home/me/taught.sqlite, and install its driver ({str(problem).splitlines()[0]})."
            ) from problem
        with self._reporting():
            schema.prepare(self._engine)
        self._erase_undone()
        if shared:
            self._adopt_files()

    @property
    def place(self) -> str:
        """The database's address, without its password."""
        return self._place

    def add(self, application: str, artifact: str, items: Sequence[Correction]) -> list[FeedbackRow]:
        """Keep copies of the inputs and commit all rows at once; where anything fails, neither stays."""
        # A random id: concurrent processes cannot collide.
        batch = secrets.randbits(53)
        drafts = InputDrafts(self._inputs, MAX_SMALL if self._shared else -1)
        with drafts.discarded_on_error():
            kept = [(item, drafts.write(item.input), _to_json(item.answer, drafts)) for item in items]
            # Within the transaction, whose lock keeps others from relying on a copy that is discarded again.
            with self._writing() as connection, drafts.discarded_on_error():
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
        with self._connected() as connection:
            return [_row(found) for found in connection.execute(query).mappings()]

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
        query = self._own().where(self._table.c.undone.is_(None))
        return self._read(query if application is None else query.where(self._table.c.application == application))

    def all_rows(self) -> list[FeedbackRow]:
        """Return the rows of all models, oldest first, those taken back among them."""
        return self._read(self._own())

    def size(self) -> int:
        """Return the bytes of this workspace's inputs that lie in the database."""
        import sqlalchemy as sql

        inputs, keys = self._schema.INPUTS, sorted({key for row in self.live() for key in _keys(row)})
        total = 0
        with self._connected() as connection:
            for some in _chunks(keys):
                query = sql.select(sql.func.sum(sql.func.length(inputs.c.content))).where(inputs.c.key.in_(some))
                total += int(connection.execute(query).scalar() or 0)
        return total

    def forget_elsewhere(self, rows: Sequence[FeedbackRow]) -> None:
        """Remove what this machine keeps of rows that another has taken back."""
        with self._connected() as connection:
            self._remove({key for row in rows for key in _keys(row)} - self._needed(connection, everywhere=False))

    def _erase_undone(self) -> None:
        """Erase what earlier versions only marked as undone."""
        self._erase(self._read(self._own().where(self._table.c.undone.is_not(None), self._table.c.key != "")))

    def _erase(self, rows: Sequence[FeedbackRow]) -> None:
        """Erase these rows except that they were taken back, and their inputs where no live row needs them."""
        if not rows:
            return
        table, inputs, now = self._table, self._schema.INPUTS, time.time()
        blank = {"key": "", "name": "", "media_type": "", "answer": "null"}
        keys = {key for row in rows for key in _keys(row)}
        with self._writing() as connection:
            for row in rows:
                values = {**blank, "undone": row.undone or now}
                connection.execute(table.update().where(table.c.id == row.id).values(values))
            for some in _chunks(sorted(keys - self._needed(connection, everywhere=True))):
                connection.execute(inputs.delete().where(inputs.c.key.in_(some)))
            # Within the transaction, whose lock keeps others from relying on a copy that is removed.
            self._remove(keys - self._needed(connection, everywhere=False))
        self._compact()

    def _needed(self, connection: Connection, *, everywhere: bool) -> set[str]:
        """Return the digests of all inputs and answers that live rows keep: of this workspace, or of all."""
        table = self._table
        query = (table.select() if everywhere else self._own()).where(table.c.undone.is_(None))
        return {key for found in connection.execute(query).mappings() for key in _keys(_row(found))}

    def _remove(self, keys: Collection[str]) -> None:
        """Remove kept files, and what caches keep of them."""
        forget_derived(keys)
        for key in keys:
            with writing(self._inputs):
                (self._inputs / key).unlink(missing_ok=True)

    def _compact(self) -> None:
        import sqlalchemy as sql

        # Another process may be using it; then the next erasure does this.
        with suppress(sql.exc.DBAPIError):
            self._schema.compact(self._engine)

    def _insert_inputs(self, connection: Connection, contents: Mapping[str, bytes]) -> None:
        """Insert inputs that are not there yet."""
        import sqlalchemy as sql

        table = self._schema.INPUTS
        for some in _chunks(sorted(contents)):
            there = set(connection.execute(sql.select(table.c.key).where(table.c.key.in_(some))).scalars())
            for key in some:
                if key not in there:
                    connection.execute(table.insert().values(key=key, content=contents[key]))

    def _adopt_files(self) -> None:
        """Move kept files of up to MAX_SMALL bytes into the database, where all machines read them."""
        keys = {key for row in self.live() for key in _keys(row)}
        for path in [path for key in sorted(keys) if (path := self._inputs / key).is_file()]:
            with suppress(FileNotFoundError):  # another process is at the same
                if path.stat().st_size <= MAX_SMALL:
                    with self._writing() as connection:
                        self._insert_inputs(connection, {path.name: path.read_bytes()})
                    path.unlink()

    def _contents(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the inputs with these digests that lie in the database."""
        table, found = self._schema.INPUTS, {}
        if self._shared:
            with self._connected() as connection:
                for some in _chunks(sorted(set(keys))):
                    query = table.select().where(table.c.key.in_(some))
                    found.update({row.key: bytes(row.content) for row in connection.execute(query)})
        return found

    def taught(self, rows: Sequence[FeedbackRow], kind: type[Input]) -> list[Correction]:
        """Return rows as items a learner can update from.

        A row whose stored input is missing or damaged is left out.
        """
        contents = self._contents(key for row in rows for key in _keys(row))

        def whole(answer: Any) -> Any:
            if not _is_kept(answer):
                return answer
            return self._handle(KINDS[answer["kind"]], answer["kept"], answer["name"], contents)

        pairs = [(row, self._handle(kind, row.key, row.name, contents), whole(row.answer)) for row in rows]
        return [
            Correction(item, answer)
            for row, item, answer in pairs
            if is_intact(item, row.key) and (not _is_kept(row.answer) or is_intact(answer, row.answer["kept"]))
        ]

    def _handle(self, kind: type[Input], key: str, name: str, contents: Mapping[str, bytes]) -> Input:
        if key in contents:
            return kind(content=contents[key], name=name)
        return kind(path=self._inputs / key, name=name)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Yield a transaction to read in; for a moment after the database went away it is not asked again."""
        if time.monotonic() < self._away_until:
            raise DatabaseAway(self._place, "it did not a moment ago")
        with self._reporting(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Yield a transaction in which no one else writes: all of it is kept, or none."""
        with self._reporting(), self._schema.exclusive(self._engine) as connection:
            yield connection

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
                raise DatabaseAway(self._place, why) from problem
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


def _chunks(keys: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    """Yield the keys in pieces, for databases limit how many values a query names."""
    return (keys[start : start + size] for start in range(0, len(keys), size))


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

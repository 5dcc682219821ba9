"""What users taught, as rows in a database (SQLite unless a URL says otherwise): added, undone, never lost."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.kinds import Input
from pippin.core.learner import Taught


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
            sql.Column("batch", sql.Integer, nullable=False),
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
            self._engine = sql.create_engine(url)
            metadata.create_all(self._engine)
        except sql.exc.SQLAlchemyError as problem:
            raise PippinError(
                f"Cannot open what was taught ({url}): {str(problem).splitlines()[0]}; check PIPPIN_HOME and the disk.",
                input=url,
            ) from problem

    def add(self, application: str, artifact: str, items: Sequence[Taught]) -> list[Row]:
        """Keep the inputs, then commit all rows at once; returns them."""
        import sqlalchemy as sql

        now = time.time()
        kept = [(item, self._keep(item.input)) for item in items]
        with self._engine.begin() as connection:
            last = connection.execute(sql.select(sql.func.max(self._table.c.batch))).scalar() or 0
            rows = []
            for item, key in kept:
                values = {
                    "batch": last + 1,
                    "application": application,
                    "artifact": artifact,
                    "key": key,
                    "name": item.input.name,
                    "media_type": item.input.media_type,
                    "answer": json.dumps(item.answer, ensure_ascii=False),
                    "created": now,
                }
                made = connection.execute(self._table.insert().values(values)).inserted_primary_key
                assert made is not None
                rows.append(Row(int(made[0]), last + 1, key, item.input.name, item.answer, now, None))
        return rows

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
        with self._engine.connect() as connection:
            found = connection.execute(query).mappings().all()
        return [
            Row(r["id"], r["batch"], r["key"], r["name"], json.loads(r["answer"]), r["created"], r["undone"])
            for r in found
        ]

    def undo(self, application: str, artifact: str) -> list[Row]:
        """Mark the last batch of live rows as undone and return it; an empty list when there is none."""
        live = self.rows(application, artifact)
        taken = [row for row in live if row.batch == live[-1].batch] if live else []
        with self._engine.begin() as connection:
            for row in taken:
                connection.execute(
                    self._table.update().where(self._table.c.id == row.id).values(undone=time.time())
                )
        return taken

    def taught(self, rows: Sequence[Row], kind: type[Input]) -> list[Taught]:
        """The rows as items a learner can update from."""
        return [Taught(kind(path=self._inputs / row.key, name=row.name), row.answer) for row in rows]

    def _keep(self, item: Input) -> str:
        key = item.digest()
        if not (self._inputs / key).exists():
            write_bytes(self._inputs / key, item.read())
        return key

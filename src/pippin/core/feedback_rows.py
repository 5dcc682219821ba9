"""Corrections as they stand in the database, and the answers they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pippin.core.inputs import Input


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

    @classmethod
    def of(cls, columns: Mapping[Any, Any]) -> FeedbackRow:
        """Return the row of a table's columns; json.JSONDecodeError where its answer is damaged."""
        plain = {name: columns[name] for name in ("id", "batch", "key", "name", "created", "undone")}
        return cls(**plain, answer=json.loads(columns["answer"]))

    @property
    def keys(self) -> list[str]:
        """The digests of the files it keeps: its input, and an answer that is a file."""
        return [key for key in (self.key, self.answer["kept"] if is_stored_file(self.answer) else "") if key]


def is_stored_file(answer: Any) -> bool:
    """Return whether an answer, as a row has it, is a file that is kept."""
    return isinstance(answer, dict) and answer.keys() == {"kept", "kind", "name"}


def display_answer(answer: Any) -> Any:
    """Return a correction's answer as it is shown: of a file, its name."""
    if isinstance(answer, Input):
        return answer.name
    return answer["name"] if is_stored_file(answer) else answer

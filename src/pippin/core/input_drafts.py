"""Copies of taught inputs that are kept together with their rows, or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pippin.core.errors import PippinError, writing
from pippin.core.files import write_bytes
from pippin.core.inputs import KINDS, Input


class InputDrafts:
    """Copies below `folder`, each named by its digest once it is published; until then under another name.

    Writing is slow and needs no lock; publishing only renames, so it can be done within a database's transaction.
    Contents of at most `max_small` bytes are written to no file: the database takes them from `small`, by digest.
    """

    def __init__(self, folder: Path, max_small: int = -1) -> None:
        self._folder, self._max_small = folder, max_small
        self.small: dict[str, bytes] = {}
        self._drafts: dict[str, Path] = {}
        self._damaged: set[str] = set()
        self._new: list[Path] = []

    def write(self, item: Input) -> str:
        """Write a copy under a name of its own; returns the name it will have, the digest of its kind."""
        # By the digest that its kind gives what is kept: a record's ignores the order of its columns.
        kind, content = KINDS[item.kind], item.read()
        key = kind(content=content).digest()
        if len(content) <= self._max_small:
            self.small[key] = content
        elif key not in self._drafts:
            kept = self._folder / key
            if kept.exists() and not is_intact(kind(path=kept), key):
                self._damaged.add(key)
            draft = self._folder / f".{key[:16]}-{uuid.uuid4().hex[:12]}"
            write_bytes(draft, content)
            self._drafts[key] = draft
        return key

    def publish(self) -> None:
        """Rename each copy to its final name; one that is there already stays as it is, unless it is damaged."""
        for key, draft in self._drafts.items():
            path = self._folder / key
            with writing(path):
                if path.exists() and key not in self._damaged:
                    draft.unlink()
                    continue
                if not path.exists():
                    self._new.append(path)
                os.replace(draft, path)

    @contextmanager
    def discarded_on_error(self) -> Iterator[None]:
        """Remove all copies that were not there before, where the block raises."""
        try:
            yield
        except BaseException:
            for path in (*self._drafts.values(), *self._new):
                path.unlink(missing_ok=True)
            self._drafts, self._new = {}, []
            raise


def is_intact(kept: Input, key: str) -> bool:
    """Return whether a kept copy is there and still has the digest it is named by."""
    try:
        return kept.digest() == key
    except PippinError:
        return False

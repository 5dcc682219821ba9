"""What the few-example learner was shown: a point, a label, a name and a key each, and the head fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.learn.label_ridge import Ridge

Floats = NDArray[np.float32]

MIN_EXEMPLARS = 256  # examples, up to which the head is fitted afresh at once
MAX_CHANGES = 16  # that are taken in one by one; more are one fit


class Exemplar(NamedTuple):
    """One example: its label, its point [D], the name of its file, and the identity of its content."""

    label: str
    point: Floats
    name: str
    key: str


class Examples:
    """Examples in the order in which they were shown; one shown again takes its new label and goes to the end."""

    def __init__(self) -> None:
        self.points: Floats = np.zeros((0, 0), np.float32)
        self.labels: list[str] = []
        self.names: list[str] = []
        self.keys: list[str] = []
        self._rows: dict[str, int] = {}  # by key
        self._room: Floats = self.points  # what `points` is the beginning of
        self._ridge: Ridge | None = None

    def hold(self, points_ND: Floats, labels: Sequence[str], names: Sequence[str], keys: Sequence[str]) -> None:
        """Replace all examples by these."""
        self.points = self._room = points_ND
        self.labels, self.names, self.keys = list(labels), list(names), list(keys)
        self._rows = {key: row for row, key in enumerate(self.keys)}
        self._ridge = None

    def label_of(self, key: str) -> str | None:
        """Return the label of the example with this key, if there is one."""
        row = self._rows.get(key)
        return None if row is None else self.labels[row]

    def add(self, items: Sequence[Exemplar], head: Head | None) -> Head:
        """Add examples and return the head for all; `head` is that of the examples before."""
        latest = {item.key: item for item in items}
        known = [self._rows[key] for key in latest if key in self._rows]
        touched = {item.label for item in latest.values()} | {self.labels[row] for row in known}
        alone = len(set(self.labels)) < 2 or len(self.labels) <= MIN_EXEMPLARS
        if alone or head is None or len(latest) + len(known) > MAX_CHANGES:
            self._ridge = None
        elif self._ridge is None:
            self._ridge = Ridge(self.points, self.labels)
        for row in sorted(known, reverse=True):
            self._remove(row)
        for item in latest.values():
            self._append(item)
        if self._ridge is None or len(self._ridge.labels) < 2 or self._ridge.stale:
            self._ridge = Ridge(self.points, self.labels)
        return Head.of(self._ridge, self.points, head, touched)

    def _remove(self, row: int) -> None:
        if self._ridge is not None:
            self._ridge.remove(self.points, row)
        count = len(self.labels) - 1
        self._room[row:count] = self._room[row + 1 : count + 1]
        self.points = self._room[:count]
        for column in (self.labels, self.names, self.keys):
            del column[row]
        self._rows = {key: index for index, key in enumerate(self.keys)}

    def _append(self, item: Exemplar) -> None:
        if self._ridge is not None:
            self._ridge.add(self.points, item.point, item.label)
        count = len(self.labels)
        if count >= len(self._room):  # room for as many again, so that a row more need not copy all
            room = np.empty((max(16, 2 * count), len(item.point)), np.float32)
            room[:count] = self.points.reshape(count, -1) if count else room[:0]
            self._room = room
        self._room[count] = item.point
        self.points = self._room[: count + 1]
        self.labels.append(item.label)
        self.names.append(item.name)
        self.keys.append(item.key)
        self._rows[item.key] = count

"""A class: who is here, whether the door is open, and the teacher's message to all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE_SECONDS = 60.0  # without a request after which a visitor counts as gone
MAX_MESSAGE = 500  # characters
MAX_VISITORS = 5000  # remembered


@dataclass
class Visit:
    """One visitor since the studio began: a number in the order of coming, the address, and what was asked last."""

    name: str
    number: int
    address: str
    first: float
    last: float
    teacher: bool = False
    doing: str = ""

    @property
    def here(self) -> bool:
        """Whether the visitor sent a request within the last HERE_SECONDS."""
        return time.time() - self.last < HERE_SECONDS


@dataclass
class Classroom:
    """Who came, in memory; `root` holds the workspaces, so that those of earlier days are known too.

    A class that has `ended` lets no one in but the teacher.
    """

    root: Path
    open: bool = True
    ended: bool = False
    message: str = ""
    _visits: dict[str, Visit] = field(default_factory=dict)
    _count: int = 0

    def knows(self, name: str) -> bool:
        """Return whether this visitor was here before."""
        return name in self._visits or (self.root / name).is_dir()

    def note(self, name: str, address: str, *, teacher: bool = False) -> Visit:
        """Note that a visitor asks for something now."""
        now = time.time()
        visit = self._visits.get(name)
        if visit is None:
            self._count += 1
            visit = self._visits[name] = Visit(name, self._count, address, now, now)
            if len(self._visits) > MAX_VISITORS:
                self._forget()
        visit.last, visit.address, visit.teacher = now, address, visit.teacher or teacher
        return visit

    def visit(self, name: str) -> Visit | None:
        """Return the visit of a visitor, if known."""
        return self._visits.get(name)

    def visits(self) -> Iterator[Visit]:
        """Yield all visits in the order of coming."""
        return iter(list(self._visits.values()))

    def forget_all(self) -> None:
        """Forget all who came, and the message to them."""
        self._visits.clear()
        self.message = ""

    def _forget(self) -> None:
        """Forget the visitors who were away longest and have no workspace: they lose nothing."""
        gone = sorted((v for v in self._visits.values() if not (self.root / v.name).is_dir()), key=lambda v: v.last)
        for visit in gone[: MAX_VISITORS // 10]:
            del self._visits[visit.name]

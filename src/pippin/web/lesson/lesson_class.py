"""A class that follows a lesson: who is on which page, what of its tasks is done, and which pictures are offered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException

from pippin.core.errors import PippinError, writing
from pippin.core.paths import use_home
from pippin.core.workspace import Workspace
from pippin.lessons.conditions import Event
from pippin.lessons.events import read_events
from pippin.lessons.lesson import Lesson
from pippin.lessons.progress import Progress, read_progress
from pippin.lessons.queries import QueryBoard
from pippin.web.classroom import Classroom
from pippin.web.lesson.names import CLASS_FILE, ClassRecord, ClassRecords
from pippin.web.visitor_workspaces import Visitors

OFFERED = "class/offered.jpg"  # within a visitor's workspace
MAX_SIDE = 1600  # pixels of a picture that is offered
WATCHED = ("activity.sqlite*", "feedback.sqlite*")  # files that progress is read from

Stamp = tuple[tuple[str, int, int], ...]


@dataclass
class Position:
    """On which page a pupil is, since when (seconds since 1970)."""

    page: int
    since: float


class LessonClass:
    """What the routes of pupils and of the teacher share; `closed` returns applications that pupils do not get."""

    def __init__(
        self,
        folder: Path,
        visitors: Visitors,
        classroom: Classroom,
        lesson: Callable[[], Lesson],
        closed: Callable[[], list[str]],
    ) -> None:
        self.records = ClassRecords(folder / CLASS_FILE)
        self.queries = QueryBoard(folder / "class-queries.json")
        self.visitors, self.classroom, self._lesson, self._closed = visitors, classroom, lesson, closed
        self.positions: dict[str, Position] = {}
        self.shown: str | None = None  # the visitor whose picture is on the teacher's page
        self._progress: dict[str, tuple[Stamp, Progress]] = {}
        self._shared: tuple[Stamp, list[Event]] = (), []

    @property
    def lesson(self) -> Lesson:
        """The lesson of the class."""
        return self._lesson()

    @property
    def record(self) -> ClassRecord:
        """What the class remembers."""
        return self.records.record

    @property
    def names(self) -> Mapping[str, str]:
        """Nicknames by visitor."""
        return self.record.names

    def join(self, visitor: str, name: str) -> None:
        """Let a visitor in under a nickname; their workspace is there from now on."""
        self.records.join(visitor, name)
        home = self.visitors.root / visitor
        with writing(home):
            home.mkdir(parents=True, exist_ok=True)

    def open_page(self, visitor: str, number: int, *, teacher: bool) -> None:
        """Note that a visitor is on a page; 409 where the class waits before it."""
        wait_at = self.record.wait_at
        if not teacher and wait_at is not None and number > wait_at:
            raise HTTPException(409, f"The class waits at page {wait_at}; it goes on together.")
        position = self.positions.get(visitor)
        if position is None or position.page != number:
            self.positions[visitor] = Position(number, time.time())

    def progress(self, visitor: str) -> Progress:
        """Return where a pupil stands; read again only where something was done since."""
        home = self.visitors.root / visitor
        shared, lesson = self.shared_events(), self.lesson
        stamp = (*_stamp(home), *self._shared[0])
        known = self._progress.get(visitor)
        if known is None or known[0] != stamp or known[1].lesson is not lesson:
            with use_home(home):
                known = stamp, read_progress(lesson, Workspace(home), self._closed(), shared)
            self._progress[visitor] = known
        return known[1]

    def shared_events(self) -> list[Event]:
        """Return what the teacher did in this studio: a run that takes long is done once for all."""
        homes = [self.visitors.root / visit.name for visit in self.classroom.visits() if visit.teacher]
        stamp = tuple(one for home in homes for one in _stamp(home))
        if stamp != self._shared[0]:
            self._shared = stamp, [event for home in homes for event in read_events(Workspace(home))]
        return self._shared[1]

    def offered(self, visitor: str) -> Path | None:
        """Return the picture a pupil offers to the class."""
        path = self.visitors.root / visitor / OFFERED
        return path if visitor in self.names and path.is_file() else None

    def offer(self, visitor: str, source: Path) -> None:
        """Keep a picture a pupil offers, made smaller and without what a camera notes in it."""
        from PIL import Image, ImageOps

        try:
            with Image.open(source) as opened:
                image = ImageOps.exif_transpose(opened).convert("RGB")
                image.thumbnail((MAX_SIDE, MAX_SIDE))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
            raise PippinError(f"{source.name} cannot be read as an image.", input=source.name) from problem
        path = self.visitors.root / visitor / OFFERED
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, "JPEG", quality=88)

    def withdraw(self, visitor: str) -> None:
        """Remove the picture a pupil offered, from the teacher's page too."""
        if self.shown == visitor:
            self.shown = None
        path = self.visitors.root / visitor / OFFERED
        with writing(path):
            path.unlink(missing_ok=True)

    def show(self, visitor: str | None) -> None:
        """Put a pupil's picture on the teacher's page, or none."""
        if visitor is not None and self.offered(visitor) is None:
            raise PippinError("This pupil offers no picture.", input="visitor")
        self.shown = visitor

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """Forget visitors who are gone: names, queries, positions."""
        self.records.forget(is_gone)
        self.queries.forget_authors(is_gone)
        for memory in (self.positions, self._progress):
            for visitor in [one for one in memory if is_gone(one)]:
                memory.pop(visitor, None)
        if self.shown and is_gone(self.shown):
            self.shown = None

    def erase(self) -> None:
        """Forget everything of the class."""
        self.positions.clear()
        self._progress.clear()
        self.shown = None
        self.queries.erase()
        self.records.erase()


def _stamp(home: Path) -> Stamp:
    """Return what changes when something is done in a workspace."""
    found = []
    for pattern in WATCHED:
        for path in sorted(home.glob(pattern)):
            about = path.stat()
            found.append((path.name, about.st_mtime_ns, about.st_size))
    return tuple(found)

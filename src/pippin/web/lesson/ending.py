"""The end of a class: all pictures, names and models are erased, at once or when their day is over."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from pippin.core.derived import digests_below, forget_all_derived, forget_derived
from pippin.core.feedback_database import DatabaseAway
from pippin.core.files import write_bytes
from pippin.core.loaded_models import forget_workspace
from pippin.core.run_record import STOP
from pippin.core.workspace import Workspace
from pippin.lessons.queries import TEACHER
from pippin.verbs.run_states import state
from pippin.web.classroom import Classroom
from pippin.web.downloads import DownloadStore
from pippin.web.lesson.lesson_class import LessonClass
from pippin.web.visitor_workspaces import DAY
from pippin.web.work_queue import WorkQueue

WHEN = {"now": 0.0, "tomorrow": DAY}


class ClassEnd:
    """Looks every few seconds whether the class is to be erased; what still works on it is waited for."""

    def __init__(self, room: LessonClass, classroom: Classroom, queue: WorkQueue, kept: DownloadStore) -> None:
        self.room, self.classroom, self.queue, self.kept = room, classroom, queue, kept

    def set(self, when: str) -> None:
        """End the class "now" or "tomorrow"; "never" takes that back until it has begun."""
        if self.classroom.ended:
            return
        self.room.records.change(erase_at=time.time() + WHEN[when] if when in WHEN else None)
        self.look()

    def look(self) -> None:
        """Erase the class where it is time; else forget who has no workspace any more."""
        record = self.room.record
        days = self.room.visitors.days
        if record.erase_at is None and days and record.names and time.time() - self._last_use() > days * DAY:
            self.room.records.change(erase_at=time.time())
        if (erase_at := self.room.record.erase_at) is not None and time.time() >= erase_at:
            self.classroom.ended, self.classroom.open = True, False
            self._erase()
        elif record.names and self.classroom.ended is False:
            self.room.forget(self._is_gone)

    def _last_use(self) -> float:
        """Return when anyone of the class asked for something, to an hour (`Visitors.home` notes it)."""
        homes = [self.room.visitors.root / name for name in self.room.names]
        times = [home.stat().st_mtime for home in homes if home.is_dir()]
        visits = [visit.last for visit in self.classroom.visits()]
        return max([self.room.record.begun, *times, *visits])

    def _is_gone(self, visitor: str) -> bool:
        visit = self.classroom.visit(visitor)
        return visitor != TEACHER and not (self.room.visitors.root / visitor).is_dir() and not (visit and visit.here)

    def _erase(self) -> None:
        """Erase what nothing works on; once a look finds nothing left, the class is over."""
        self.room.shown = None
        at_work = {str(row["visitor"]) for row in self.queue.everything()}
        homes = self.room.visitors.homes()
        for home in homes:
            if home.name not in at_work and not _stop_runs(home):
                self._erase_home(home)
        if homes or at_work:  # a request that came before the end may still write
            return
        forget_all_derived()  # what was only asked about lies in no workspace, but in caches
        self.room.erase()
        self.classroom.forget_all()

    def _erase_home(self, home: Path) -> None:
        self.kept.clear(home)
        forget_derived(digests_below([home / "inputs", home / "data"]))
        forget_workspace(Workspace(home))
        with suppress(OSError, DatabaseAway):  # another studio may be at it; the next look sees
            self.room.visitors.remove(home)


def _stop_runs(home: Path) -> bool:
    """Ask the runs of a workspace to end, and return whether any still goes on."""
    alive = [folder for folder in (home / "runs").glob("*/") if state(folder).alive]
    for folder in alive:
        write_bytes(folder / STOP, b"")
    return bool(alive)

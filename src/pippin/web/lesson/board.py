"""The teacher's board: who is on which page, which task stalls; tasks of this lesson alone, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pippin.lessons.lesson import Lesson, Page, Task
from pippin.lessons.progress import Progress
from pippin.lessons.queries import NEW
from pippin.web.classroom import Classroom
from pippin.web.lesson.lesson_class import LessonClass
from pippin.web.visitor_workspaces import is_training


@dataclass(frozen=True)
class Pupil:
    """A pupil at this moment; `page` is None until a page is opened."""

    visitor: str
    number: int
    name: str
    is_here: bool
    page: int | None
    minutes: float
    progress: Progress
    offers: bool
    trains: bool

    def is_done(self, page: Page, task: Task) -> bool:
        """Return whether the pupil did a task."""
        return self.progress.is_done(page, task)

    def stalled(self, lesson: Lesson) -> Task | None:
        """Return the task the pupil has been at for longer than its page is meant to take."""
        if self.page is None or not self.is_here or not 1 <= self.page <= len(lesson.pages):
            return None
        page = lesson.pages[self.page - 1]
        if self.minutes <= page.minutes:
            return None
        left = (task for task in page.tasks if self.progress.is_open(task) and not self.is_done(page, task))
        return next(left, None)


class Board:
    """Reads what the teacher sees."""

    def __init__(self, room: LessonClass, classroom: Classroom) -> None:
        self.room, self.classroom = room, classroom

    def pupils(self) -> list[Pupil]:
        """Return all who joined, in the order of joining; with names hidden, without them."""
        record, now, found = self.room.record, time.time(), []
        for number, (visitor, name) in enumerate(record.names.items(), 1):
            visit, position = self.classroom.visit(visitor), self.room.positions.get(visitor)
            found.append(
                Pupil(
                    visitor,
                    number,
                    "" if record.hide_names else name,
                    bool(visit and visit.here),
                    position.page if position else None,
                    (now - position.since) / 60 if position else 0.0,
                    self.room.progress(visitor),
                    self.room.offered(visitor) is not None,
                    is_training(self.room.visitors.root / visitor),
                )
            )
        return found

    def overview(self) -> dict[str, Any]:
        """Return the board as JSON values."""
        pupils, lesson, record = self.pupils(), self.room.lesson, self.room.record
        queries = self.room.queries.read()
        waiting = sum(query.state == NEW for query in queries)
        waiting += sum(reply.state == NEW for query in queries for reply in query.replies)
        return {
            "title": lesson.title,
            "max_xp": lesson.xp,
            "pages": [_page(page, pupils, lesson) for page in lesson.pages],
            "pupils": [_pupil(one, lesson) for one in pupils],
            "unnamed": sum(
                one.here and not one.teacher and one.name not in record.names for one in self.classroom.visits()
            ),
            "wait_at": record.wait_at,
            "hide_names": record.hide_names,
            "erase_at": record.erase_at,
            "ended": self.classroom.ended,
            "queries_waiting": waiting,
            "shown": self.room.shown,
        }

    def csv(self) -> str:
        """Return a row a pupil: number, name unless hidden, page, points, and 1 for each task that is done."""
        pupils, lesson = self.pupils(), self.room.lesson
        tasks = [(page, task) for page in lesson.pages for task in page.tasks]
        lines = io.StringIO()
        writer = csv.writer(lines)
        writer.writerow(["number", "name", "page", "xp", *(task.id for _, task in tasks)])
        for one in pupils:
            done = [int(one.is_done(page, task)) for page, task in tasks]
            writer.writerow([one.number, one.name, one.page or "", one.progress.total, *done])
        return lines.getvalue()


def _page(page: Page, pupils: Sequence[Pupil], lesson: Lesson) -> dict[str, Any]:
    stalled = [one.stalled(lesson) for one in pupils]
    return {
        "page": page.number,
        "title": page.title,
        "minutes": page.minutes,
        "path": page.is_on_path,
        "here": sum(one.is_here and one.page == page.number for one in pupils),
        "tasks": [
            {
                "id": task.id,
                "text": task.text,
                "done": sum(one.is_done(page, task) for one in pupils),
                "stalled": sum(one is task for one in stalled),
            }
            for task in page.tasks
        ],
    }


def _pupil(pupil: Pupil, lesson: Lesson) -> dict[str, Any]:
    stalled = pupil.stalled(lesson)
    done = [task.id for page in lesson.pages for task in page.tasks if pupil.is_done(page, task)]
    return {
        "visitor": pupil.visitor,
        "number": pupil.number,
        "name": pupil.name,
        "here": pupil.is_here,
        "page": pupil.page,
        "minutes": round(pupil.minutes, 1),
        "xp": pupil.progress.total,
        "done": done,
        "stalled": stalled.id if stalled else None,
        "offers": pupil.offers,
        "trains": pupil.trains,
    }

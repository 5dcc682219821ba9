"""The teacher's page: who is here, what goes on, what it takes; stop, message, door. Behind a secret of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.run_record import STOP
from pippin.verbs.run_states import state
from pippin.web import static_pages
from pippin.web.classroom import MAX_MESSAGE, Classroom, Visit
from pippin.web.responses import refusal
from pippin.web.server_settings import ServerSettings
from pippin.web.uploads import values_of
from pippin.web.visitor_workspaces import Visitors
from pippin.web.work_queue import WorkQueue

PAGE = "/teacher"


class Teacher:
    """What the page shows and does."""

    def __init__(self, rules: ServerSettings, classroom: Classroom, visitors: Visitors, queue: WorkQueue) -> None:
        self.rules, self.classroom, self.visitors, self.queue = rules, classroom, visitors, queue

    def overview(self) -> dict[str, Any]:
        """Return the class as JSON values."""
        work = self.queue.everything()
        names = {home.name for home in self.visitors.homes()}
        here = {visit.name: visit for visit in self.classroom.visits()}
        rows = [self._row(visit, work) for visit in here.values()]
        absent = sorted(names - here.keys())
        if self.rules.lesson:  # of such a class the teacher sees tasks of the lesson alone
            rows = [_veil(row) for row in rows]
        return {
            "lesson": bool(self.rules.lesson),
            "visitors": [row for row in rows if row["bytes"] or row["here"] or row["runs"]],
            "absent": {"count": len(absent), "bytes": sum(self.visitors.size(name) for name in absent)},
            "absent_runs": [
                run for name in absent for run in self._runs(name) if run["alive"] and not self.rules.lesson
            ],
            "waiting": sum(row["state"] == "waiting" for row in work),
            "disk": self.rules.disk,
            "open": self.classroom.open,
            "message": self.classroom.message,
        }

    def stop_all(self, visitor: str) -> None:
        """Ask all runs of a visitor to end."""
        for folder in (self._home(visitor) / "runs").glob("*/"):
            if state(folder).alive:
                write_bytes(folder / STOP, b"")

    def refuse(self, request: Request) -> Response | None:
        """Return the refusal of all but the teacher."""
        return _refused(request, self)

    def stop(self, visitor: str, run: str) -> None:
        """Ask a visitor's run to end."""
        folder = next((path for path in (self._home(visitor) / "runs").glob("*/") if path.name == run), None)
        if folder is None or not state(folder).alive:
            raise PippinError(f"{run[:80]} is not running.", input=run[:80])
        write_bytes(folder / STOP, b"")

    def _home(self, visitor: str) -> Path:
        home = next((home for home in self.visitors.homes() if home.name == visitor), None)
        if home is None:
            raise PippinError("There is no such visitor.", input=visitor[:80])
        return home

    def _row(self, visit: Visit, work: list[dict[str, Any]]) -> dict[str, Any]:
        own = [{key: row[key] for key in row if key != "visitor"} for row in work if row["visitor"] == visit.name]
        return {
            "visitor": visit.name,
            "number": visit.number,
            "address": visit.address,
            "teacher": visit.teacher,
            "here": visit.here,
            "first": visit.first,
            "last": visit.last,
            "doing": visit.doing,
            "work": own,
            "runs": [run for run in self._runs(visit.name) if run["alive"]],
            "bytes": self.visitors.size(visit.name),
        }

    def _runs(self, visitor: str) -> list[dict[str, Any]]:
        folders = sorted((self.visitors.root / visitor / "runs").glob("*/"), reverse=True)
        states = [(folder, state(folder)) for folder in folders[:20]]
        return [
            {
                "visitor": visitor,
                "run": stands.name,
                "application": folder.name.rsplit("-", 3)[0],
                "command": stands.verb,
                "state": stands.state,
                "alive": stands.alive,
                "stopping": stands.alive and (folder / STOP).exists(),
                "seconds": stands.seconds,
                "begun": stands.begun,
            }
            for folder, stands in states
        ]


def serve(app: FastAPI, teacher: Teacher) -> None:
    """Add the routes of the page."""

    @app.get(PAGE)
    async def page(request: Request) -> Response:
        return _refused(request, teacher) or static_pages.index()

    @app.get("/v1/teacher")
    async def overview(request: Request) -> Any:
        return _refused(request, teacher) or await run_in_threadpool(teacher.overview)

    @app.post("/v1/teacher/{action}")
    async def act(action: str, request: Request) -> Any:
        if refused := _refused(request, teacher):
            return refused
        values = values_of(await request.body() or b"{}")
        if action == "stop":
            visitor = _text(values, "visitor", 200)
            if teacher.rules.lesson and "run" not in values:
                await run_in_threadpool(teacher.stop_all, visitor)
            else:
                await run_in_threadpool(teacher.stop, visitor, _text(values, "run", 200))
        elif action == "message":
            teacher.classroom.message = _text(values, "message", MAX_MESSAGE).strip()
        elif action == "door":
            if not isinstance(values.get("open"), bool):
                raise PippinError("open must be true or false.", input="open")
            if values["open"] and teacher.classroom.ended and teacher.visitors.homes():
                raise PippinError("The class is being erased; open the door again in a moment.", input="open")
            teacher.classroom.open = values["open"]
            teacher.classroom.ended = teacher.classroom.ended and not values["open"]
        else:
            raise HTTPException(404)
        return await run_in_threadpool(teacher.overview)


def _veil(row: dict[str, Any]) -> dict[str, Any]:
    """Return a visitor's row without what was used, and from where."""
    return {**row, "address": "", "doing": "", "work": [], "runs": []}


def _text(values: Any, name: str, longest: int) -> str:
    value = values.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise PippinError(f"{name} must be a text of at most {longest} characters.", input=name)
    return value


def _refused(request: Request, teacher: Teacher) -> Response | None:
    if not teacher.rules.teacher:
        raise HTTPException(404, "There is no class here, so it has no teacher's page.")
    if request.scope.get("teacher"):
        return None
    message = "The teacher's page asks for the secret in the second address that Pippin printed."
    return refusal(401, message, request=request, ask_at=PAGE)

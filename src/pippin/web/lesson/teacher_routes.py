"""The teacher's part of a class with a lesson: the board, pace, names, pictures, queries, sheet, slides, the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.lessons.progress import read_progress
from pippin.lessons.queries import TEACHER
from pippin.lessons.sheet import sheet_html
from pippin.lessons.slides import slides_html
from pippin.web.lesson import query_json
from pippin.web.lesson.board import Board
from pippin.web.lesson.ending import WHEN, ClassEnd
from pippin.web.lesson.lesson_class import LessonClass
from pippin.web.lesson.routes import id_of, read_values, text_of
from pippin.web.responses import PRINTED, SLIDES
from pippin.web.server_state import ServerState

Refuse = Callable[[Request], Response | None]
TABLE = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="{name}.csv"'}


class TeacherOfLesson:
    """What the teacher does to the class."""

    def __init__(self, room: LessonClass, board: Board, end: ClassEnd) -> None:
        self.room, self.board, self.end = room, board, end

    def act(self, action: str, values: dict[str, Any]) -> None:
        """Carry out an action; PippinError where its values are wrong, 404 where there is none."""
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "pace": self._set_pace,
            "names": lambda given: self.room.records.change(hide_names=_flag(given, "hide")),
            "show": lambda given: self.room.show(given.get("visitor") and text_of(given, "visitor")),
            "end": self._set_end,
            "judge": self._judge,
            "answer": lambda given: self.room.queries.reply(
                id_of(given), TEACHER, text_of(given, "text"), approved=True
            ),
            "solve": lambda given: self.room.queries.solve(id_of(given), None),
        }
        if action not in actions:
            raise HTTPException(404)
        actions[action](values)

    def queries(self) -> dict[str, Any]:
        """Return all queries with nicknames, unless these are hidden."""
        return {"queries": query_json.for_teacher(self.room.queries.read(), self._name)}

    def queries_csv(self) -> str:
        """Return all queries as CSV."""
        return query_json.to_csv(self.room.queries.read(), self._name)

    def _set_pace(self, values: dict[str, Any]) -> None:
        wait_at = values.get("wait_at")
        if wait_at is not None and (type(wait_at) is not int or not 1 <= wait_at <= len(self.room.lesson.pages)):
            raise PippinError("wait_at must be a page of the lesson, or null.", input="wait_at")
        self.room.records.change(wait_at=wait_at)

    def _set_end(self, values: dict[str, Any]) -> None:
        when = text_of(values, "when")
        if when not in (*WHEN, "never"):
            raise PippinError(f"when must be one of {', '.join(WHEN)}, never, not {when[:20]!r}.", input="when")
        self.end.set(when)

    def _judge(self, values: dict[str, Any]) -> None:
        reply = None if values.get("answer") is None else id_of(values, "answer")
        self.room.queries.judge(id_of(values), text_of(values, "state"), reply)

    def _name(self, author: str) -> str:
        if author == TEACHER:
            return TEACHER
        record = self.room.record
        number = list(record.names).index(author) + 1 if author in record.names else 0
        return f"{number}" if record.hide_names else record.names.get(author, "")


def add(app: FastAPI, studio: ServerState, end: ClassEnd, refuse: Refuse) -> None:
    """Serve the board and what belongs to it; `refuse` refuses all but the teacher."""
    assert studio.room is not None
    room = studio.room
    teacher = TeacherOfLesson(room, Board(room, studio.classroom), end)

    async def respond(request: Request, work: Callable[[], Any]) -> Any:
        return refuse(request) or await run_in_threadpool(work)

    @app.get("/v1/teacher/board")
    async def board(request: Request) -> Any:
        return await respond(request, teacher.board.overview)

    @app.get("/v1/teacher/board.csv")
    async def table(request: Request) -> Any:
        return await respond(request, lambda: _csv("class", teacher.board.csv()))

    @app.get("/v1/teacher/queries")
    async def queries(request: Request) -> Any:
        return await respond(request, teacher.queries)

    @app.get("/v1/teacher/queries.csv")
    async def queries_table(request: Request) -> Any:
        return await respond(request, lambda: _csv("questions", teacher.queries_csv()))

    @app.get("/v1/teacher/image")
    async def image(request: Request) -> Any:
        return await respond(request, lambda: _shown_image(room))

    @app.get("/v1/teacher/sheet.html")
    async def sheet(request: Request, language: str | None = None) -> Any:
        return await respond(request, lambda: _page(sheet_html(studio.lesson(language)), PRINTED))

    @app.get("/v1/teacher/slides.html")
    async def slides(request: Request, language: str | None = None) -> Any:
        def make() -> Response:
            return _page(slides_html(read_progress(studio.lesson(language), Workspace(), studio.closed())), SLIDES)

        return refuse(request) or await studio.within(request, make)

    @app.post("/v1/teacher/board/{action}")
    async def act(action: str, request: Request) -> Any:
        if refused := refuse(request):
            return refused
        values = await read_values(request)
        await run_in_threadpool(teacher.act, action, values)
        return await run_in_threadpool(teacher.board.overview)


def _flag(values: dict[str, Any], name: str) -> bool:
    if not isinstance(value := values.get(name), bool):
        raise PippinError(f"{name} must be true or false.", input=name)
    return value


def _csv(name: str, text: str) -> Response:
    headers = {key: value.format(name=name) for key, value in TABLE.items()}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)


def _page(html: str, headers: dict[str, str]) -> Response:
    return Response(html, media_type="text/html; charset=utf-8", headers=headers)


def _shown_image(room: LessonClass) -> Response:
    """Return the picture that the teacher has chosen to show, and no other."""
    path = room.offered(room.shown) if room.shown else None
    if path is None:
        raise HTTPException(404, "No picture is shown.")
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

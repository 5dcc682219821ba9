"""The lesson over HTTP: its pages, where the visitor stands, answers, questions, and the certificate."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response

from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.lessons.certificate import certificate, certificate_html
from pippin.lessons.lesson import Lesson
from pippin.lessons.progress import Progress, answer, read_progress
from pippin.lessons.queries import SELF, TEACHER, QueryBoard, private_notebook
from pippin.lessons.terminal import facts, page_facts
from pippin.lessons.words import read_words
from pippin.web.lesson.query_json import for_reader
from pippin.web.responses import PRINTED
from pippin.web.server_state import ServerState
from pippin.web.uploads import values_of

MAX_BYTES = 8192


def add(app: FastAPI, studio: ServerState) -> None:
    """Serve the lesson; its addresses come before those of applications, none of which may be called `learn`."""
    _add_pages(app, studio)
    _add_queries(app, studio)


def _add_pages(app: FastAPI, studio: ServerState) -> None:
    @app.get("/v1/learn")
    async def lesson(request: Request, language: str | None = None) -> Any:
        return await studio.within(request, lambda: facts(_progress(studio, language)))

    @app.get("/v1/learn/words")
    async def words(request: Request, language: str | None = None) -> Any:
        return await studio.within(request, lambda: read_words(language or studio.lesson().language))

    @app.get("/v1/learn/certificate")
    async def achieved(request: Request, language: str | None = None) -> Any:
        return await studio.within(request, lambda: certificate(_progress(studio, language)))

    @app.get("/v1/learn/certificate.html")
    async def sheet(request: Request, language: str | None = None) -> Response:
        html = await studio.within(request, lambda: certificate_html(_progress(studio, language)))
        return Response(html, media_type="text/html; charset=utf-8", headers=PRINTED)

    @app.get("/v1/learn/{page}")
    async def page(page: str, request: Request, language: str | None = None) -> Any:
        return await studio.within(request, _page, studio, page, language, request)

    @app.post("/v1/learn/{page}")
    async def answers(page: str, request: Request, language: str | None = None) -> Any:
        values = await read_values(request)
        return await studio.within(request, _answer, studio, page, language, values)


def _add_queries(app: FastAPI, studio: ServerState) -> None:
    @app.get("/v1/learn/{page}/queries")
    async def queries(page: str, request: Request) -> Any:
        return await studio.within(request, _queries, studio, page, request)

    @app.post("/v1/learn/{page}/queries")
    async def write(page: str, request: Request) -> Any:
        values = await read_values(request)
        return await studio.within(request, _write, studio, page, request, values)


async def read_values(request: Request, largest: int = MAX_BYTES) -> dict[str, Any]:
    """Return the small JSON object a request holds."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise PippinError(f"Send at most {largest} bytes here.")
    return values_of(body or b"{}")


def text_of(values: dict[str, Any], name: str) -> str:
    """Return a text among values; PippinError where it is none."""
    if not isinstance(value := values.get(name), str):
        raise PippinError(f"{name} must be a text.", input=name)
    return value


def id_of(values: dict[str, Any], name: str = "id") -> int:
    """Return a whole number among values; PippinError where it is none."""
    if type(value := values.get(name)) is not int:
        raise PippinError(f"{name} must be a whole number.", input=name)
    return value


def _progress(studio: ServerState, language: str | None = None) -> Progress:
    shared = studio.room.shared_events() if studio.room is not None else ()
    return read_progress(studio.lesson(language), Workspace(), studio.closed(), shared)


def _page(studio: ServerState, number: str, language: str | None, request: Request) -> dict[str, Any]:
    progress = _progress(studio, language)
    page = progress.lesson.page(number)
    if studio.room is not None:
        studio.room.open_page(request.scope["visitor"], page.number, teacher=request.scope["teacher"])
    return page_facts(progress, page)


def _answer(studio: ServerState, number: str, language: str | None, values: dict[str, Any]) -> dict[str, Any]:
    quiz, choice = values.get("quiz"), values.get("choice")
    if values.keys() != {"quiz", "choice"} or not isinstance(quiz, str) or not isinstance(choice, str):
        raise PippinError("An answer is {quiz, choice}: a question's name and a letter.", input="quiz")
    lesson: Lesson = studio.lesson(language)
    answer(lesson, lesson.page(number), quiz, choice, Workspace())
    progress = _progress(studio, language)
    return page_facts(progress, lesson.page(number))


def _board(studio: ServerState, request: Request) -> tuple[QueryBoard, str]:
    """Return where a request's queries stand, and the author: the class's board, or a notebook of one's own."""
    if studio.room is None:
        return private_notebook(Workspace()), SELF
    return studio.room.queries, TEACHER if request.scope["teacher"] else str(request.scope["visitor"])


def _queries(studio: ServerState, number: str, request: Request) -> dict[str, Any]:
    lesson = studio.lesson()
    page = lesson.page(number)
    board, author = _board(studio, request)
    return {
        "board": page.board,
        "private": studio.room is None,
        "discussions": lesson.discussions if studio.room is None else "",
        "queries": for_reader(board.read(page.number), author),
    }


def _write(studio: ServerState, number: str, request: Request, values: dict[str, Any]) -> dict[str, Any]:
    page = studio.lesson().page(number)
    board, author = _board(studio, request)
    if studio.room is not None and author not in (TEACHER, *studio.room.names):
        raise PippinError("Choose a nickname first; then you can write here.")
    approved = author in (TEACHER, SELF)
    action = text_of(values, "action")
    if action == "ask":
        board.ask(page.number, author, text_of(values, "text"), approved=approved)
    elif action == "me-too":
        board.toggle_me_too(id_of(values), author)
    elif action == "answer":
        board.reply(id_of(values), author, text_of(values, "text"), approved=approved)
    elif action == "solve":
        board.solve(id_of(values), None if author == TEACHER else author)
    elif action == "remove":
        board.remove(id_of(values), author)
    else:
        raise PippinError(f"action is one of ask, me-too, answer, solve, remove, not {action[:20]!r}.", input="action")
    return _queries(studio, number, request)

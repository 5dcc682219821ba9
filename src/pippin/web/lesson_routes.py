"""The built-in lesson over HTTP: its pages, where the visitor stands, and answers to its questions."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request

from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.lessons.progress import Progress, answer, read_progress
from pippin.lessons.reading import read_lesson
from pippin.lessons.terminal import facts, page_facts
from pippin.web.server_state import ServerState
from pippin.web.uploads import values_of

MAX_ANSWER_BYTES = 4096


def add(app: FastAPI, studio: ServerState) -> None:
    """Serve the lesson; its addresses come before those of applications, none of which may be called `learn`."""

    @app.get("/v1/learn")
    async def lesson(request: Request) -> Any:
        return await studio.within(request, lambda: facts(_progress(studio)))

    @app.get("/v1/learn/{page}")
    async def page(page: str, request: Request) -> Any:
        return await studio.within(request, _page, studio, page)

    @app.post("/v1/learn/{page}")
    async def answers(page: str, request: Request) -> Any:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                raise PippinError("An answer is a question's name and a letter, not more.")
        return await studio.within(request, _answer, studio, page, values_of(body))


def _progress(studio: ServerState) -> Progress:
    closed = [app.name for app in registry.all_applications() if studio.rules.refusal(app)]
    return read_progress(read_lesson(), Workspace(), closed)


def _page(studio: ServerState, number: str) -> dict[str, Any]:
    progress = _progress(studio)
    return page_facts(progress, progress.lesson.page(number))


def _answer(studio: ServerState, number: str, values: dict[str, Any]) -> dict[str, Any]:
    quiz, choice = values.get("quiz"), values.get("choice")
    if values.keys() != {"quiz", "choice"} or not isinstance(quiz, str) or not isinstance(choice, str):
        raise PippinError("An answer is {quiz, choice}: a question's name and a letter.", input="quiz")
    lesson = read_lesson()
    answer(lesson, lesson.page(number), quiz, choice, Workspace())
    return _page(studio, number)

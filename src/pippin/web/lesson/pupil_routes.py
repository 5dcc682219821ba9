"""What a pupil of a class does beside the lesson: join under a nickname, offer a picture, take it back."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pippin.core.errors import PippinError
from pippin.web.lesson.lesson_class import LessonClass
from pippin.web.lesson.routes import read_values, text_of
from pippin.web.server_state import ServerState
from pippin.web.uploads import count_pixels, received


def add(app: FastAPI, studio: ServerState) -> None:
    """Serve what pupils send; a Python package cannot be called `class`, so no application is."""

    @app.post("/v1/class/join")
    async def join(request: Request) -> Any:
        room, values = _room(studio), await read_values(request)
        await run_in_threadpool(room.join, request.scope["visitor"], text_of(values, "name"))
        return visit_facts(studio, request)

    @app.post("/v1/class/image")
    async def offer_image(request: Request) -> Any:
        room, visitor = _room(studio), request.scope["visitor"]
        if visitor not in room.names:
            raise PippinError("Choose a nickname first; then you can offer a picture.")
        folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
        try:
            with studio.quotas.sending(visitor, request.headers.get("content-length", "")):
                sent = await received(request, folder)
                images = sent.files.get("image", [])
                if not images and sent.values == {"withdraw": True}:
                    await run_in_threadpool(room.withdraw, visitor)
                elif len(images) == 1:
                    await run_in_threadpool(count_pixels, sent, studio.rules.max_pixels)
                    with studio.quotas.writing(visitor, "teach", images[0].stat().st_size):
                        await run_in_threadpool(room.offer, visitor, images[0])
                else:
                    raise PippinError("Send one image, or withdraw: true.", input="image")
        finally:
            await run_in_threadpool(shutil.rmtree, folder, True)
        return visit_facts(studio, request)


def visit_facts(studio: ServerState, request: Request) -> dict[str, Any] | None:
    """Return what the class's lesson means for a visitor; None where there is no such class."""
    room, visitor = studio.room, str(request.scope["visitor"])
    if room is None:
        return None
    record = room.record
    return {
        "title": room.lesson.title,
        "name": record.names.get(visitor),
        "teacher": bool(request.scope["teacher"]),
        "wait_at": record.wait_at,
        "erase_at": record.erase_at,
        "offers": room.offered(visitor) is not None,
        "shown": room.shown == visitor,
    }


def _room(studio: ServerState) -> LessonClass:
    if studio.room is None:
        raise HTTPException(404, "There is no class with a lesson here.")
    return studio.room

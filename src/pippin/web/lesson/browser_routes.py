"""What browsers of a class compute by themselves: the files they need for it, and what was done in them."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace, cache
from pippin.lessons.lesson import Lesson, all_conditions
from pippin.lessons.site_program import write_applications
from pippin.web.lesson.routes import id_of, read_values, text_of
from pippin.web.server_state import ServerState

FOR_A_LESSON = {"Cache-Control": "private, max-age=7200"}
FILE_NAME = re.compile(r"[\w-]{1,60}\.[a-z0-9]{1,8}")
OUTCOMES = re.compile(r"[-rwu]{1,600}")
MAX_FACTS = 10


class BrowserFiles:
    """Applications that can be taught in a browser; their files are written once, when the first browser asks."""

    def __init__(self) -> None:
        self._lock, self._verbs = threading.Lock(), dict[str, list[str]]()
        self._folder: Path | None = None

    def verbs(self, lesson: Lesson) -> Mapping[str, list[str]]:
        """Return what browsers can do, by application."""
        with self._lock:
            if self._folder is None:
                names = {one.application for _, one in _conditions(lesson) if one.verb == "teach" and one.application}
                self._verbs, _ = write_applications(lesson, cache("browser"), names)
                self._folder = cache("browser") / "files"
        return self._verbs

    def path(self, lesson: Lesson, application: str, name: str) -> Path:
        """Return a file of an application; 404 where there is none."""
        is_known = application in self.verbs(lesson) and FILE_NAME.fullmatch(name)
        if not is_known or self._folder is None or not (path := self._folder / application / name).is_file():
            raise HTTPException(404)
        return path


def add(app: FastAPI, studio: ServerState) -> None:
    """Serve a class's browsers; these addresses come before those of the lesson's pages."""
    files = BrowserFiles()

    @app.get("/v1/learn/browser")
    async def able(request: Request) -> Any:
        lesson = _lesson(studio)
        return {"verbs": await run_in_threadpool(files.verbs, lesson), "labels": _labels(lesson)}

    @app.get("/v1/learn/browser/{application}/{name}")
    async def content(application: str, name: str, request: Request) -> Response:
        path = await run_in_threadpool(files.path, _lesson(studio), application, name)
        kind = "image/png" if path.suffix == ".png" else "application/octet-stream"
        return FileResponse(path, media_type=kind, headers=FOR_A_LESSON)

    @app.post("/v1/learn/browser")
    async def did(request: Request) -> Any:
        values, lesson = await read_values(request), _lesson(studio)
        verb, application, facts = read_event(values, await run_in_threadpool(files.verbs, lesson), _labels(lesson))
        await studio.within(request, lambda: Workspace().activity.add(verb, application, facts))
        return {}


def read_event(
    values: dict[str, Any], verbs: Mapping[str, list[str]], labels: list[str]
) -> tuple[str, str, dict[str, Any]]:
    """Return what was done in a browser as an entry of the log: numbers, and words that the lesson asks for."""
    application = text_of(values, "application")
    if application not in verbs:
        raise PippinError(f"{application[:40]!r} does not compute in browsers here.", input="application")
    if "takes_back" in values:
        return "undo", application, {"takes_back": id_of(values, "takes_back")}
    verb = text_of(values, "verb")
    if verb not in verbs[application]:
        allowed = ", ".join(verbs[application])
        raise PippinError(f"{verb[:40]!r} is none of what browsers do here: {allowed}.", input="verb")
    facts = _numbers(values.get("facts", {}))
    if verb != "teach":
        return verb, application, facts
    label, outcomes = text_of(values, "label"), text_of(values, "outcomes")
    if label not in ("", *labels) or not OUTCOMES.fullmatch(outcomes):
        raise PippinError(
            "What was taught is a label of the lesson or none, and outcomes: r, w, u or -.", input="label"
        )
    return verb, application, {**facts, "label": label, "outcomes": outcomes, "change": id_of(values, "change")}


def _numbers(facts: Any) -> dict[str, float]:
    is_sound = (
        isinstance(facts, dict)
        and len(facts) <= MAX_FACTS
        and all(
            type(one) in (int, float) and math.isfinite(one) and re.fullmatch(r"[a-z_]{1,30}", name)
            for name, one in facts.items()
        )
    )
    if not is_sound:
        raise PippinError(f"facts are at most {MAX_FACTS} numbers by name.", input="facts")
    return dict(facts)


def _lesson(studio: ServerState) -> Lesson:
    if studio.room is None:
        raise HTTPException(404, "There is no class with a lesson here.")
    return studio.lesson()


def _labels(lesson: Lesson) -> list[str]:
    tests = (test for _, one in _conditions(lesson) for test in one.tests)
    return sorted({str(test.value) for test in tests if test.fact == "label"})


def _conditions(lesson: Lesson) -> list[Any]:
    return [one for page in lesson.pages for one in all_conditions(page)]

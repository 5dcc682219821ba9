"""The service: every verb and command of every application at `POST /v1/{application}/{command}`, and the pages."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.home import at, shared_home
from pippin.core.workspace import Workspace
from pippin.verbs import facts, ready
from pippin.verbs.commands import Command, command
from pippin.web import answers, pages, run_routes, schema
from pippin.web.arguments import MODEL, arguments
from pippin.web.guard import Guard, Rules, failure
from pippin.web.kept import Kept
from pippin.web.temporary import Temporary
from pippin.web.uploads import received
from pippin.web.visitors import DAY, Visitors

# A file a visitor or a model made may be a page: whatever it is, it may load nothing and run nothing.
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@dataclass
class Studio:
    """What the requests share: where files are `kept` for visitors, and who works on what."""

    folder: Path
    visitors: Visitors
    kept: Kept
    locks: dict[tuple[str, Path], threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    sampling: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def home(self, request: Request) -> Path:
        """The workspace of whoever asks."""
        visitor = request.scope.get("visitor", "")
        return self.visitors.home(visitor) if visitor else shared_home()

    def hidden(self, home: Path, *folders: Path) -> dict[str, str]:
        """Paths of this machine that an answer may name, and what they are called instead."""
        return {**{str(folder): "" for folder in folders}, str(self.folder): "", str(home): "PIPPIN_HOME"}

    async def within(self, request: Request, work: Callable[..., Any], *given: Any) -> Any:
        """Do work in a thread, in the workspace of whoever asks."""
        home = self.home(request)

        def there() -> Any:
            with at(home):
                return work(*given)

        return await run_in_threadpool(there)


def service(rules: Rules) -> Guard:
    """The whole service, behind its guard."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        coming = [_tidied_daily(visitors), _warmed()] if rules.shared else []
        tasks = [asyncio.create_task(one) for one in coming]
        yield
        for task in tasks:
            task.cancel()
        temporary.end()

    temporary = Temporary(shared_home() / "studio" / "open")
    visitors = Visitors(shared_home() / "visitors", rules.days)
    studio = Studio(temporary.folder, visitors, Kept(temporary.folder / "kept"))
    app = FastAPI(title="Pippin", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.folder = studio.folder
    app.add_exception_handler(PippinError, _told)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unforeseen)
    _describe(app, studio)
    _ask(app, studio)
    run_routes.add(app, studio, _application)
    pages.serve(app)
    return Guard(app, rules)


async def _tidied_daily(visitors: Visitors) -> None:
    while True:
        await run_in_threadpool(visitors.tidy)
        await asyncio.sleep(DAY)


async def _warmed() -> None:
    """Have the samples made and each built-in model answer once, before a class asks for all of it at the same time."""
    for app in await run_in_threadpool(lambda: list(registry.everything())):
        with suppress(Exception):  # whoever asks for it is told
            await run_in_threadpool(_tried, app)


def _tried(app: Application) -> None:
    space, shown = Workspace(), facts.samples(app)
    loaded = ready.load(app, space, ready.artifact(app, space, None, {}))
    list(ready.answered(app, loaded, [facts.sample(app, one["sample"]) for one in shown[:1]]))


async def _told(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, PippinError)
    folders: dict[str, str] = getattr(request.state, "hidden", {})
    message = answers.hidden(problem.message, {**folders, str(shared_home()): "PIPPIN_HOME"})
    named = answers.hidden(problem.input, folders) if problem.input else None
    return JSONResponse({"error": {"message": message, "input": named}}, 400)


async def _unforeseen(request: Request, problem: Exception) -> Response:
    return failure(problem)


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    usual = {"Not Found": "There is no such page.", "Method Not Allowed": "This address is not asked in that way."}
    message = "This is no form." if problem.status_code == 400 else usual.get(str(problem.detail), str(problem.detail))
    return JSONResponse({"error": {"message": message}}, problem.status_code, problem.headers)


def _application(name: str) -> Application:
    try:
        return registry.get(name)
    except PippinError as problem:
        raise HTTPException(404, problem.message[:200]) from problem


def _describe(app: FastAPI, studio: Studio) -> None:
    @app.get("/v1")
    async def applications(request: Request) -> Any:
        return await studio.within(request, facts.everything)

    @app.get("/v1/openapi.json")
    async def description(request: Request) -> Any:
        return await studio.within(request, schema.description)

    @app.get("/v1/files/{name:path}")
    async def file(name: str) -> Response:
        path = studio.kept.find(name)
        policy = {"Content-Security-Policy": HARMLESS, "Cache-Control": "private, max-age=3600"}
        return FileResponse(path, headers=policy)

    @app.get("/v1/{application}")
    async def application(application: str, request: Request) -> Any:
        def told() -> Any:
            return facts.facts(_application(application), Workspace())

        return await studio.within(request, told)

    @app.get("/v1/{application}/samples")
    async def samples(application: str, request: Request) -> Any:
        found = await studio.within(request, _application, application)
        async with studio.sampling[found.reference]:  # they take a moment to be made; who waits takes up no thread
            return await studio.within(request, lambda: {"samples": facts.samples(found)})

    @app.get("/v1/{application}/card")
    async def card(application: str, request: Request, model: str = "") -> Response:
        if model and not MODEL.fullmatch(model):
            raise PippinError("model names one of your models.")

        def told() -> str:
            return facts.card(_application(application), Workspace(), model or None)

        return PlainTextResponse(await studio.within(request, told), media_type="text/markdown")


def _ask(app: FastAPI, studio: Studio) -> None:
    @app.post("/v1/{application}/{name}")
    async def ask(application: str, name: str, request: Request) -> Any:
        home = studio.home(request)
        folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
        request.state.hidden = studio.hidden(
            home, *(folder / "sent" / part for part in ("inputs", "data", "file")), folder
        )
        try:
            sent = await received(request, folder / "sent")
            asked = await studio.within(request, lambda: command(_application(application), name))
            if run_routes.is_run(asked):
                return await run_routes.answer(studio, request, asked, sent, folder / "sent")
            out = studio.kept.folder()
            given = await studio.within(request, arguments, asked, sent, out)
            return await studio.within(request, _carried_out, studio, asked, given, out, request.state.hidden)
        finally:
            await run_in_threadpool(shutil.rmtree, folder, True)


def _carried_out(
    studio: Studio, asked: Command, given: dict[str, Any], out: Path, hidden: dict[str, str]
) -> dict[str, Any]:
    """One after the other for each model and workspace: a learner in memory is not made for two at once."""
    with studio.locks[asked.application.name, Workspace().home]:
        return answers.answer(asked(given), studio.kept, out, hidden)

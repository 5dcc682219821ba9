"""The service: every verb and command of every application at `POST /v1/{application}/{command}`, and the pages."""

from __future__ import annotations

import asyncio
import json
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
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.home import at, shared_home
from pippin.core.kinds import Input
from pippin.core.run import Log
from pippin.core.workspace import Workspace
from pippin.verbs import facts, ready, runs
from pippin.verbs.commands import Command, command, words
from pippin.verbs.erase import erase_everything
from pippin.web import answers, apart, pages, schema
from pippin.web.api_lines import api_lines
from pippin.web.arguments import MODEL, arguments, without_files
from pippin.web.guard import Guard, Rules, failure
from pippin.web.kept import Kept
from pippin.web.temporary import Temporary
from pippin.web.uploads import Sent, received
from pippin.web.visitors import DAY, Visitors

# A file a visitor or a model made may be a page: whatever it is, it may load nothing and run nothing.
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


@dataclass
class Studio:
    """What the requests share: where files are `kept` for visitors, who works on what, and that few do heavy work."""

    folder: Path
    visitors: Visitors
    kept: Kept
    locks: dict[tuple[str, Path], threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    sampling: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    heavy: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

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
    _tell_lines(app, studio, rules)
    _ask(app, studio)
    _watch(app, studio)
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


def _tell_lines(app: FastAPI, studio: Studio, rules: Rules) -> None:
    @app.get("/v1/{application}/api")
    async def lines(application: str, request: Request) -> Any:
        found = await studio.within(request, _application, application)
        async with studio.sampling[found.reference]:
            told = await studio.within(request, api_lines, found, request, rules)
        return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _ask(app: FastAPI, studio: Studio) -> None:
    @app.post("/v1/erase")
    async def erase(request: Request) -> Any:
        folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
        try:
            return await studio.within(request, _erased, studio, await received(request, folder))
        finally:
            await run_in_threadpool(shutil.rmtree, folder, True)

    @app.post("/v1/{application}/{name}")
    async def ask(application: str, name: str, request: Request) -> Any:
        home = studio.home(request)
        folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
        request.state.hidden = studio.hidden(
            home, *(folder / "sent" / part for part in ("inputs", "data", "file", "path")), folder
        )
        try:
            sent = await received(request, folder / "sent")
            asked = await studio.within(request, lambda: command(_application(application), name))
            if asked.name == "train" and not asked.own:
                return await studio.within(request, _begun, studio, asked, sent)
            out = studio.kept.folder(home)
            if asked.own and asked.lasting:  # what it read may be named again later
                sent = _moved(sent, folder / "sent", out.parent / f"{out.name}-sent")
            given = await studio.within(request, arguments, asked, sent, out)
            if asked.lasting:
                return await _apart(studio, request, asked, given, folder, out)
            return await studio.within(request, _carried_out, studio, asked, given, out, request.state.hidden)
        finally:
            await run_in_threadpool(shutil.rmtree, folder, True)


def _carried_out(
    studio: Studio, asked: Command, given: dict[str, Any], out: Path, hidden: dict[str, str]
) -> dict[str, Any]:
    """One after the other for each model and workspace: a learner in memory is not made for two at once."""
    with studio.locks[asked.application.name, Workspace().home]:
        report = asked(given)
        if report.payload.get("erased"):
            studio.kept.clear(Workspace().home)
        return answers.answer(report, studio.kept, out, hidden)


async def _apart(
    studio: Studio, request: Request, asked: Command, given: dict[str, Any], folder: Path, out: Path
) -> dict[str, Any]:
    if any(isinstance(value, Input) for value in given.values()):
        raise PippinError("Send files for this; samples are for answers.")
    values = {name: {"path": str(value)} if isinstance(value, Path) else value for name, value in given.items()}
    order = {
        "application": asked.application.name,
        "command": asked.name,
        "values": values,
        "out": str(out),
        "hidden": request.state.hidden,
    }
    async with studio.heavy:
        work = asyncio.create_task(apart.carried_out(Workspace(studio.home(request)), order, folder, studio.kept.root))
        while not work.done():
            await asyncio.wait([work], timeout=1)
            if not work.done() and await request.is_disconnected():
                work.cancel()
        return await work


def _erased(studio: Studio, sent: Sent) -> dict[str, Any]:
    """Everything of whoever asks, of all applications."""
    yes = sent.values.get("yes", False)
    if sent.files or set(sent.values) - {"yes"} or not isinstance(yes, bool):
        raise PippinError("`erase` takes yes, which is true or false.", input="yes")
    space = Workspace()
    report = erase_everything(yes=yes, workspace=space)
    if yes:
        studio.kept.clear(space.home)
    return answers.answer(report, studio.kept, studio.folder / "nothing", studio.hidden(space.home))


def _begun(studio: Studio, asked: Command, sent: Sent) -> dict[str, Any]:
    """A training in the background; what was sent to learn from stays in the workspace, for it may be resumed."""
    app, space = asked.application, ready.opened(None)
    given = arguments(asked, sent, studio.folder)
    resumed = given.pop("run", "") if given.pop("resume", False) else ""
    if "run" in given:
        raise PippinError("run goes with resume: it names the training to go on with.", input="run")
    if "data" in given and "data" in sent.folders:
        kept = space.home / "data" / runs.new_name(app)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(sent.folders["data"], kept)
        given["data"] = str(kept / Path(given["data"]).relative_to(sent.folders["data"]))
    defaults = {parameter.name: parameter.default for parameter in asked.parameters} | dict(app.config)
    report = runs.begin(app, space, words(defaults, without_files(given)), resumed)
    return answers.answer(report, studio.kept, studio.folder / "nothing", studio.hidden(space.home))


def _moved(sent: Sent, source: Path, target: Path) -> Sent:
    if not sent.files:
        return sent
    shutil.move(source, target)
    files = {name: [target / path.relative_to(source) for path in paths] for name, paths in sent.files.items()}
    return Sent(sent.values, files, {name: target / path.relative_to(source) for name, path in sent.folders.items()})


def _watch(app: FastAPI, studio: Studio) -> None:
    @app.get("/v1/{application}/runs/{run}/events")
    async def events(application: str, run: str, request: Request) -> Response:
        def found() -> Path:
            return runs.named(_application(application), Workspace(), run)

        folder, home = await studio.within(request, found), studio.home(request)
        names = studio.hidden(home)
        return StreamingResponse(_events(request, folder, Workspace(home), names), media_type="text/event-stream")


async def _events(request: Request, folder: Path, space: Workspace, names: dict[str, str]) -> AsyncIterator[str]:
    """A run's log as it grows, and its state whenever that changes; ends with the run."""
    log, told = Log(folder), ""
    while not await request.is_disconnected():
        state = await run_in_threadpool(runs.state, folder)
        lines = await run_in_threadpool(log.fresh)
        if lines:
            yield f"event: log\ndata: {json.dumps(lines)}\n\n"
        facts_of = json.dumps(answers.plain(runs.facts(space, state), names))
        if facts_of != told:
            told = facts_of
            yield f"event: state\ndata: {facts_of}\n\n"
        if not state.alive:
            yield "event: end\ndata: {}\n\n"
            return
        await asyncio.sleep(0.4)

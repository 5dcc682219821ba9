"""The service: every verb and command of every application at `POST /v1/{application}/{command}`, and the pages."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
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
from pippin.web import answers, apart, pages, quotas, schema, teacher
from pippin.web.arguments import MODEL, arguments, without_files
from pippin.web.classroom import Classroom
from pippin.web.durations import Kind
from pippin.web.guard import Guard, failure
from pippin.web.identity import Signer, stored_key
from pippin.web.kept import PRIVATE, Kept
from pippin.web.responses import SafeJSONResponse, refusal, wants_page
from pippin.web.rules import Rules
from pippin.web.supervision import Supervisor, lower_priority
from pippin.web.temporary import Temporary
from pippin.web.uploads import Sent, count_pixels, received
from pippin.web.visitors import DAY, Visitors
from pippin.web.work_queue import Left, WorkQueue

# A file a visitor or a model made may be a page: whatever it is, it may load nothing and run nothing.
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
SUPERVISE_SECONDS = 5.0
END_SECONDS = 10.0
UNLOCKED = ("runs", "stop", "models", "history")  # commands that use no model in memory
# Commands that run a model, and take long where inputs or outputs are large.
SLOW = ("predict", "explain", "export", "teach")


@dataclass
class Studio:
    """What the requests share: where files are `kept` for visitors, who works on what, and that few do heavy work."""

    folder: Path
    rules: Rules
    visitors: Visitors
    classroom: Classroom
    queue: WorkQueue
    kept: Kept
    sampling: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    beginning: dict[Path, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    heavy: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def __post_init__(self) -> None:
        self.quotas = quotas.Quotas(self.rules, self.visitors)

    def application(self, name: str) -> Application:
        """The application of that name, if it is open to visitors."""
        try:
            found = registry.get(name)
        except PippinError as problem:
            raise HTTPException(404, problem.message[:200]) from problem
        if refused := self.rules.refusal(found):
            raise HTTPException(403, refused)
        return found

    def applications(self) -> dict[str, Any]:
        """All applications in a line each; those that are closed to visitors with the reason."""
        told = facts.everything()
        for line in told["applications"]:
            line["closed"] = self.rules.refusal(registry.get(line["name"]))
        return told

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
        coming = [_tidied_daily(visitors), _warmed(rules)] if rules.shared else []
        tasks = [asyncio.create_task(one) for one in [_supervised(supervisor), *coming]]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=END_SECONDS)  # a process must not end while a thread is within native code
        queue.close()
        temporary.end()
        visitors.end()

    temporary = Temporary(shared_home() / "studio" / "open")
    visitors = Visitors(shared_home() / "visitors", rules.days)
    classroom, queue = Classroom(visitors.root), WorkQueue(per_visitor=1 if rules.shared else None)
    supervisor = Supervisor(rules, visitors, shared_home())
    signer = Signer(stored_key(shared_home() / "studio" / "visitors.key"))
    studio = Studio(temporary.folder, rules, visitors, classroom, queue, Kept(temporary.folder / "kept"))
    app = FastAPI(
        title="Pippin",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        default_response_class=SafeJSONResponse,
    )
    app.state.folder = studio.folder
    app.add_exception_handler(PippinError, _told)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unforeseen)
    app.add_exception_handler(Left, _left)
    teacher.serve(app, teacher.Teacher(rules, classroom, visitors, queue))
    _describe(app, studio)
    _ask(app, studio)
    _watch(app, studio)
    pages.serve(app)
    return Guard(app, rules, classroom, signer)


async def _tidied_daily(visitors: Visitors) -> None:
    while True:
        await run_in_threadpool(visitors.tidy)
        await asyncio.sleep(DAY)


async def _supervised(supervisor: Supervisor) -> None:
    while True:
        with suppress(Exception):  # a run that cannot be read must not end the supervision of the others
            await run_in_threadpool(supervisor.look)
        await asyncio.sleep(SUPERVISE_SECONDS)


async def _warmed(rules: Rules) -> None:
    """Have the samples made and each built-in model answer once, before a class asks for all of it at the same time."""
    for app in await run_in_threadpool(lambda: [one for one in registry.everything() if not rules.refusal(one)]):
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
    if wants_page(request):
        return refusal(400, message, request=request, home=True)
    named = answers.hidden(problem.input, folders) if problem.input else None
    return SafeJSONResponse({"error": {"message": message, "input": named}}, 400)


async def _unforeseen(request: Request, problem: Exception) -> Response:
    return failure(problem, quiet=getattr(request.state, "quiet", False))


async def _left(request: Request, problem: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    usual = {"Not Found": "There is no such page.", "Method Not Allowed": "This address is not asked in that way."}
    message = "This is no form." if problem.status_code == 400 else usual.get(str(problem.detail), str(problem.detail))
    return refusal(problem.status_code, message, dict(problem.headers or {}), request, home=True)


def _describe(app: FastAPI, studio: Studio) -> None:
    @app.get("/v1")
    async def applications(request: Request) -> Any:
        return await studio.within(request, studio.applications)

    @app.get("/v1/queue")
    async def queue(request: Request) -> Any:
        visitor = request.scope.get("visitor", "")
        visit = studio.classroom.visit(visitor)
        return {
            "requests": studio.queue.places(visitor),
            "class": studio.rules.shared,
            "visitor": visit.number if visit else None,
            "message": studio.classroom.message,
        }

    @app.get("/v1/openapi.json")
    async def description(request: Request) -> Any:
        return await studio.within(request, schema.description)

    @app.get("/v1/files/{name:path}")
    async def file(name: str) -> Response:
        path = studio.kept.find(name)
        lasting = "no-store" if name.startswith(PRIVATE) else "private, max-age=3600"
        policy = {"Content-Security-Policy": HARMLESS, "Cache-Control": lasting}
        return FileResponse(path, headers=policy)

    @app.get("/v1/{application}")
    async def application(application: str, request: Request) -> Any:
        def told() -> Any:
            return facts.facts(studio.application(application), Workspace())

        return await studio.within(request, told)

    @app.get("/v1/{application}/samples")
    async def samples(application: str, request: Request) -> Any:
        found = await studio.within(request, studio.application, application)
        async with studio.sampling[found.reference]:  # they take a moment to be made; who waits takes up no thread
            return await studio.within(request, lambda: {"samples": facts.samples(found)})

    @app.get("/v1/{application}/card")
    async def card(application: str, request: Request, model: str = "") -> Response:
        if model and not MODEL.fullmatch(model):
            raise PippinError("model names one of your models.")

        def told() -> str:
            return facts.card(studio.application(application), Workspace(), model or None)

        return PlainTextResponse(await studio.within(request, told), media_type="text/markdown")


def _ask(app: FastAPI, studio: Studio) -> None:
    @app.post("/v1/{application}/{name}")
    async def ask(application: str, name: str, request: Request) -> Any:
        visitor = request.scope.get("visitor", "")
        home = studio.home(request)
        if visit := studio.classroom.visit(visitor):
            visit.doing = f"{application} {name}"[:60]
        asked = await studio.within(request, lambda: command(studio.application(application), name))
        request.state.quiet = bool(asked.application.sensitive and studio.rules.shared)
        with studio.quotas.sending(visitor, request.headers.get("content-length", "")):
            folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
            request.state.hidden = studio.hidden(
                home, *(folder / "sent" / part for part in ("inputs", "data", "file")), folder
            )
            try:
                sent = await received(request, folder / "sent")
                amount = sum(path.stat().st_size for paths in sent.files.values() for path in paths)
                with studio.quotas.writing(visitor, asked.name, amount):
                    return await _answered(studio, request, asked, sent, folder)
            finally:
                await run_in_threadpool(shutil.rmtree, folder, True)


async def _answered(studio: Studio, request: Request, asked: Command, sent: Sent, folder: Path) -> Any:
    visitor, home = request.scope.get("visitor", ""), studio.home(request)
    if asked.name == "train" and not asked.own:
        async with studio.beginning[home]:
            return await studio.within(request, _begun, studio, asked, sent)
    out = studio.kept.folder(private=request.state.quiet)
    if asked.own and asked.lasting:  # what it read may be named again later
        sent = _moved(sent, folder / "sent", out.parent / f"{out.name}-sent")
    pixels = 0 if asked.lasting else await run_in_threadpool(count_pixels, sent, studio.rules.max_pixels)
    given = await studio.within(request, arguments, asked, sent, out)
    if asked.lasting:
        return await _apart(studio, request, asked, given, folder, out)
    studio.quotas.check_pixels(studio.queue.pixels(visitor), pixels)

    def there() -> dict[str, Any]:
        with at(home):
            return _carried_out(studio, asked, given, out, request.state.hidden)

    app = asked.application
    slow = asked.name == "explain" or (asked.name in SLOW and (bool(app.output) or app.input in ("video", "episode")))
    inputs = sum(map(len, sent.files.values())) + len(sent.values)
    kind = Kind(app.name, asked.name, ((pixels >> 16) or inputs).bit_length(), slow)
    model = object() if asked.name in UNLOCKED and not asked.own else (app.name, home)
    return await studio.queue.run(
        there, visitor=visitor, kind=kind, model=model, pixels=pixels, gone=request.is_disconnected
    )


def _carried_out(
    studio: Studio, asked: Command, given: dict[str, Any], out: Path, hidden: dict[str, str]
) -> dict[str, Any]:
    """Call a command; the queue lets only one at a time use a model of a workspace, which learners in memory need."""
    return answers.answer(asked(given), studio.kept, out, hidden)


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


def _begun(studio: Studio, asked: Command, sent: Sent) -> dict[str, Any]:
    """A training in the background; what was sent to learn from stays in the workspace, for it may be resumed."""
    app, space = asked.application, ready.opened(None)
    given = arguments(asked, sent, studio.folder)
    quotas.check_training(given, studio.rules)
    quotas.check_alone(space.home, studio.rules)
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
    process = runs.process_of(space.runs / report.payload["run"])
    if studio.rules.shared and process is not None:
        lower_priority(process)
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
            return runs.named(studio.application(application), Workspace(), run)

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

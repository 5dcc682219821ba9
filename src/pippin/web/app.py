"""The service: every verb and command of every application at `POST /v1/{application}/{command}`, and the pages."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.loaded_models import predict_with_bar
from pippin.core.paths import default_home, use_home
from pippin.core.workspace import Workspace
from pippin.verbs import describe
from pippin.verbs.commands import Command, command
from pippin.verbs.erase import erase_everything
from pippin.web import openapi, report_json, run_routes, static_pages, teacher
from pippin.web.api_lines import api_lines
from pippin.web.classroom import Classroom
from pippin.web.downloads import PRIVATE, DownloadStore
from pippin.web.durations import Kind
from pippin.web.identity import Signer, stored_key
from pippin.web.lesson import browser_routes, pupil_routes, teacher_routes
from pippin.web.lesson import routes as lesson_routes
from pippin.web.lesson.ending import ClassEnd
from pippin.web.middleware import SecurityMiddleware, failure
from pippin.web.request_arguments import MODEL, arguments
from pippin.web.responses import SafeJSONResponse, refusal, wants_page
from pippin.web.scratch import ScratchDirectory
from pippin.web.server_settings import ServerSettings
from pippin.web.server_state import ServerState
from pippin.web.supervision import Supervisor
from pippin.web.uploads import ParsedRequest, count_pixels, received
from pippin.web.visitor_workspaces import DAY, Visitors
from pippin.web.work_queue import Left, WorkQueue

# A file a visitor or a model made may be a page: it may load nothing and run nothing.
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
SUPERVISE_SECONDS = 5.0
END_SECONDS = 30.0
UNLOCKED = ("runs", "stop", "delete-run", "models", "history")  # commands that use no model in memory
# Commands that run a model, and take long where inputs or outputs are large.
SLOW = ("predict", "explain", "export", "teach")


def service(rules: ServerSettings) -> SecurityMiddleware:
    """Return the whole service, behind its guard."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        coming = [_tidied_daily(visitors)] if rules.shared else []
        coming += [_warmed(rules)] if rules.shared and rules.warm else []
        looks = [supervisor.look, *([end.look] if end else [])]
        tasks = [asyncio.create_task(one) for one in [*map(_repeated, looks), *coming]]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=END_SECONDS)  # a process must not end while a thread is within native code
        queue.close()
        temporary.end()
        visitors.end()
        if studio.room is not None and rules.days == 0:
            studio.room.erase()

    temporary = ScratchDirectory(default_home() / "studio" / "open")
    visitors = Visitors(default_home() / "visitors", rules.days)
    classroom, queue = Classroom(visitors.root), WorkQueue(per_visitor=1 if rules.shared else None)
    supervisor = Supervisor(rules, visitors, default_home())
    signer = Signer(stored_key(default_home() / "studio" / "visitors.key"))
    studio = ServerState(temporary.folder, rules, visitors, classroom, queue, DownloadStore(temporary.folder / "kept"))
    end = ClassEnd(studio.room, classroom, queue, studio.kept) if studio.room else None
    app = FastAPI(
        title="Pippin",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        default_response_class=SafeJSONResponse,
    )
    app.state.folder = studio.folder
    app.add_exception_handler(PippinError, respond_to_problem)
    app.add_exception_handler(HTTPException, refuse)
    app.add_exception_handler(Exception, _unforeseen)
    app.add_exception_handler(Left, respond_to_no_one)
    desk = teacher.Teacher(rules, classroom, visitors, queue)
    teacher.serve(app, desk)
    browser_routes.add(app, studio)
    lesson_routes.add(app, studio)
    pupil_routes.add(app, studio)
    if end is not None:
        teacher_routes.add(app, studio, end, desk.refuse)
    _describe(app, studio)
    _tell_lines(app, studio, rules)
    _ask(app, studio)
    run_routes.add(app, studio)
    static_pages.serve(app)
    return SecurityMiddleware(app, rules, classroom, signer)


async def _tidied_daily(visitors: Visitors) -> None:
    while True:
        await run_in_threadpool(visitors.tidy)
        await asyncio.sleep(DAY)


async def _repeated(look: Callable[[], None]) -> None:
    while True:
        with suppress(Exception):  # a run that cannot be read must not end the supervision of the others
            await run_in_threadpool(look)
        await asyncio.sleep(SUPERVISE_SECONDS)


async def _warmed(rules: ServerSettings) -> None:
    """Make the samples and run each built-in model once, before a class asks for all of it at the same time."""
    for app in await run_in_threadpool(lambda: [one for one in registry.all_applications() if not rules.refusal(one)]):
        with suppress(Exception):  # a request for it gets the error
            await run_in_threadpool(_tried, app)


def _tried(app: Application) -> None:
    context, shown = Context(app, Workspace()), describe.samples(app)
    loaded = context.load(context.artifact())
    list(predict_with_bar(app, loaded, [describe.sample(app, one["sample"]) for one in shown[:1]]))


async def respond_to_problem(request: Request, problem: Exception) -> Response:
    """Answer what a user can correct with its sentence."""
    assert isinstance(problem, PippinError)
    folders: dict[str, str] = {**getattr(request.state, "hidden", {}), str(default_home()): "PIPPIN_HOME"}
    message = report_json.hidden(problem.message, folders)
    if wants_page(request):
        return refusal(400, message, request=request, home=True)
    named = report_json.hidden(problem.input, folders) if problem.input else None
    status = 503 if problem.code == "unavailable" else 400
    return SafeJSONResponse({"error": {"message": message, "input": named, "code": problem.code}}, status)


async def _unforeseen(request: Request, problem: Exception) -> Response:
    return failure(problem, quiet=getattr(request.state, "quiet", False))


async def respond_to_no_one(request: Request, problem: Exception) -> Response:
    """End a request whose client has left."""
    return Response(status_code=499)  # the client has left


async def refuse(request: Request, problem: Exception) -> Response:
    """Answer a refusal with its status and a sentence."""
    assert isinstance(problem, HTTPException)
    usual = {"Not Found": "Nothing is at this address.", "Method Not Allowed": "Method not allowed at this address."}
    message = "This is no form." if problem.status_code == 400 else usual.get(str(problem.detail), str(problem.detail))
    return refusal(problem.status_code, message, dict(problem.headers or {}), request, home=True)


def _describe(app: FastAPI, studio: ServerState) -> None:
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
            "lesson": pupil_routes.visit_facts(studio, request),
        }

    @app.get("/v1/openapi.json")
    async def description(request: Request) -> Any:
        return await studio.within(request, openapi.description)

    @app.get("/v1/files/{name:path}")
    async def file(name: str) -> Response:
        path = studio.kept.find(name)
        lasting = "no-store" if name.startswith(PRIVATE) else "private, max-age=3600"
        policy = {"Content-Security-Policy": HARMLESS, "Cache-Control": lasting}
        return FileResponse(path, headers=policy)

    @app.get("/v1/{application}")
    async def application(application: str, request: Request) -> Any:
        def describe_application() -> Any:
            return describe.facts(studio.application(application), Workspace())

        return await studio.within(request, describe_application)

    @app.get("/v1/{application}/samples")
    async def samples(application: str, request: Request, kind: str | None = None) -> Any:
        found = await studio.within(request, studio.application, application)

        def read_samples() -> dict[str, Any]:
            if kind is not None:
                return {"samples": describe.samples_of(found, kind)}
            return {"samples": describe.samples(found), "kinds": describe.kinds(found)}

        async with studio.sampling[found.reference]:  # they take a moment to be made; who waits takes up no thread
            return await studio.within(request, read_samples)

    @app.get("/v1/{application}/card")
    async def card(application: str, request: Request, model: str = "") -> Response:
        if model and not MODEL.fullmatch(model):
            raise PippinError("model names one of your models.")

        def read_card() -> str:
            return describe.card(studio.application(application), Workspace(), model or None)

        return PlainTextResponse(await studio.within(request, read_card), media_type="text/markdown")


def _tell_lines(app: FastAPI, studio: ServerState, rules: ServerSettings) -> None:
    @app.get("/v1/{application}/api")
    async def lines(application: str, request: Request) -> Any:
        found = await studio.within(request, studio.application, application)
        async with studio.sampling[found.reference]:
            told = await studio.within(request, api_lines, found, request, rules)
        return SafeJSONResponse(told, headers={"Cache-Control": "no-store"})


def _ask(app: FastAPI, studio: ServerState) -> None:
    @app.post("/v1/erase")
    async def erase(request: Request) -> Any:
        folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
        try:
            with studio.quotas.sending(request.scope.get("visitor", ""), request.headers.get("content-length", "")):
                sent = await received(request, folder)
            return await studio.within(request, _erased, studio, sent)
        finally:
            await run_in_threadpool(shutil.rmtree, folder, True)

    @app.post("/v1/{application}/{name}")
    async def ask(application: str, name: str, request: Request) -> Any:
        return await carry_out(studio, request, application, name)


async def carry_out(studio: ServerState, request: Request, application: str, name: str) -> Any:
    """Carry out a command of an application on what the request brings, and return its answer."""
    visitor = request.scope.get("visitor", "")
    home = studio.home(request)
    asked = await studio.within(request, lambda: command(studio.application(application), name))
    if (visit := studio.classroom.visit(visitor)) and not _is_of_pages(asked):
        visit.doing = f"{application} {name}"[:60]
    request.state.quiet = studio.is_private(asked.application)
    with studio.quotas.sending(visitor, request.headers.get("content-length", "")):
        folder = Path(tempfile.mkdtemp(prefix="ask-", dir=studio.folder))
        request.state.hidden = studio.hidden(
            home, *(folder / "sent" / part for part in ("inputs", "data", "file", "path")), folder
        )
        try:
            sent = await received(request, folder / "sent")
            amount = sum(path.stat().st_size for paths in sent.files.values() for path in paths)
            with studio.quotas.writing(visitor, asked.name, amount):
                return await _answered(studio, request, asked, sent, folder)
        finally:
            await run_in_threadpool(shutil.rmtree, folder, True)


def _is_of_pages(asked: Command) -> bool:
    """Return whether pages ask for it by themselves, so that it tells nothing of what a visitor does."""
    return asked.page if asked.own else asked.name in UNLOCKED


async def _answered(studio: ServerState, request: Request, asked: Command, sent: ParsedRequest, folder: Path) -> Any:
    visitor, home = request.scope.get("visitor", ""), studio.home(request)
    if run_routes.is_run(asked):
        return await run_routes.answer(studio, request, asked, sent, folder / "sent")
    run = sent.values.get("run") if asked.name == "runs" else ""
    out = studio.kept.folder(home, private=request.state.quiet, run=run if isinstance(run, str) else "")
    pixels = await run_in_threadpool(count_pixels, sent, studio.rules.max_pixels)
    given = await studio.within(request, arguments, asked, sent, out)
    studio.quotas.check_pixels(studio.queue.pixels(visitor), pixels)

    brief = "return=minimal" in request.headers.get("prefer", "")

    def there() -> dict[str, Any]:
        with use_home(home):
            return _carried_out(studio, asked, given, out, request.state.hidden, brief)

    app = asked.application
    slow = asked.name == "explain" or (
        asked.name in SLOW and (bool(app.output.kind) or app.input in ("video", "episode"))
    )
    inputs = sum(map(len, sent.files.values())) + len(sent.values)
    kind = Kind(app.name, asked.name, ((pixels >> 16) or inputs).bit_length(), slow)
    model = object() if asked.name in UNLOCKED and not asked.own else (app.name, home)
    return await studio.queue.run(
        there, visitor=visitor, kind=kind, model=model, pixels=pixels, gone=request.is_disconnected
    )


def _carried_out(
    studio: ServerState, asked: Command, given: dict[str, Any], out: Path, hidden: dict[str, str], brief: bool
) -> dict[str, Any]:
    """Call a command; the queue lets only one at a time use a model of a workspace, which learners in memory need."""
    report = asked(given)
    if report.payload.get("erased"):
        studio.kept.clear(Workspace().home)
    elif asked.name == "delete-run":
        studio.kept.clear(Workspace().home, report.payload["deleted"])
    return report_json.answer(report_json.brief(report) if brief else report, studio.kept, out, hidden)


def _erased(studio: ServerState, sent: ParsedRequest) -> dict[str, Any]:
    """Erase everything of the visitor, of all applications."""
    yes = sent.values.get("yes", False)
    if sent.files or set(sent.values) - {"yes"} or not isinstance(yes, bool):
        raise PippinError("`erase` takes yes, which is true or false.", input="yes")
    space = Workspace()
    report = erase_everything(yes=yes, workspace=space)
    if yes:
        studio.kept.clear(space.home)
    return report_json.answer(report, studio.kept, studio.folder / "nothing", studio.hidden(space.home))

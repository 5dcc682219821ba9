"""Commands that last, as runs: begun by a request, followed by their log, and answered whenever they have ended."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Log
from pippin.core.workspace import Workspace
from pippin.curves.cost import estimate
from pippin.verbs import runs
from pippin.verbs.commands import Command, command
from pippin.verbs.run_states import State, facts, folders, named, new_name, state
from pippin.web import quotas, report_json
from pippin.web.request_arguments import arguments
from pippin.web.responses import SafeJSONResponse
from pippin.web.server_state import ServerState
from pippin.web.uploads import ParsedRequest, received

LOOK_EVERY = 0.4  # seconds between two looks at a run
MAX_FOLLOWED = 100  # runs by one connection
ENDED = {
    "stopped": "It was stopped.",
    "cancelled": "It was stopped before it began.",
    "interrupted": "It was cut off; ask for it again.",
}


def is_run(asked: Command) -> bool:
    """Return whether a command is carried out as a run: it takes minutes where others take moments."""
    return asked.lasting or (asked.name == "train" and not asked.own)


async def answer(studio: ServerState, request: Request, asked: Command, sent: ParsedRequest, folder: Path) -> Any:
    """Start the run of a command; `sent` lies in `folder`. The answer names the run of a training at once.

    That of another command comes when it has ended, or also at once where the request says `Prefer: respond-async`
    (RFC 7240). The run goes on when its client leaves.
    """
    async with studio.beginning[studio.home(request)]:  # so that two at once are not both the only one
        begun = await studio.within(request, _begin, studio, asked, sent, folder)
    if asked.name == "train" and not asked.own:
        return begun
    if "respond-async" in request.headers.get("prefer", ""):
        return SafeJSONResponse(begun, 202, {"Preference-Applied": "respond-async"})
    return await _awaited(studio, request, asked.application, begun["payload"]["run"])


def _begin(studio: ServerState, asked: Command, sent: ParsedRequest, folder: Path) -> dict[str, Any]:
    app, space = asked.application, Workspace()
    name = new_name(app)
    quotas.check_alone(space.home, asked.name, studio.rules)
    if asked.name == "train" and not asked.own:
        report = _begin_training(studio, asked, sent, space, name)
    else:
        own = (
            studio.kept.folder(private=studio.is_private(app), run=name) / "sent"
        )  # named again later by an application's own command, within the hour
        try:
            sent = _moved(sent, folder, own if asked.own else space.runs / name / "sent")
            given = arguments(asked, sent, space.runs / name / "files", paths=not studio.rules.shared)
            report = runs.begin(app, space, asked.name, _plain(given), name)
        except PippinError:  # nothing has begun, so nothing is left behind
            shutil.rmtree(space.runs / name, ignore_errors=True)
            raise
    return report_json.answer(report, studio.kept, studio.folder / "nothing", studio.hidden(space.home))


def _begin_training(studio: ServerState, asked: Command, sent: ParsedRequest, space: Workspace, name: str) -> Any:
    """Begin or resume a training; data sent with it stay in the workspace: models and resumed trainings need them."""
    app = asked.application
    given = arguments(asked, sent, studio.folder)
    quotas.check_training(given, studio.rules)
    if given.pop("resume", False):
        return runs.resume(app, space, given.get("run", ""))
    if "run" in given:
        raise PippinError("run goes with resume: it names the training to go on with.", input="run")
    if "data" in given and "data" in sent.folders:
        kept = space.home / "data" / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(sent.folders["data"], kept)
        given["data"] = str(kept / Path(given["data"]).relative_to(sent.folders["data"]))
    return runs.begin(app, space, "train", _plain(given), name)


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Return arguments as JSON values, for another process to read."""
    parts = [part for value in given.values() for part in (value if isinstance(value, list) else [value])]
    if any(isinstance(part, Input) for part in parts):
        raise PippinError("Send files for this; samples are for answers.")
    return {name: {"path": str(value)} if isinstance(value, Path) else value for name, value in given.items()}


def _moved(sent: ParsedRequest, source: Path, target: Path) -> ParsedRequest:
    if not sent.files:
        return sent
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
    files = {name: [target / path.relative_to(source) for path in paths] for name, paths in sent.files.items()}
    return ParsedRequest(
        sent.values, files, {name: target / path.relative_to(source) for name, path in sent.folders.items()}
    )


async def _awaited(studio: ServerState, request: Request, app: Application, run: str) -> Any:
    """Return the answer of a run, once it has ended; the run goes on if the request is gone before."""
    space = Workspace(studio.home(request))
    folder = space.runs / run
    while (stands := await run_in_threadpool(state, folder)).alive:
        if await request.is_disconnected():
            return Response(status_code=499)
        await asyncio.sleep(LOOK_EVERY)
    return await studio.within(request, _report, studio, app, stands)


def _report(studio: ServerState, app: Application, stands: State) -> dict[str, Any]:
    if stands.state != "finished":
        raise PippinError(stands.problem or ENDED.get(stands.state, "It failed."))
    out = studio.kept.folder(private=studio.is_private(app), run=stands.name)
    report = runs.runs(app, stands.name, out=out)
    return report_json.answer(report, studio.kept, out, studio.hidden(Workspace().home))


def add(app: FastAPI, studio: ServerState) -> None:
    """Add the addresses at which a run is followed, and resumed."""

    @app.get("/v1/{application}/runs/{run}/events")
    async def events(application: str, run: str, request: Request) -> Response:
        def find_folder() -> Path:
            return named(studio.application(application), Workspace(), run)

        folder, home = await studio.within(request, find_folder), studio.home(request)
        follower = _Follower(folder, Workspace(home), studio.hidden(home))
        return StreamingResponse(_events(request, follower), media_type="text/event-stream")

    @app.get("/v1/{application}/runs/events")
    async def events_of_runs(application: str, request: Request) -> Response:
        """Follow several runs by one connection: a browser opens only six to a host."""
        asked = request.query_params.getlist("run")[:MAX_FOLLOWED]

        def find_folders() -> list[Path]:
            found = folders(studio.application(application), Workspace())
            return [folder for folder in found if folder.name in asked]

        found, home = await studio.within(request, find_folders), studio.home(request)
        followers = [_Follower(folder, Workspace(home), studio.hidden(home)) for folder in found]
        missing = set(asked) - {folder.name for folder in found}
        return StreamingResponse(_events_of_runs(request, followers, missing), media_type="text/event-stream")

    @app.post("/v1/{application}/cost/{name}")
    async def cost(application: str, name: str, request: Request) -> Any:
        with tempfile.TemporaryDirectory(prefix="ask-", dir=studio.folder) as folder:
            sent = await received(request, Path(folder))

        def estimated() -> dict[str, Any]:
            asked = command(studio.application(application), name)
            given = arguments(asked, ParsedRequest(sent.values), studio.folder / "nothing")
            return asdict(estimate(asked.application, Workspace(), asked.name, given))

        return await studio.within(request, estimated)

    @app.post("/v1/{application}/runs/{run}/resume")
    async def resume(application: str, run: str, request: Request) -> Any:
        def resumed() -> dict[str, Any]:
            space = Workspace()
            stands = state(named(studio.application(application), space, run))
            quotas.check_alone(space.home, stands.verb, studio.rules)
            report = runs.resume(studio.application(application), space, run)
            return report_json.answer(report, studio.kept, studio.folder / "nothing", studio.hidden(space.home))

        async with studio.beginning[studio.home(request)]:
            return await studio.within(request, resumed)


class _Follower:
    """Looks at a run again and again, for what is new: lines of its log, its state, and that it has ended."""

    def __init__(self, folder: Path, space: Workspace, names: dict[str, str]) -> None:
        self.run, self.ended = folder.name, False
        self._folder, self._space, self._names = folder, space, names
        self._log = Log(folder)
        self._told: Any = {}

    def look(self) -> list[tuple[str, Any]]:
        """Return the events since the last look, each with its data."""
        try:
            stands = state(self._folder)
            lines = self._log.fresh()
            facts_of = report_json.plain(facts(self._space, stands), self._names)
        except FileNotFoundError:  # it was deleted meanwhile
            self.ended = True
            return [("end", {})]
        found: list[tuple[str, Any]] = [("log", lines)] if lines else []
        if facts_of != self._told:
            found.append(("state", facts_of))
            self._told = facts_of
        if not stands.alive:
            self.ended = True
            found.append(("end", {}))
        return found


def _sent(event: str, data: Any) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


async def _events(request: Request, follower: _Follower) -> AsyncIterator[str]:
    """Yield a run's log as it grows, and its state whenever that changes; ends with the run."""
    while not await request.is_disconnected():
        for event, data in await run_in_threadpool(follower.look):
            yield _sent(event, data)
        if follower.ended:
            return
        await asyncio.sleep(LOOK_EVERY)


async def _events_of_runs(request: Request, followers: list[_Follower], missing: set[str]) -> AsyncIterator[str]:
    """Yield the same of several runs, each event with the run it is about; ends with the last of them."""
    for run in sorted(missing):
        yield _sent("end", {"run": run, "data": {}})
    while followers and not await request.is_disconnected():
        for follower in followers:
            for event, data in await run_in_threadpool(follower.look):
                yield _sent(event, {"run": follower.run, "data": data})
        followers = [one for one in followers if not one.ended]
        if followers:
            await asyncio.sleep(LOOK_EVERY)

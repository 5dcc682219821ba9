"""The service for programs behind the studio's guard: the Open Inference Protocol, three commands, metrics."""

from __future__ import annotations

import asyncio
import secrets
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from pippin.core.errors import PippinError
from pippin.core.paths import default_home
from pippin.web.app import HARMLESS, carry_out, refuse, respond_to_no_one, respond_to_problem
from pippin.web.classroom import Classroom
from pippin.web.downloads import DownloadStore
from pippin.web.durations import Kind
from pippin.web.identity import Signer
from pippin.web.middleware import BodyTooLarge, SecurityMiddleware, refuse_large_body
from pippin.web.responses import SafeJSONResponse
from pippin.web.scratch import ScratchDirectory
from pippin.web.server_state import ServerState
from pippin.web.serving.admission import RECORD, Admission, BodyTooSlow, Frontier, refuse_slow_body
from pippin.web.serving.deadlines import deadline_of, seconds_left
from pippin.web.serving.graphs import Exported
from pippin.web.serving.json_log import JsonLog
from pippin.web.serving.metrics import Metrics
from pippin.web.serving.protocol import Protocol
from pippin.web.serving.scheduler import Scheduler
from pippin.web.serving.settings import ServeSettings
from pippin.web.serving.takeover import Models
from pippin.web.visitor_workspaces import Visitors
from pippin.web.work_queue import Left, WorkQueue

COMMANDS = ("predict", "teach", "undo")
JOIN_SECONDS = 60.0  # for which a replica that joins others loads its models before it answers all the same


class Service:
    """One replica: its models, its queue, and the ASGI application in front of them."""

    def __init__(self, settings: ServeSettings, log: JsonLog, *, joins: bool = False) -> None:
        self.settings, self.log, self.joins = settings, log, joins
        self.metrics = Metrics()
        self.scheduler = Scheduler(settings.slots, self.metrics.queue.set)
        self.scratch = ScratchDirectory(default_home() / "serve" / "open")
        visitors, most = Visitors(default_home() / "visitors", None), settings.slots + settings.queue
        downloads = DownloadStore(settings.downloads)
        classroom = Classroom(visitors.root)
        self.state = ServerState(
            self.scratch.folder, settings.rules, visitors, classroom, WorkQueue(max_waiting=most), downloads
        )  # fmt: skip
        self.models = Models(settings.applications, self._alone, log, self.metrics)
        self.protocol = Protocol(self.models, self.scheduler, self.metrics)
        app = FastAPI(
            title="Pippin", docs_url=None, redoc_url=None, openapi_url=None, lifespan=self._lifespan,
            default_response_class=SafeJSONResponse,
        )  # fmt: skip
        self._add_handlers(app)
        self.protocol.add(app)
        self._add_commands(app)
        app.get("/metrics")(self._measured)
        admission = Admission(app, most, lambda: self.scheduler.expected_wait, self.metrics)
        guard = SecurityMiddleware(admission, settings.rules, classroom, Signer(secrets.token_bytes(32)))
        self.app: ASGIApp = Frontier(guard, log, self.metrics)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        self.models.start(lambda: self.log("ready", address=self.settings.address, models=self.models.names))
        if self.joins:
            await self.models.wait(JOIN_SECONDS)
        yield
        self.models.stop()
        self.scheduler.close()
        self.state.queue.close()
        self.scratch.end()

    async def _alone(self, name: str, command: str, work: Callable[[], Exported]) -> Exported:
        """Do work on an application's model in memory while no command uses it."""
        kind, key = Kind(name, command), (name, default_home())
        exported: Exported = await self.state.queue.run(work, visitor="", kind=kind, model=key)
        return exported

    def _add_handlers(self, app: FastAPI) -> None:
        app.add_exception_handler(PippinError, respond_to_problem)
        app.add_exception_handler(HTTPException, refuse)
        app.add_exception_handler(Left, respond_to_no_one)
        app.add_exception_handler(BodyTooLarge, refuse_large_body)
        app.add_exception_handler(BodyTooSlow, refuse_slow_body)
        app.add_exception_handler(Exception, self._fail)

    async def _fail(self, request: Request, problem: Exception) -> Response:
        """Answer an unforeseen error with a number; the log tells where it was, and nothing of the request."""
        number = secrets.token_hex(4)
        where = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(problem.__traceback__)]
        self.log("failure", problem=number, kind=type(problem).__name__, where=where[-12:])
        message = f"Something went wrong inside Pippin; its log tells more under {number}."
        return SafeJSONResponse({"error": {"message": message, "id": number}}, 500)

    def _add_commands(self, app: FastAPI) -> None:
        @app.get("/v1/files/{name:path}")
        async def file(name: str) -> Response:
            headers = {"Content-Security-Policy": HARMLESS, "Cache-Control": "no-store"}
            return FileResponse(self.state.kept.find(name), headers=headers)

        @app.post("/v1/{application}/{name}")
        async def ask(application: str, name: str, request: Request) -> Any:
            return await self._command(application, name, request)

    async def _command(self, application: str, name: str, request: Request) -> Any:
        live = self.models.live.get(application)
        if live is None:
            names = ", ".join(self.models.live)
            raise HTTPException(404, f"{application[:40]!r} is not served here; these are: {names}.")
        if name not in COMMANDS:
            raise HTTPException(404, f"{name[:40]!r} is not served here; `pippin serve` has {', '.join(COMMANDS)}.")
        record: dict[str, Any] = request.scope[RECORD]
        record |= {"application": application, "command": name}
        deadline = deadline_of(request, time.monotonic())
        answer = await self._before(deadline, request, application, name)
        if name != "predict":
            live.look()
        if isinstance(answer, dict):
            record["model"] = answer.get("payload", {}).get("artifact")
        return answer

    async def _before(self, deadline: float | None, request: Request, application: str, name: str) -> Any:
        """Return a command's answer; where its deadline passes first, it ends unheard, or never begins."""
        is_late = asyncio.Event()
        if deadline is not None:
            has_left = request.is_disconnected

            async def is_gone() -> bool:
                return is_late.is_set() or await has_left()

            request.is_disconnected = is_gone  # type: ignore[method-assign]
        work = asyncio.ensure_future(carry_out(self.state, request, application, name))
        try:
            return await asyncio.wait_for(asyncio.shield(work), seconds_left(deadline))
        except TimeoutError:
            is_late.set()
            work.add_done_callback(_hear)
            message = "The deadline of this request has passed before its answer was there."
            raise HTTPException(504, message) from None

    async def _measured(self) -> Response:
        text = await asyncio.to_thread(self.metrics.text)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _hear(work: asyncio.Future[Any]) -> None:
    """Take note of how work ended that no one waits for."""
    if not work.cancelled():
        work.exception()

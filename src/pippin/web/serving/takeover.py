"""Models as they are served now: loaded at start, replaced while requests go on when another version is in use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.web.serving.graphs import Exported, Graph, Served, current_version, export_model, open_graphs
from pippin.web.serving.json_log import JsonLog
from pippin.web.serving.metrics import Metrics

# (application, what it is, work) -> its result, while nothing else uses that application's model in memory.
Alone = Callable[[str, str, Callable[[], Exported]], Awaitable[Exported]]
LOOK_SECONDS = 0.2
RETRY_SECONDS = 2.0  # after a model could not be loaded


@dataclass
class LiveModel:
    """One application's model in use; `problem` says why there is none, or why a newer one is not served."""

    app: Application
    alone: Alone
    log: JsonLog
    metrics: Metrics
    served: Served | None = None
    problem: str | None = "the model is still loading"
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Load the model, and every version that comes after it, for as long as the server lives."""
        while True:
            pause = LOOK_SECONDS
            try:
                if self.served is None or await run_in_threadpool(self._newest) != self.served.version:
                    await self._take_over()
                self.problem = None
            except PippinError as problem:
                self._note(problem.message)
                pause = RETRY_SECONDS if self.served is None else LOOK_SECONDS
            except Exception as problem:  # a model that fails must not end the others
                self._note(f"{self.app.name} cannot be served ({type(problem).__name__}).")
                pause = RETRY_SECONDS
            await self._pause(pause)

    def look(self) -> None:
        """Look for a newer version now: something was taught here."""
        self._wake.set()

    def _newest(self) -> str:
        return current_version(Context(self.app, Workspace()))

    async def _take_over(self) -> None:
        before, began = self.served, time.monotonic()
        # Apart, for the first takes long, and what takes long is done at a lower priority.
        command = "start" if before is None else "export"
        exported = await self.alone(self.app.name, command, lambda: export_model(self.app, first=before is None))
        self.served = await run_in_threadpool(open_graphs, self.app, exported, before)
        seconds = round(time.monotonic() - began, 3)
        self.metrics.change_model(self.app.name, before.version if before else None, self.served.version)
        self.log("model", application=self.app.name, model=self.served.version, seconds=seconds)
        if before is None:
            for graph in self.served.graphs.values():
                self.log("batching", model=graph.name, chosen=graph.batch.chosen, measured=graph.batch.sentence)
            if not self.served.graphs:
                self.log("no graph", application=self.app.name, why="it has no ONNX graph; /v1 answers for it")

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            self.log("problem", application=self.app.name, problem=problem)
        self.problem = problem

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        self._wake.clear()


class Models:
    """All applications of a server, and their graphs by name."""

    def __init__(self, names: tuple[str, ...], alone: Alone, log: JsonLog, metrics: Metrics) -> None:
        self.live = {name: LiveModel(registry.get(name), alone, log, metrics) for name in names}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, on_ready: Callable[[], None]) -> None:
        """Begin to load and to follow all models; `on_ready` is called once, when all have answered."""
        self._tasks = [asyncio.create_task(one.follow()) for one in self.live.values()]
        self._telling = asyncio.create_task(self._tell(on_ready))
        self._tasks.append(self._telling)

    async def wait(self, seconds: float) -> None:
        """Wait until all models have answered, but no longer than some seconds."""
        await asyncio.wait([self._telling], timeout=seconds)

    def stop(self) -> None:
        """End following."""
        for task in self._tasks:
            task.cancel()

    @property
    def ready(self) -> bool:
        """Whether every model has answered its sample."""
        return all(one.served is not None for one in self.live.values())

    def graph(self, name: str) -> tuple[LiveModel, Served, Graph] | None:
        """Return the graph of that name with the version it belongs to, and whose it is."""
        for live in self.live.values():
            if live.served is not None and name in live.served.graphs:
                return live, live.served, live.served.graphs[name]
        return None

    @property
    def names(self) -> list[str]:
        """The names of all graphs served now."""
        return [name for live in self.live.values() if live.served for name in live.served.graphs]

    async def _tell(self, on_ready: Callable[[], None]) -> None:
        while not self.ready:
            await asyncio.sleep(LOOK_SECONDS / 2)
        on_ready()

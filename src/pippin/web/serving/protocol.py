"""The addresses of the Open Inference Protocol v2: `/v2`, health, models and their answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pippin._version import __version__
from pippin.web.serving.admission import RECORD
from pippin.web.serving.deadlines import deadline_of
from pippin.web.serving.graphs import Graph, Served
from pippin.web.serving.metrics import Metrics
from pippin.web.serving.scheduler import Answer, Scheduler
from pippin.web.serving.takeover import Models
from pippin.web.serving.tensors import JSON_LENGTH, InferenceRequest, parse_request, render_response

PARSED_AT_ONCE = 65_536  # bytes of JSON up to which reading takes less than handing it to a thread


@dataclass
class Protocol:
    """What answers by the protocol; `is_leaving` says that no further requests are wanted."""

    models: Models
    scheduler: Scheduler
    metrics: Metrics
    is_leaving: bool = field(default=False)

    @property
    def ready(self) -> bool:
        """Whether every model has answered its sample, and the server does not end."""
        return self.models.ready and not self.is_leaving

    def leave(self) -> None:
        """Say from now on that no further requests are wanted."""
        self.is_leaving = True

    def add(self, app: FastAPI) -> None:
        """Add all addresses."""
        app.get("/v2")(self._server)
        app.get("/v2/health/live")(self._live)
        app.get("/v2/health/ready")(self._ready)
        for version in ("", "/versions/{version}"):
            app.get(f"/v2/models/{{name}}{version}")(self._model)
            app.get(f"/v2/models/{{name}}{version}/ready")(self._model_ready)
            app.post(f"/v2/models/{{name}}{version}/infer")(self._infer)

    async def _server(self) -> Any:
        extensions = ["binary_tensor_data", "model_metadata"]
        return {"name": "pippin", "version": __version__, "extensions": extensions, "models": self.models.names}

    async def _live(self) -> Any:
        return {"live": True}

    async def _ready(self) -> Any:
        if self.ready:
            return {"ready": True}
        raise HTTPException(503, "The server is ending." if self.is_leaving else self._unready())

    async def _model(self, name: str, version: str = "") -> Any:
        served, graph = self._find(name, version)
        return {
            "name": graph.name,
            "versions": [served.version],
            "platform": "onnxruntime_onnx",
            "inputs": [info.description for info in graph.inputs],
            "outputs": [info.description for info in graph.outputs],
            "parameters": {"artifact": served.artifact, "batching": graph.batch.sentence, **graph.facts},
        }

    async def _model_ready(self, name: str, version: str = "") -> Any:
        self._find(name, version)
        return {"name": name, "ready": True}

    async def _infer(self, name: str, request: Request, version: str = "") -> Response:
        record, began = request.scope[RECORD], time.monotonic()
        record["command"] = "infer"
        served, graph = self._find(name, version)
        record |= {"application": name, "model": served.version}
        if request.headers.get("content-encoding", "identity") != "identity":
            raise HTTPException(415, "Send the body as it is: compressed bodies are not taken here.")
        deadline = deadline_of(request, began)
        body = await request.body()
        read = time.monotonic()
        asked = await self._parse(body, request.headers.get(JSON_LENGTH), graph)
        if asked.timeout is not None:
            deadline = min(deadline or began + asked.timeout, began + asked.timeout)
        answer = await self.scheduler.run(graph, asked.inputs, deadline)
        written = time.monotonic()
        response = self._respond(asked, graph, served, answer)
        self._observe(record, name, read - began, answer, time.monotonic() - written)
        return response

    async def _parse(self, body: bytes, json_length: str | None, graph: Graph) -> InferenceRequest:
        length = len(body) if json_length is None else 0
        if length <= PARSED_AT_ONCE:
            return parse_request(body, json_length, graph.inputs, graph.outputs)
        return await run_in_threadpool(parse_request, body, json_length, graph.inputs, graph.outputs)

    def _respond(self, asked: InferenceRequest, graph: Graph, served: Served, answer: Answer) -> Response:
        body, length = render_response(asked, graph.name, served.version, answer.outputs)
        if length is None:
            return Response(body, media_type="application/json")
        return Response(body, media_type="application/octet-stream", headers={JSON_LENGTH: str(length)})

    def _observe(self, record: dict[str, Any], name: str, read: float, answer: Answer, write: float) -> None:
        stages = {"read": read, "wait": answer.waited, "run": answer.ran, "write": write}
        for stage, seconds in stages.items():
            self.metrics.stages.labels(name, stage).observe(seconds)
        self.metrics.batches.labels(name).observe(answer.batch)
        record |= {"batch": answer.batch, **{f"{stage}_seconds": round(s, 4) for stage, s in stages.items()}}

    def _find(self, name: str, version: str) -> tuple[Served, Graph]:
        found = self.models.graph(name)
        if found is None:
            live = self.models.live.get(name)
            if live is not None and live.served is None:
                raise HTTPException(503, f"{name} is not ready: {live.problem}", {"Retry-After": "1"})
            if live is not None:
                raise HTTPException(404, f"{name} exports no ONNX graph; POST /v1/{name}/predict answers for it.")
            raise HTTPException(404, f"There is no model {name[:60]!r}; there are: {', '.join(self.models.names)}.")
        _, served, graph = found
        if version and version != served.version:
            raise HTTPException(404, f"The version of {name} in use is {served.version}, not {version[:100]}.")
        return served, graph

    def _unready(self) -> str:
        waiting = [f"{name}: {one.problem}" for name, one in self.models.live.items() if one.served is None]
        return f"Not ready yet ({'; '.join(waiting)})."

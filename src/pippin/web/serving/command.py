"""`pippin serve APP...`: models for programs, over HTTP."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.application_parts import SENSITIVE
from pippin.core.context import Context
from pippin.core.errors import PippinError, missing_extra
from pippin.core.paths import default_home
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.web.addresses import in_address, is_local, own_names, reachable
from pippin.web.command import bound_socket, read_secret
from pippin.web.serving.settings import ServeSettings, runs_at_once

if TYPE_CHECKING:
    import socket

    from pippin.web.server_settings import ServerSettings

UNLIMITED = 1e6  # requests a second of one caller: the queue is the limit
MAX_REPLICAS, MAX_QUEUE, MAX_BODY = 64, 100_000, 4096


def serve(
    *apps: Annotated[str, "the applications to serve, by name"],
    host: Annotated[str, "the address to listen at; another than this machine's own needs --token"] = "127.0.0.1",
    port: Annotated[int, "the port to listen at; 0 takes a free one"] = 8018,
    token: Annotated[str | None, "a secret all programs must bring; `new` makes one"] = None,
    replicas: Annotated[int, "processes that answer at the same port"] = 1,
    queue: Annotated[int, "requests of each process that may wait; more are told to come again"] = 64,
    max_body: Annotated[int, "the largest body of a request, in MiB"] = 64,
    allow: Annotated[str | None, "serve to others: faces, voices, health, or applications by name"] = None,
) -> Report:
    """Serve models to programs, by the Open Inference Protocol.

    /v2 runs exported graphs; /v1/APP/predict, teach and undo take files. SIGTERM or Ctrl-C ends it within 10 seconds.
    """
    served = [_application(name) for name in dict.fromkeys(apps)]
    if not served:
        raise PippinError(f"Name what to serve: pippin serve APP...; there are: {', '.join(registry.names())}.")
    for name, value, most in (("replicas", replicas, MAX_REPLICAS), ("max-body", max_body, MAX_BODY)):
        if not 1 <= value <= most:
            raise PippinError(f"--{name} must be from 1 to {most}, not {value}.", input=value)
    if not 0 <= queue <= MAX_QUEUE:
        raise PippinError(f"--queue must be from 0 to {MAX_QUEUE}, not {queue}.", input=queue)
    if not is_local(host) and not token:
        raise PippinError(f"--host {host} lets others in; give them a secret: --token new makes one.", input=host)
    _require_server()
    rules = _rules(host, read_secret(token, "token"), allow, max_body)
    _refuse_sensitive(served, host, rules)
    for app in served:
        Context(app, Workspace()).artifact()  # where there is no model, before anything listens
    with bound_socket(host, port) as listening:
        address = f"http://{in_address(reachable(host))}:{listening.getsockname()[1]}"
        _run(listening, rules, address, [app.name for app in served], replicas, queue)
    return Report("The server is closed", payload={"address": address}, next="pippin serve " + " ".join(apps))


def _application(name: str) -> Application:
    app = registry.get(name)
    app.require_verb("predict")
    return app


def _rules(host: str, token: str | None, allow: str | None, max_body: int) -> ServerSettings:
    from pippin.web.server_settings import MEBIBYTE, ServerSettings, allowed

    return ServerSettings(
        token=token or "",
        names=own_names(host) if not is_local(host) else frozenset({"localhost"}),
        largest=max_body * MEBIBYTE,
        rate=UNLIMITED,
        burst=UNLIMITED,
        allowed=allowed((allow or "").split(",")),
        warm=False,
        programs=True,
    )


def _refuse_sensitive(served: list[Application], host: str, rules: ServerSettings) -> None:
    for app in served:
        kind = app.data.sensitive
        if kind and not is_local(host) and not rules.allowed & {kind, app.name}:
            raise PippinError(
                f"`{app.name}` is about {SENSITIVE[kind]}, and --host {host} lets others in; "
                f"--allow {app.name} serves it to them.",
                input=app.name,
            )


def _require_server() -> None:
    for name in ("fastapi", "uvicorn", "python_multipart", "prometheus_client", "onnx"):
        if find_spec(name) is None:
            raise missing_extra(name, "serve", "`pippin serve`")


def _run(
    listening: socket.socket, rules: ServerSettings, address: str, names: list[str], replicas: int, queue: int
) -> None:
    """Answer until the end, in this process or in replicas of it."""
    from pippin.web.serving.json_log import JsonLog
    from pippin.web.serving.process import serve_replica
    from pippin.web.serving.replicas import Parent

    shared = default_home() / "serve"
    shared.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="server-", dir=shared))
    metrics = folder / "metrics"
    metrics.mkdir()
    slots = runs_at_once(os.cpu_count() or 1, replicas)
    settings = ServeSettings(
        tuple(names), rules, address, replicas, slots, queue, folder / "files", metrics if replicas > 1 else None
    )
    log = JsonLog()
    log("listening", address=address, applications=names, replicas=replicas, runs_at_once=slots * replicas)
    if rules.token:
        print(f"Programs bring the header Authorization: Bearer {rules.token}", file=sys.stderr, flush=True)
    try:
        if replicas > 1:
            Parent(settings, listening, log).run()
        else:
            serve_replica(settings, listening, 0, None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        log.close()

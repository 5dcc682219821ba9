"""The process of one replica: answers on a socket that is open already, until it is asked to leave."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from types import FrameType

import uvicorn

from pippin.web.connections import Limits, Pool, protocol_factory, raise_file_limit
from pippin.web.serving.json_log import JsonLog
from pippin.web.serving.settings import METRICS_FOLDER, ServeSettings

LEAVE_SECONDS = 8  # for requests at work, once the server was asked to leave
LAST_SECONDS = 9.5  # after which the process ends whether or not a thread still computes
BACKLOG = 1024


class ServingServer(uvicorn.Server):
    """uvicorn's server, which says that it is leaving before it does."""

    def __init__(self, config: uvicorn.Config, on_leave: Callable[[], None]) -> None:
        super().__init__(config)
        self.on_leave, self._timer = on_leave, threading.Timer(LAST_SECONDS, os._exit, (0,))
        self._timer.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let as many connections wait as a single server does."""
        await super().startup(sockets)
        for listening in sockets or []:
            listening.listen(BACKLOG)  # asyncio has set it to how many one process accepts at a time

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that no further requests are wanted, and make sure that the process ends."""
        self.leave()
        super().handle_exit(sig, frame)

    def leave(self) -> None:
        """Say that no further requests are wanted; the process ends at the latest when the timer says so."""
        if not self._timer.is_alive():
            self._timer.start()
            self.on_leave()
        self.should_exit = True


def serve_replica(
    settings: ServeSettings, listening: socket.socket, number: int, parent: Connection | None, *, joins: bool = False
) -> None:
    """Answer requests until SIGTERM or Ctrl-C, or until the parent is gone.

    One that `joins` others takes no request before it is ready.
    """
    if settings.metrics is not None:
        os.environ[METRICS_FOLDER] = str(settings.metrics)  # before what counts is imported
    from pippin.web.serving.app import Service

    log = JsonLog(replica=number, process=os.getpid())
    service = Service(settings, log, joins=joins)
    limits, fitting = Limits(), raise_file_limit(Limits().max_connections)
    limits = replace(limits, max_connections=fitting, max_strangers=fitting // 2, max_per_visitor=fitting)
    config = uvicorn.Config(
        service.app,
        http=protocol_factory(Pool(limits), None),
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=86400,  # the pool closes what is idle
        timeout_graceful_shutdown=LEAVE_SECONDS,
        # Of all replicas each accepts one connection at a time, so that no one of them takes all that come at once.
        backlog=1 if settings.replicas > 1 else BACKLOG,
    )
    running = ServingServer(config, service.protocol.leave)
    if parent is not None:
        threading.Thread(target=_watch_parent, args=(parent, running), daemon=True).start()
    signal.signal(signal.SIGTERM, _ignore)  # uvicorn raises it again when it has ended
    if parent is not None:
        signal.signal(signal.SIGINT, _ignore)
    sys.stdin = open(os.devnull)  # noqa: SIM115 - a command that reads the terminal gets an end of file
    try:
        running.run([listening])
    finally:
        log("end")
        log.close()


def _watch_parent(parent: Connection, running: ServingServer) -> None:
    """End when the parent has ended, however that came."""
    try:
        parent.recv()
    except (EOFError, OSError):
        running.leave()


def _ignore(number: int, frame: FrameType | None) -> None:
    """Let the process end by itself."""

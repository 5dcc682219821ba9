"""The small parent of several replicas: starts them on one socket, replaces one that died, ends all together."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType

from pippin.web.serving.json_log import JsonLog
from pippin.web.serving.process import serve_replica
from pippin.web.serving.settings import ServeSettings

END_SECONDS = 9.7  # from the request to leave until what still runs is killed
LOOK_SECONDS = 0.2
YOUNG_SECONDS = 5.0  # a replica that dies before is started again more and more slowly
MAX_PAUSE = 30.0


@dataclass
class Replica:
    """One replica: its process, our end of the pipe by which it knows that we live, and how often it died young."""

    number: int
    process: BaseProcess
    pipe: Connection
    began: float
    deaths: int = 0
    again: float = 0.0


class Parent:
    """Keeps as many replicas alive as were asked for."""

    def __init__(self, settings: ServeSettings, listening: socket.socket, log: JsonLog) -> None:
        self.settings, self.listening, self.log = settings, listening, log
        self.is_leaving = False
        self._spawn = get_context("spawn")

    def run(self) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        with self._signals():
            replicas = [self._start(number, joins=number > 0) for number in range(self.settings.replicas)]
            while not self.is_leaving:
                wait([one.process.sentinel for one in replicas if one.process.is_alive()], LOOK_SECONDS)
                replicas = [self._look_after(one) for one in replicas]
            self._end(replicas)

    def _start(self, number: int, deaths: int = 0, *, joins: bool = True) -> Replica:
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(
            target=serve_replica,
            args=(self.settings, self.listening, number, theirs),
            kwargs={"joins": joins},
            name=f"pippin-replica-{number}",
        )
        process.start()
        theirs.close()
        self.log("start", started=number, pid=process.pid)
        return Replica(number, process, ours, time.monotonic(), deaths)

    def _look_after(self, replica: Replica) -> Replica:
        """Return the replica, or one in its place where it has died and its pause is over."""
        if replica.process.is_alive() or self.is_leaving:
            return replica
        now = time.monotonic()
        if not replica.again:
            self._mark_dead(replica)
            young = now - replica.began < YOUNG_SECONDS
            replica.deaths = replica.deaths + 1 if young else 0
            replica.again = now + (min(MAX_PAUSE, 2.0**replica.deaths / 2) if young else 0)
            self.log("death", replica=replica.number, pid=replica.process.pid, exit_code=replica.process.exitcode)
        return self._start(replica.number, replica.deaths) if now >= replica.again else replica

    def _mark_dead(self, replica: Replica) -> None:
        replica.pipe.close()
        if self.settings.metrics is not None and replica.process.pid is not None:
            from prometheus_client.multiprocess import mark_process_dead

            mark_process_dead(replica.process.pid, str(self.settings.metrics))  # type: ignore[no-untyped-call]

    def _end(self, replicas: list[Replica]) -> None:
        until = time.monotonic() + END_SECONDS
        for replica in replicas:
            if replica.process.is_alive():
                replica.process.terminate()
        for replica in replicas:
            replica.process.join(max(0.0, until - time.monotonic()))
            if replica.process.is_alive():
                replica.process.kill()
                replica.process.join(0.2)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def leave(number: int, frame: FrameType | None) -> None:
            self.is_leaving = True

        before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

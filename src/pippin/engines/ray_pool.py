"""The engine of a Ray cluster: workers are actors of one processor each, which stay warm for the next call."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pippin.core.errors import PippinError
from pippin.engines.map import Died, Done, Ending, Engine, Item, Outcome, Raised, map_jobs
from pippin.engines.ray_worker import RayWorker
from pippin.engines.worker_state import CallerState, require_same_versions

START_SECONDS = 180  # a busy machine takes long to start a worker, and 30 s are not enough for its cluster
CONNECT_SECONDS = 10
MAX_STARTS = 3  # of a local cluster
CHECK_EVERY = 5.0  # seconds between two looks at whether any worker lives
STORE_BYTES = 200 * 2**20  # of a cluster that this process starts, for values on their way
LOCAL_CLUSTER = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_raylet_start_wait_time_s": str(START_SECONDS),
    # Where Ray takes the machine for one that has no cluster, it listens on 127.0.0.1 instead of its address.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}
_connected: set[str] = set()  # addresses this process is connected to; "" for a cluster of its own
_lock = threading.Lock()  # around pools and connections
_warm: dict[tuple[str, int | None], RayPool] = {}


@dataclass(eq=False)
class _Actor:
    """A worker, and the number of its job; `waits` is what Ray is to return next."""

    handle: Any
    waits: Any
    job: int | None = None
    is_ready: bool = False


class RayPool:
    """Actors of a cluster: `count` at most, else one for each of its processors."""

    advice = "perhaps for want of memory; give the cluster more, or take smaller data"

    def __init__(self, address: str, count: int | None) -> None:
        self._ray, self._address, self._count = import_ray(), address, count
        self._actors: list[_Actor] = []
        self._last_alive = time.monotonic()
        self._make = self._ray.remote(num_cpus=1, max_restarts=0, max_concurrency=1)(RayWorker)
        self._state = CallerState.read(same_machine=not address)

    def has_idle(self) -> bool:
        """Return whether a worker is ready and waits for a job."""
        self._start_missing()
        return any(actor.is_ready and actor.job is None for actor in self._actors)

    def submit(self, number: int, function: Callable[[Any], Any], item: Any) -> None:
        """Hand a job to an idle worker."""
        actor = next(actor for actor in self._actors if actor.is_ready and actor.job is None)
        actor.job = number
        actor.waits = actor.handle.carry_out.remote(self._state, function, item)

    def wait(self) -> list[tuple[int, Ending]]:
        """Wait until jobs have ended or workers are ready, and see to it that a worker lives."""
        waiting = {actor.waits: actor for actor in self._actors if actor.waits is not None}
        ready, _ = self._ray.wait(list(waiting), num_returns=1, timeout=CHECK_EVERY)
        if any(actor.is_ready for actor in self._actors):
            self._last_alive = time.monotonic()
        elif time.monotonic() - self._last_alive > START_SECONDS:
            raise PippinError(self._why_none())
        return [ending for one in ready if (ending := self._receive(waiting[one]))]

    def end_busy(self) -> None:
        """Kill the workers that have a job."""
        for actor in [actor for actor in self._actors if actor.job is not None]:
            self._drop(actor)

    def renew(self) -> None:
        """Take over what has changed in this process since the last call."""
        self._state = CallerState.read(same_machine=not self._address)
        self._last_alive = time.monotonic()

    def close(self) -> None:
        """End all workers."""
        for actor in list(self._actors):
            self._drop(actor)

    def _start_missing(self) -> None:
        """Start workers where processors are free for them: more would wait, and hold those that others need."""
        for _ in range(self._wanted() - len(self._actors)):
            handle = self._make.remote(self._state)
            self._actors.append(_Actor(handle, handle.versions.remote()))

    def _wanted(self) -> int:
        processors = int(self._ray.cluster_resources().get("CPU", 0))
        return max(1, min(self._count or processors, processors))

    def _receive(self, actor: _Actor) -> tuple[int, Ending] | None:
        """Return how a job ended; None for a worker that is ready, or ended before it was."""
        number = actor.job
        try:
            value = self._ray.get(actor.waits)
        except self._ray.exceptions.RayActorError:
            self._drop(actor)
            return None if number is None else (number, Died("ended"))
        except self._ray.exceptions.RayTaskError as problem:
            return self._failed(actor, PippinError(f"A worker failed: {problem.cause!r}."))
        except self._ray.exceptions.RayError as problem:  # a value that was lost with its node
            self._drop(actor)
            return None if number is None else (number, Died(f"ended ({type(problem).__name__})"))
        if number is None:
            try:
                require_same_versions(value, value["host"])
            except PippinError:
                self._drop(actor)
                raise
            actor.waits, actor.is_ready = None, True
            return None
        actor.waits = None
        actor.job = None
        is_fine, found = value
        return number, Done(found) if is_fine else Raised(found)

    def _failed(self, actor: _Actor, problem: PippinError) -> tuple[int, Ending]:
        if actor.job is None:
            raise problem
        number, actor.job, actor.waits = actor.job, None, None
        return number, Raised(problem)

    def _drop(self, actor: _Actor) -> None:
        self._actors.remove(actor)
        self._ray.kill(actor.handle)

    def _why_none(self) -> str:
        free = self._ray.available_resources().get("CPU", 0)
        where = f"The cluster at {self._address}" if self._address else "The local cluster"
        return (
            f"{where} started no worker in {START_SECONDS} s; it has {free:g} free processors, and each worker takes "
            "one. `ray status` tells what holds the others."
        )


class RayEngine:
    """An engine (see engines/map.py) whose workers are those of a cluster."""

    def __init__(self, address: str, workers: int | None) -> None:
        self._address, self._workers = address, workers

    def __call__(
        self,
        function: Callable[[Item], Outcome],
        items: Iterable[Item],
        *,
        on_outcome: Callable[[Item, Outcome], None] | None = None,
        on_lost: Callable[[Item, str], Outcome] | None = None,
    ) -> Iterator[Outcome]:
        """Yield `function(item)` for each item, in order."""
        connect(self._address)
        pool = self._take()
        try:
            yield from map_jobs(pool, function, items, on_outcome, on_lost)
        finally:
            self._give_back(pool)

    def put(self, content: bytes) -> Callable[[], bytes]:
        """Store bytes in the cluster, which brings them to each machine once."""
        connect(self._address)
        return RayContent([import_ray().put(content)])

    def _take(self) -> RayPool:
        with _lock:
            pool = _warm.pop((self._address, self._workers), None)
            for other in [other for key, other in _warm.items() if key[0] == self._address]:
                other.close()  # or their workers hold the processors that these need
            _warm.clear()
        if pool is not None:
            pool.renew()
        return pool or RayPool(self._address, self._workers)

    def _give_back(self, pool: RayPool) -> None:
        with _lock:
            if _warm.setdefault((self._address, self._workers), pool) is not pool:
                pool.close()


@dataclass(frozen=True)
class RayContent:
    """Bytes that lie in a cluster."""

    references: Sequence[Any]

    def __call__(self) -> bytes:
        content: bytes = import_ray().get(self.references[0])
        return content


def import_ray() -> Any:
    """Return Ray, imported when it is first wanted."""
    return import_module("ray")


def ray_engine(workers: int | None, address: str | None) -> Engine:
    """Return the engine of the cluster at an address or RAY_ADDRESS, else of one that goes with this process."""
    return RayEngine(address or os.environ.get("RAY_ADDRESS") or "", workers)


def connect(address: str) -> None:
    """Connect this process to a cluster once; PippinError where it cannot be reached."""
    with _lock:
        if address in _connected:
            return
        if not address:
            os.environ.update({name: os.environ.get(name, value) for name, value in LOCAL_CLUSTER.items()})
            if not os.environ.get("RAY_AUTH_TOKEN_PATH"):  # Ray asks for a token, and would write one below the home
                os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        try:
            _require_listener(address)
            _initialize(address)
        except PippinError:
            raise
        except Exception as problem:  # Ray raises plain exceptions of many kinds
            raise _unreachable(address, problem) from problem
        _connected.add(address)


def _require_listener(address: str) -> None:
    """Raise OSError where nothing listens at HOST:PORT: Ray itself would try for long."""
    if not address or address == "auto":
        return
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or "/" in host:
        raise PippinError(f"--address must be HOST:PORT of a cluster's head node, not {address[:80]!r}.", input=address)
    socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()


def _initialize(address: str) -> None:
    ray, quiet = import_ray(), {"log_to_driver": False, "logging_level": logging.ERROR}
    if ray.is_initialized():  # by the program that called, or for another address
        _refuse_second(address)
        return
    if address:
        ray.init(address, **quiet)
    else:
        _start_cluster(ray, quiet)
    # Ray 2.60 prints what became of workers to standard output, where --json prints one object and nothing else.
    ray._private.worker.print_to_stdstream = lambda *arguments, **options: None


def _start_cluster(ray: Any, quiet: Mapping[str, int]) -> None:
    """Start a cluster of this machine; a busy one may need more than the 30 s after which Ray 2.60 gives up."""
    for left in range(MAX_STARTS - 1, -1, -1):
        try:
            ray.init("local", include_dashboard=False, object_store_memory=STORE_BYTES, **quiet)
            return
        except Exception as problem:
            ray.shutdown()
            if not left or "timed out" not in str(problem):
                raise


def _refuse_second(address: str) -> None:
    if _connected:
        raise PippinError(
            f"This process is connected to another cluster already; start a new one for {address or 'a local one'}.",
            input=address,
        )


def _unreachable(address: str, problem: Exception) -> PippinError:
    told = " ".join(str(problem).split())[:200]
    if "Version mismatch" in str(problem):
        return PippinError(
            f"The cluster at {address} has another version of Python or Ray ({told}); install the same.", input=address
        )
    if not address:
        return PippinError(f"No local Ray cluster could be started ({told}); try --engine processes.", input=address)
    advice = "`ray start --head` must run there, and its token be here"
    return PippinError(f"The cluster at {address} cannot be reached ({told}); {advice}.", input=address)


@atexit.register
def disconnect() -> None:
    """End all workers and leave the cluster; one that this process started ends."""
    with _lock:
        _warm.clear()
        if _connected:
            import_ray().shutdown()
            _connected.clear()

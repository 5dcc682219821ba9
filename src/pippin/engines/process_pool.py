"""The engine of worker processes on this machine; each stays warm for the next call."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from typing import Any

from pippin.core.errors import PippinError
from pippin.engines.map import Died, Done, Ending, Engine, Item, Outcome, Raised, map_jobs
from pippin.engines.process_worker import serve
from pippin.engines.worker_state import CallerState

MAX_STARTS = 3  # of a worker that ends before it takes a job
_warm: dict[tuple[object, ...], ProcessPool] = {}
_lock = threading.Lock()  # around `_warm`


@dataclass(eq=False)
class _Worker:
    """A process, the pipe to it, and the number of its job."""

    process: Any
    pipe: Connection
    job: int | None = None


class ProcessPool:
    """Processes of this machine: `count` at most, started when they are wanted."""

    advice = "perhaps for want of memory; try fewer workers"

    def __init__(self, count: int) -> None:
        self._count = count
        self._workers: list[_Worker] = []

    def has_idle(self) -> bool:
        """Return whether a worker waits for a job, or may be started."""
        return sum(worker.job is not None for worker in self._workers) < self._count

    def start_all(self) -> None:
        """Start the workers that are missing, all at once."""
        for worker in [worker for worker in self._workers if not worker.process.is_alive()]:
            self._drop(worker)
        while len(self._workers) < self._count:
            self._workers.append(_start())

    def submit(self, number: int, function: Callable[[Any], Any], item: Any) -> None:
        """Hand a job to an idle worker; one that has ended meanwhile is replaced and costs no job."""
        state = CallerState.read()
        for _ in range(MAX_STARTS):
            worker = self._idle()
            try:
                worker.pipe.send((state, function, item))
            except OSError:
                self._drop(worker)
                continue
            worker.job = number
            return
        raise PippinError("Worker processes end as soon as they start; `pippin doctor` tells what is missing.")

    def wait(self) -> list[tuple[int, Ending]]:
        """Wait until jobs have ended."""
        busy = {worker.pipe: worker for worker in self._workers if worker.job is not None}
        return [self._receive(busy[pipe]) for pipe in connection.wait(list(busy))]  # type: ignore[index]

    def end_busy(self) -> None:
        """Kill the workers that have a job."""
        for worker in [worker for worker in self._workers if worker.job is not None]:
            worker.process.kill()
            self._drop(worker)

    def close(self) -> None:
        """Let all workers end: idle ones leave when their pipe closes."""
        self.end_busy()
        for worker in list(self._workers):
            self._drop(worker)

    def _idle(self) -> _Worker:
        for worker in [worker for worker in self._workers if worker.job is None]:
            if worker.process.is_alive():
                return worker
            self._drop(worker)
        self._workers.append(_start())
        return self._workers[-1]

    def _receive(self, worker: _Worker) -> tuple[int, Ending]:
        number = worker.job
        assert number is not None
        try:
            is_fine, value = worker.pipe.recv()
        except (EOFError, OSError):
            return number, Died(self._how_ended(worker))
        except Exception as problem:  # an exception of the job's that cannot be made again here
            is_fine, value = False, PippinError(f"A worker failed ({type(problem).__name__}: {problem}).")
        worker.job = None
        return number, Done(value) if is_fine else Raised(value)

    def _how_ended(self, worker: _Worker) -> str:
        worker.process.join(10)
        code = worker.process.exitcode
        self._drop(worker)
        return f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"

    def _drop(self, worker: _Worker) -> None:
        worker.pipe.close()
        self._workers.remove(worker)
        with suppress(RuntimeError):  # no thread starts while Python ends, when nothing stays behind either
            threading.Thread(target=worker.process.join, name="reap a worker", daemon=True).start()


def _start() -> _Worker:
    # spawn: a forked child would share the parent's threads and locks.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), name="pippin-worker")
    process.start()
    theirs.close()
    return _Worker(process, ours)


def processes(workers: int) -> Engine:
    """Return an engine of `workers` processes; give each job one thread, or they fight over the cores."""
    if workers < 1:
        raise PippinError(f"--workers must be 1 or more, not {workers}.", input=workers)

    def engine(
        function: Callable[[Item], Outcome],
        items: Iterable[Item],
        *,
        on_outcome: Callable[[Item, Outcome], None] | None = None,
        on_lost: Callable[[Item, str], Outcome] | None = None,
    ) -> Iterator[Outcome]:
        pool = _take(workers)
        try:
            pool.start_all()
            yield from map_jobs(pool, function, items, on_outcome, on_lost)
        finally:
            _give_back(workers, pool)

    return engine


def _key(workers: int) -> tuple[object, ...]:
    return workers, os.getpid(), tuple(sys.path), os.environ.get("OMP_NUM_THREADS")


def _take(workers: int) -> ProcessPool:
    """Return a warm pool that is not in use, else a new one; pools of other sizes are closed."""
    with _lock:
        pool = _warm.pop(_key(workers), None)
        for other in _warm.values():
            other.close()
        _warm.clear()
    return pool or ProcessPool(workers)


def _give_back(workers: int, pool: ProcessPool) -> None:
    """Keep a pool warm for the next call; where there is one already, close it."""
    with _lock:
        if _warm.setdefault(_key(workers), pool) is not pool:
            pool.close()


@atexit.register
def close_warm_pools() -> None:
    """Let all idle workers end."""
    with _lock:
        for pool in _warm.values():
            pool.close()
        _warm.clear()

"""Where jobs are carried out: here, or in processes of this machine (each engine is a map), or in a worker process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pippin.core.errors import PippinError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
_workers: dict[Path, subprocess.Popen[bytes]] = {}


class Engine(Protocol):
    """Applies a picklable function to picklable items, yielding outcomes in order."""

    def __call__(self, function: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """Yield `function(item)` for each item, in order."""


def local(function: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
    """Run one after the other, in this process."""
    return map(function, items)


def processes(workers: int) -> Engine:
    """Return an engine of `workers` fresh processes; give each job one thread, or they fight over the cores."""
    if workers < 1:
        raise PippinError(f"--workers must be 1 or more, not {workers}.")

    def engine(function: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        # spawn: a forked child would share the parent's threads and locks.
        with ProcessPoolExecutor(workers, get_context("spawn"), initializer=single_threaded) as pool:
            try:
                yield from pool.map(function, items)
            except BrokenProcessPool as problem:
                raise PippinError(
                    "A worker process ended before its work did, perhaps for want of memory; try fewer workers."
                ) from problem

    return engine


def single_threaded() -> None:
    """Keep numerical libraries of this process to one thread; must run before they are imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def engine(workers: int) -> Engine:
    """Return `local` for one worker, else `processes`."""
    return local if workers == 1 else processes(workers)


def start_worker(folder: Path, environment: Mapping[str, str]) -> None:
    """Start a process that carries out the request of a run folder; it outlives this process.

    What it writes to its terminal goes to `console.txt`. It is reaped when it ends.
    """
    with (folder / "console.txt").open("ab") as console:
        worker = subprocess.Popen(
            [sys.executable, "-m", "pippin.worker", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env={**os.environ, **environment},
            **_detached(),
        )
    _workers[folder] = worker
    threading.Thread(target=worker.wait, name=f"reap {folder.name}", daemon=True).start()


def worker_is_running(folder: Path) -> bool | None:
    """Return whether the worker that this process started for a run folder still runs; None if it started none."""
    worker = _workers.get(folder)
    return None if worker is None else worker.poll() is None


def forget_workers() -> None:
    """Forget the started workers, so that only the run folders tell of them, as in another process."""
    _workers.clear()


def wait_for_workers(seconds: float) -> None:
    """Wait until all workers this process started have ended."""
    for worker in list(_workers.values()):
        worker.wait(seconds)


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}

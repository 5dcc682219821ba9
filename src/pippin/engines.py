"""Where jobs are carried out: here, or in processes of this machine; each engine is a map."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from pippin.core.errors import PippinError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Engine(Protocol):
    """Applies a picklable function to picklable items, yielding outcomes in order."""

    def __call__(self, function: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """Yield `function(item)` for each item, in order."""


def local(function: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
    """One after the other, in this process."""
    return map(function, items)


def processes(workers: int) -> Engine:
    """An engine of `workers` fresh processes; give each job one thread, or they fight over the cores."""
    if workers < 1:
        raise PippinError(f"{workers} processes cannot work; give 1 or more.")

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
    """`local` for one worker, else `processes`."""
    return local if workers == 1 else processes(workers)

"""The queue in which requests for work wait for a thread: fair between visitors, light work apart from heavy.

Work is heavy where it is expected to take longer than a moment. Heavy and light work have threads of their own,
visitors take turns within each, and a model of a workspace is used by one at a time. Pixels that are decoded at the
same time are limited too.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException

from pippin.web.durations import Durations, Kind

HEAVY_SECONDS = 0.7
PATIENCE_SECONDS = 2.0  # after which light work that is not done no longer keeps other light work waiting
MAX_PIXELS_AT_ONCE = 64_000_000
MAX_WAITING = 64  # of one visitor
MAX_THREADS = 16
NICENESS = 10  # of threads with heavy work
LOOK_SECONDS = 1.0  # between two looks whether the visitor who waits is still there


def _lower_priority() -> None:
    """Lower this thread's priority, where the system knows priorities of threads (Linux)."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class Left(Exception):
    """The visitor who waited has gone."""


@dataclass(eq=False)
class Work:
    """One request for work: whose, of which kind, on which model, and how many pixels it decodes."""

    visitor: str
    kind: Kind
    model: Any
    pixels: int
    seconds: float
    cpu_seconds: float
    number: int
    ready: asyncio.Future[None]
    begun: float | None = None
    asked: float = field(default_factory=time.monotonic)

    @property
    def heavy(self) -> bool:
        """Whether it is expected to take long, by processor time: a busy machine makes no work heavy."""
        return self.cpu_seconds > HEAVY_SECONDS


class WorkQueue:
    """Lets work begin in turn; `per_visitor` limits how much of one visitor goes on at the same time in each lane."""

    def __init__(
        self,
        per_visitor: int | None = None,
        heavy: int | None = None,
        light: int = 4,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.durations, self.cpu_durations = Durations(), Durations()
        self.slots = {True: heavy or max(1, (os.cpu_count() or 1) // 2), False: light}
        self.per_visitor, self.max_waiting = per_visitor, max_waiting
        self._threads = {
            True: ThreadPoolExecutor(MAX_THREADS, "pippin-heavy", initializer=_lower_priority),
            False: ThreadPoolExecutor(MAX_THREADS, "pippin-light"),
        }
        self._numbers = itertools.count()
        self._waiting: list[Work] = []
        self._running: list[Work] = []
        self._turns: dict[bool, deque[str]] = {True: deque(), False: deque()}

    async def run(
        self,
        work: Callable[[], Any],
        *,
        visitor: str,
        kind: Kind,
        model: Any,
        pixels: int = 0,
        gone: Callable[[], Awaitable[bool]] | None = None,
    ) -> Any:
        """Run `work` in a thread when its turn comes and return its result; nothing where its visitor went away."""
        if sum(one.visitor == visitor for one in self._waiting) >= self.max_waiting:
            raise HTTPException(
                429, f"{self.max_waiting} requests of yours wait already; send more when they are answered."
            )
        ready = asyncio.get_running_loop().create_future()
        expected, cpu = self.durations.expected(kind), self.cpu_durations.expected(kind)
        mine = Work(visitor, kind, model, pixels, expected, cpu, next(self._numbers), ready)
        self._waiting.append(mine)
        self._begin()
        try:
            await self._turn(mine, gone)
            return await asyncio.get_running_loop().run_in_executor(
                self._threads[mine.heavy], self._measured, kind, work
            )
        finally:
            for place in (self._waiting, self._running):
                with suppress(ValueError):
                    place.remove(mine)
            self._begin()

    def places(self, visitor: str) -> list[dict[str, Any]]:
        """Return a visitor's work: how many stand before each, and in how many seconds it is expected to be done."""
        return [row for row in self.everything() if row.pop("visitor") == visitor]

    def pixels(self, visitor: str) -> int:
        """Return the pixels of a visitor's images that are in work or wait."""
        return sum(work.pixels for work in [*self._waiting, *self._running] if work.visitor == visitor)

    def everything(self) -> list[dict[str, Any]]:
        """Return all work, what runs first, then what waits in the order in which it is to begin."""
        rows, now = [], time.monotonic()
        for work in self._running:
            left = max(0.0, work.seconds - (now - (work.begun or now)))
            rows.append(self._row(work, "running", 0, left))
        for heavy in (False, True):
            ahead = [max(0.0, w.seconds - (now - (w.begun or now))) for w in self._running if w.heavy == heavy]
            for index, work in enumerate(self._order(heavy), 1):
                ahead.append(work.seconds)
                rows.append(self._row(work, "waiting", index, sum(ahead) / self.slots[heavy]))
        return rows

    def close(self) -> None:
        """Shut the threads down."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)

    def _measured(self, kind: Kind, work: Callable[[], Any]) -> Any:
        began, cpu_began = time.monotonic(), time.thread_time()
        try:
            return work()
        finally:
            self.durations.add(kind, time.monotonic() - began)
            self.cpu_durations.add(kind, time.thread_time() - cpu_began)

    @staticmethod
    def _row(work: Work, state: str, position: int, seconds: float) -> dict[str, Any]:
        return {
            "visitor": work.visitor,
            "application": work.kind.application,
            "command": work.kind.command,
            "state": state,
            "place": position,
            "seconds": round(seconds, 1),
        }

    async def _turn(self, work: Work, gone: Callable[[], Awaitable[bool]] | None) -> None:
        while not work.ready.done():
            await asyncio.wait([work.ready], timeout=LOOK_SECONDS)
            if not work.ready.done() and gone is not None and await gone():
                raise Left

    def _begin(self) -> None:
        """Start the waiting work that may start."""
        for heavy in (False, True):
            while (work := self._next(heavy)) is not None:
                self._waiting.remove(work)
                self._running.append(work)
                turns = self._turns[heavy]
                with suppress(ValueError):
                    turns.remove(work.visitor)
                turns.append(work.visitor)
                work.begun = time.monotonic()
                work.ready.set_result(None)
                if not heavy:
                    asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._begin)

    def _next(self, heavy: bool) -> Work | None:
        same_lane = [work for work in self._running if work.heavy == heavy]
        young = [work for work in same_lane if heavy or time.monotonic() - (work.begun or 0) < PATIENCE_SECONDS]
        if len(young) >= self.slots[heavy] or len(self._running) >= MAX_THREADS:
            return None
        at_work = Counter(work.visitor for work in same_lane)
        models = {work.model for work in self._running}
        pixels = sum(work.pixels for work in self._running)
        for work in self._order(heavy):
            fits = not pixels or not work.pixels or pixels + work.pixels <= MAX_PIXELS_AT_ONCE
            if fits and work.model not in models and at_work[work.visitor] < (self.per_visitor or self.slots[heavy]):
                return work
        return None

    def _order(self, heavy: bool) -> list[Work]:
        """Return waiting work in the order of turns: each visitor's first, then each one's second, and so on."""
        turns = list(self._turns[heavy])
        rounds: Counter[str] = Counter()
        keyed = []
        for work in sorted((one for one in self._waiting if one.heavy == heavy), key=lambda one: one.number):
            last = turns.index(work.visitor) if work.visitor in turns else -1
            keyed.append(((rounds[work.visitor], last, work.number), work))
            rounds[work.visitor] += 1
        return [work for _, work in sorted(keyed, key=lambda pair: pair[0])]

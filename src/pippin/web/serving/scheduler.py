"""Runs of graphs: as many at once as cores, batches of what waits where they pay, nothing begun after its deadline."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from starlette.exceptions import HTTPException

from pippin.web.serving.graphs import Feeds, Graph
from pippin.web.serving.tensors import Array

MAX_INPUTS_AT_ONCE = 16  # of one request, in one run: memory grows with it
# Outputs of each request of a run, when it began, and its seconds.
Ran = tuple[list[Mapping[str, Array]], float, float]
RECENT = 0.1  # weight of the latest run in the mean by which a wait is estimated


@dataclass(frozen=True)
class Answer:
    """Outputs by name, and what their run took: seconds of waiting and running, and inputs in the run."""

    outputs: Mapping[str, Array]
    waited: float
    ran: float
    batch: int


@dataclass(eq=False)
class Pending:
    """A request that waits for its run."""

    graph: Graph
    feeds: Feeds
    answer: asyncio.Future[Answer]
    rows: int
    since: float = field(default_factory=time.monotonic)

    def joins(self, other: Pending) -> bool:
        """Return whether both can run as one batch: the same graph, and sizes that agree but for the first."""
        return (
            self.graph is other.graph
            and self.graph.splits
            and all(array.shape[1:] == other.feeds[name].shape[1:] for name, array in self.feeds.items())
        )


class Scheduler:
    """A queue before `slots` threads; it belongs to one event loop. `on_change` hears how many requests wait."""

    def __init__(self, slots: int, on_change: Callable[[int], None] = lambda waiting: None) -> None:
        self.slots, self.on_change = slots, on_change
        self.waiting: deque[Pending] = deque()
        self.running = 0
        self.mean_seconds = 0.05
        self._threads = ThreadPoolExecutor(slots, "pippin-graph")

    async def run(self, graph: Graph, feeds: Feeds, deadline: float | None) -> Answer:
        """Return the outputs for `feeds`; 504 where they are not there at `deadline`, on the monotonic clock."""
        rows = len(next(iter(feeds.values()))) if graph.splits else 1
        pending = Pending(graph, feeds, asyncio.get_running_loop().create_future(), rows)
        self.waiting.append(pending)
        self.on_change(len(self.waiting))
        self._begin()
        try:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            return await asyncio.wait_for(pending.answer, left)
        except TimeoutError:
            raise HTTPException(504, "The deadline of this request has passed before its answer was there.") from None
        finally:
            with suppress(ValueError):
                self.waiting.remove(pending)
            self.on_change(len(self.waiting))

    @property
    def expected_wait(self) -> int:
        """Whole seconds after which a place in the queue is likely to be free."""
        return max(1, math.ceil(len(self.waiting) * self.mean_seconds / self.slots))

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        while self.running < self.slots and self.waiting:
            batch = self._take()
            self.running += 1
            self.on_change(len(self.waiting))
            task = asyncio.get_running_loop().run_in_executor(self._threads, _run, batch)
            task.add_done_callback(partial(self._end, batch))

    def _take(self) -> list[Pending]:
        """Take the request that waits for longest, and others that fit into its batch."""
        batch = [self.waiting.popleft()]
        room = batch[0].graph.batch.chosen - batch[0].rows
        for other in [one for one in self.waiting if room > 0 and batch[0].joins(one)]:
            if other.rows <= room:
                room -= other.rows
                self.waiting.remove(other)
                batch.append(other)
        return batch

    def _end(self, batch: Sequence[Pending], done: asyncio.Future[Ran]) -> None:
        self.running -= 1
        problem = HTTPException(503, "The server is ending.") if done.cancelled() else done.exception()
        if problem is not None:
            for pending in batch:
                if not pending.answer.done():
                    pending.answer.set_exception(problem)
        else:
            outputs, began, seconds = done.result()
            self.mean_seconds += RECENT * (seconds - self.mean_seconds)
            rows = sum(pending.rows for pending in batch)
            for pending, own in zip(batch, outputs, strict=True):
                if not pending.answer.done():
                    pending.answer.set_result(Answer(own, began - pending.since, seconds, rows))
        self._begin()


def _run(batch: Sequence[Pending]) -> Ran:
    """Run a batch."""
    began = time.monotonic()
    graph = batch[0].graph
    if len(batch) == 1:
        outputs = [_in_pieces(graph, batch[0].feeds, batch[0].rows)]
    else:
        names = batch[0].feeds
        joined = graph.run({name: np.concatenate([one.feeds[name] for one in batch]) for name in names})
        ends = np.cumsum([one.rows for one in batch])[:-1]
        parts = {name: np.split(array, ends) for name, array in joined.items()}
        outputs = [{name: part[index] for name, part in parts.items()} for index in range(len(batch))]
    return outputs, began, time.monotonic() - began


def _in_pieces(graph: Graph, feeds: Feeds, rows: int) -> Mapping[str, Array]:
    if rows <= MAX_INPUTS_AT_ONCE:
        return graph.run(feeds)
    pieces = [
        graph.run({name: array[start : start + MAX_INPUTS_AT_ONCE] for name, array in feeds.items()})
        for start in range(0, rows, MAX_INPUTS_AT_ONCE)
    ]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

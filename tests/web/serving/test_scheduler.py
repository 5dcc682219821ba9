"""The queue before graphs: runs at once, batches of what waits, deadlines."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import numpy as np
import pytest
from starlette.exceptions import HTTPException

from pippin.web.serving.graphs import BatchTimes, Graph, time_batches
from pippin.web.serving.scheduler import MAX_INPUTS_AT_ONCE, Scheduler
from pippin.web.serving.tensors import TensorInfo


class Doubling:
    """Stands for a session of ONNX Runtime: doubles its input, and notes how it was run."""

    def __init__(self, cost: float = 0.0, each: float = 0.0) -> None:
        self.cost, self.each = cost, each
        self.sizes: list[int] = []
        self.at_once, self.most, self._lock = 0, 0, threading.Lock()
        self.go = threading.Event()
        self.go.set()

    def run(self, outputs: Any, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
        with self._lock:
            self.sizes.append(len(feeds["x"]))
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.go.wait(30)
        time.sleep(self.cost + self.each * len(feeds["x"]))
        with self._lock:
            self.at_once -= 1
        return [2 * feeds["x"]]


def graph(session: Doubling, chosen: int = 1) -> Graph:
    info = (TensorInfo("x", "FP32", (-1, 2)),), (TensorInfo("y", "FP32", (-1, 2)),)
    sample = {"x": np.ones((1, 2), np.float32)}
    return Graph("double", session, *info, sample, {}, BatchTimes({1: 0.01}, chosen), chosen != 0)


def rows(*values: float) -> dict[str, np.ndarray]:
    return {"x": np.array([[value, -value] for value in values], np.float32)}


def test_as_many_run_at_once_as_there_are_slots_and_each_gets_its_own_answer() -> None:
    session = Doubling(cost=0.02)

    async def ask() -> list[Any]:
        scheduler = Scheduler(2)
        found = await asyncio.gather(*(scheduler.run(graph(session), rows(value), None) for value in range(8)))
        scheduler.close()
        return found

    answers = asyncio.run(ask())
    assert [answer.outputs["y"][0, 0] for answer in answers] == [2 * value for value in range(8)]
    assert session.most == 2
    assert session.sizes == [1] * 8


def test_what_waits_runs_as_a_batch_where_batches_pay() -> None:
    session = Doubling()

    async def ask() -> list[Any]:
        scheduler, made = Scheduler(1), graph(session, chosen=4)
        session.go.clear()
        tasks = [
            asyncio.create_task(scheduler.run(made, rows(*values), None)) for values in ([0], [1], [2, 3], [4], [5])
        ]
        await asyncio.sleep(0.05)
        session.go.set()
        found = await asyncio.gather(*tasks)
        scheduler.close()
        return found

    answers = asyncio.run(ask())
    assert [answer.outputs["y"][:, 0].tolist() for answer in answers] == [[0], [2], [4, 6], [8], [10]]
    assert session.sizes == [1, 4, 1]  # the first ran alone, for nothing waits for a batch to fill
    assert [answer.batch for answer in answers] == [1, 4, 4, 4, 1]


def test_a_large_request_runs_in_pieces() -> None:
    session = Doubling()

    async def ask() -> Any:
        scheduler = Scheduler(1)
        found = await scheduler.run(graph(session), rows(*range(40)), None)
        scheduler.close()
        return found

    assert asyncio.run(ask()).outputs["y"][:, 0].tolist() == [2.0 * value for value in range(40)]
    assert max(session.sizes) == MAX_INPUTS_AT_ONCE


def test_what_is_late_never_begins() -> None:
    session = Doubling()

    async def ask() -> None:
        scheduler, made = Scheduler(1), graph(session)
        session.go.clear()
        first = asyncio.create_task(scheduler.run(made, rows(1), None))
        await asyncio.sleep(0.01)
        with pytest.raises(HTTPException) as caught:
            await scheduler.run(made, rows(2), time.monotonic() + 0.05)
        assert caught.value.status_code == 504
        session.go.set()
        await first
        await scheduler.run(made, rows(3), time.monotonic() + 60)
        scheduler.close()

    asyncio.run(ask())
    assert session.sizes == [1, 1]


def test_an_error_of_a_run_reaches_all_of_its_requests_and_no_other() -> None:
    class Failing(Doubling):
        def run(self, outputs: Any, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
            if (feeds["x"] == 13).any():
                raise RuntimeError("contents")
            return super().run(outputs, feeds)

    async def ask() -> list[Any]:
        scheduler, made = Scheduler(1), graph(Failing())
        tasks = (scheduler.run(made, rows(value), None) for value in (1, 13, 2))
        found = await asyncio.gather(*tasks, return_exceptions=True)
        scheduler.close()
        return found

    first, second, third = asyncio.run(ask())
    assert (first.outputs["y"][0, 0], third.outputs["y"][0, 0]) == (2, 4)
    assert str(second) == "The model double cannot compute tensors of these shapes: x [1, 2]."


@pytest.mark.parametrize(("cost", "each", "pays"), [(0.02, 0.0, True), (0.0, 0.005, False)])
def test_batches_are_chosen_where_they_were_faster(cost: float, each: float, pays: bool) -> None:
    timed = time_batches(graph(Doubling(cost, each), chosen=0))
    assert timed.splits
    assert (timed.batch.chosen > 1) == pays
    assert ("batches of up to" in timed.batch.sentence) == pays
    assert "ms in 2" in timed.batch.sentence


def test_rows_that_see_each_other_are_no_batch() -> None:
    class Mixing(Doubling):
        def run(self, outputs: Any, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [feeds["x"] / len(feeds["x"])]

    timed = time_batches(graph(Mixing(), chosen=0))
    assert not timed.splits
    assert timed.batch.chosen == 1

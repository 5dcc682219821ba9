"""The queue: turns between visitors, light work beside heavy, one at a time for each model, pixels within a budget."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from pippin.web.durations import Durations, Kind
from pippin.web.work_queue import MAX_PIXELS_AT_ONCE, MAX_WAITING, Left, WorkQueue

HEAVY = Kind("upscale", "predict", slow=True)
LIGHT = Kind("recognize", "models")


class Bench:
    """Work that goes on until it is let go; notes in which order it began."""

    def __init__(self, **limits: Any) -> None:
        self.queue = WorkQueue(**limits)
        self.began: list[str] = []
        self.held: dict[str, threading.Event] = {}

    def ask(self, name: str, visitor: str, kind: Kind = LIGHT, **more: Any) -> asyncio.Task[Any]:
        """Have some work wait for its turn."""
        free = self.held[name] = threading.Event()

        def work() -> str:
            self.began.append(name)
            assert free.wait(60)
            return name

        more = {"model": name, **more}
        return asyncio.create_task(self.queue.run(work, visitor=visitor, kind=kind, **more))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        for _ in range(6000):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(self.began)

    async def finish(self, *tasks: asyncio.Task[Any]) -> None:
        """Let everything go."""
        for event in self.held.values():
            event.set()
        await asyncio.gather(*tasks)
        self.queue.close()


def running(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test that runs in a loop of its own."""

    def run() -> None:
        asyncio.run(test())  # type: ignore[arg-type]

    run.__name__ = test.__name__
    return run


@running
async def test_light_work_begins_while_the_heavy_work_of_another_waits() -> None:
    bench = Bench(per_visitor=1, heavy=1)
    heavy = [bench.ask(f"heavy {number}", "a", HEAVY) for number in range(48)]
    await bench.until(lambda: bool(bench.began))
    light = bench.ask("light", "b")
    own = bench.ask("own", "a")
    await bench.until(lambda: {"light", "own"} <= set(bench.began))
    assert len(bench.began) == 3
    await bench.finish(*heavy, light, own)


@running
async def test_visitors_take_turns() -> None:
    bench = Bench(per_visitor=1, heavy=1)
    tasks = [bench.ask("a0", "a", HEAVY)]
    await bench.until(lambda: bool(bench.began))
    tasks += [bench.ask(f"a{number}", "a", HEAVY) for number in (1, 2, 3)]
    tasks += [bench.ask(name, name[0], HEAVY) for name in ("b1", "c1", "b2")]
    await bench.until(lambda: len(bench.queue.everything()) == 7)
    waiting = [one for one in bench.queue.everything() if one["state"] == "waiting"]
    assert [one["visitor"] for one in waiting] == ["b", "c", "a", "b", "a", "a"]
    assert [one["place"] for one in waiting] == [1, 2, 3, 4, 5, 6]
    seconds = [one["seconds"] for one in waiting]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0
    (mine,) = bench.queue.places("c")
    assert mine["place"] == 2
    assert "visitor" not in mine
    await bench.finish(*tasks)
    assert bench.began == ["a0", "b1", "c1", "a1", "b2", "a2", "a3"]


@running
async def test_a_model_of_a_workspace_is_used_by_one_at_a_time() -> None:
    bench = Bench()
    first, second = (bench.ask(name, "a", model="same") for name in ("first", "second"))
    other = bench.ask("other", "a", model="other")
    await bench.until(lambda: {"first", "other"} == set(bench.began))
    bench.held["first"].set()
    await bench.until(lambda: "second" in bench.began)
    await bench.finish(first, second, other)


@running
async def test_images_are_decoded_within_a_budget_of_pixels() -> None:
    bench = Bench()
    half = MAX_PIXELS_AT_ONCE // 2 + 1
    tasks = [bench.ask(name, name, pixels=half) for name in ("one", "two")]
    tasks += [bench.ask("none", "three"), bench.ask("small", "four", pixels=1000)]
    await bench.until(lambda: {"one", "none", "small"} <= set(bench.began))
    assert "two" not in bench.began
    assert bench.queue.pixels("two") == half
    bench.held["one"].set()
    bench.held["small"].set()
    await bench.until(lambda: "two" in bench.began)
    await bench.finish(*tasks)


@running
async def test_who_leaves_is_not_worked_for() -> None:
    bench = Bench(heavy=1)

    async def gone() -> bool:
        return True

    first = bench.ask("first", "a", HEAVY)
    await bench.until(lambda: bool(bench.began))
    with pytest.raises(Left):
        await bench.ask("left", "b", HEAVY, gone=gone)
    last = bench.ask("last", "c", HEAVY)
    await bench.finish(first, last)
    assert bench.began == ["first", "last"]


@running
async def test_no_visitor_fills_the_queue() -> None:
    bench = Bench(per_visitor=1, heavy=1)
    tasks = [bench.ask(str(number), "a", HEAVY) for number in range(MAX_WAITING + 1)]
    await bench.until(lambda: bool(bench.began))
    with pytest.raises(HTTPException, match="wait"):
        await bench.ask("more", "a", HEAVY)
    other = bench.ask("other", "b", HEAVY)
    await bench.finish(*tasks, other)
    assert bench.began.index("other") <= 2


@running
async def test_light_work_that_lasts_keeps_no_other_waiting() -> None:
    bench = Bench(light=1)
    slow = bench.ask("slow", "a")
    other = bench.ask("other", "b")
    await bench.until(lambda: bench.began == ["slow", "other"])
    await bench.finish(slow, other)


@running
async def test_work_that_fails_leaves_its_place() -> None:
    queue = WorkQueue(heavy=1)

    def fail() -> None:
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            await queue.run(fail, visitor="a", kind=HEAVY, model="m")
    assert queue.everything() == []
    queue.close()


sizes = st.integers(0, 12)


@given(st.lists(st.tuples(sizes, st.floats(0.01, 100)), min_size=1), sizes)
def test_what_is_expected_lies_where_it_was_measured_and_grows_with_size(
    measured: list[tuple[int, float]], size: int
) -> None:
    durations = Durations()
    for at, seconds in measured:
        durations.add(Kind("a", "b", at), seconds)
    expected = durations.expected(Kind("a", "b", size))
    known = [seconds for at, seconds in measured if at == size]
    if known:
        assert min(known) - 1e-9 <= expected <= max(known) + 1e-9
    else:
        assert expected >= min(seconds for _, seconds in measured) - 1e-9
    assert durations.expected(Kind("a", "other")) == 0.1
    assert durations.expected(Kind("a", "other", slow=True)) > 0.7


@pytest.mark.skipif(sys.platform != "linux", reason="reads priorities as Linux has them")
def test_heavy_work_runs_at_a_lower_priority_than_light_work() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async def priorities() -> list[int]:
        queue = WorkQueue()
        found = [await queue.run(priority, visitor="a", kind=kind, model=None) for kind in (LIGHT, HEAVY)]
        queue.close()
        return found

    light, heavy = asyncio.run(priorities())
    assert heavy > light

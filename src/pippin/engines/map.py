"""The map that every engine is: jobs handed to workers, lost ones again, outcomes in the order of the jobs."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pippin.core.errors import PippinError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
MAX_TRIES = 3  # times that a job is given to a worker before its loss is its result


class Engine(Protocol):
    """Applies a picklable function to picklable items."""

    def __call__(
        self,
        function: Callable[[Item], Outcome],
        items: Iterable[Item],
        *,
        on_outcome: Callable[[Item, Outcome], None] | None = None,
        on_lost: Callable[[Item, str], Outcome] | None = None,
    ) -> Iterator[Outcome]:
        """Yield `function(item)` for each item, in order.

        Args:
            on_outcome: called here with an item and what the function returned as soon as it is there, in any order.
            on_lost: makes the outcome of an item whose worker ended in each of three tries, from the item and a
                sentence; without it, PippinError.

        Items are taken when a worker is free, so `items` may be a generator that looks at earlier outcomes. An
        exception of `function` is raised in its turn.
        """


@dataclass(frozen=True)
class Done:
    """A job that ended with a value."""

    value: Any


@dataclass(frozen=True)
class Raised:
    """A job that ended with an exception."""

    problem: BaseException


@dataclass(frozen=True)
class Died:
    """A job whose worker ended before it did, and how: "was killed by signal 9"."""

    how: str


Ending = Done | Raised | Died


class Pool(Protocol):
    """Workers of one kind; each has at most one job."""

    advice: str
    """What to do where a job is lost, as half a sentence."""

    def has_idle(self) -> bool:
        """Return whether a worker waits for a job."""

    def submit(self, number: int, function: Callable[[Any], Any], item: Any) -> None:
        """Hand a job to an idle worker."""

    def wait(self) -> list[tuple[int, Ending]]:
        """Wait until something happens, and return the jobs that have ended (perhaps none) by number."""

    def end_busy(self) -> None:
        """End the workers that have a job, whose outcome is not wanted any more."""


def refuse_lost(item: Any, why: str) -> Any:
    """Raise PippinError for a job that was lost."""
    raise PippinError(f"{getattr(item, 'name', None) or repr(item)[:80]} was lost: {why}", input=item)


def map_jobs(
    pool: Pool,
    function: Callable[[Item], Outcome],
    items: Iterable[Item],
    on_outcome: Callable[[Item, Outcome], None] | None = None,
    on_lost: Callable[[Item, str], Outcome] | None = None,
) -> Iterator[Outcome]:
    """Yield `function(item)` for each item, in order, computed by the workers of a pool (see Engine)."""
    jobs = _Jobs(pool, function, enumerate(items), on_outcome or _ignore, on_lost or refuse_lost)
    following = 0
    try:
        while jobs.fill() or following in jobs.ready:
            if following in jobs.ready:
                ending = jobs.ready.pop(following)
                following += 1
                if isinstance(ending, Raised):
                    raise ending.problem
                yield ending.value
            else:
                for number, found in pool.wait():
                    jobs.end(number, found)
    finally:
        pool.end_busy()


def _ignore(item: Any, outcome: Any) -> None:
    """Do nothing with an outcome."""


@dataclass
class _Jobs:
    """The jobs that are open, and those that have ended and wait for their turn."""

    pool: Pool
    function: Callable[[Any], Any]
    source: Iterator[tuple[int, Any]]
    on_outcome: Callable[[Any, Any], None]
    on_lost: Callable[[Any, str], Any]
    open: dict[int, Any] = field(default_factory=dict)
    again: deque[int] = field(default_factory=deque)
    tries: Counter[int] = field(default_factory=Counter)
    ready: dict[int, Done | Raised] = field(default_factory=dict)

    def fill(self) -> bool:
        """Give every idle worker a job; return whether any job is open."""
        while self.pool.has_idle() and (number := self._take()) is not None:
            self.pool.submit(number, self.function, self.open[number])
        return bool(self.open) or bool(self.ready) or self._look_ahead()

    def _take(self) -> int | None:
        if self.again:
            return self.again.popleft()
        number, item = next(self.source, (None, None))
        if number is not None:
            self.open[number] = item
        return number

    def _look_ahead(self) -> bool:
        """Return whether the source has a further item, which is then the next one to be handed out."""
        number = self._take()
        if number is not None:
            self.again.append(number)
        return number is not None

    def end(self, number: int, ending: Ending) -> None:
        """Record how a job ended; one whose worker died is open again until it was tried often enough."""
        if isinstance(ending, Died):
            self.tries[number] += 1
            if self.tries[number] < MAX_TRIES:
                self.again.append(number)
                return
            why = f"its worker {ending.how} in each of {MAX_TRIES} tries, {self.pool.advice}."
            self.ready[number] = self._as_lost(self.open.pop(number), why)
            return
        item = self.open.pop(number)
        self.ready[number] = ending
        if isinstance(ending, Done):
            self.on_outcome(item, ending.value)

    def _as_lost(self, item: Any, why: str) -> Done | Raised:
        try:
            return Done(self.on_lost(item, why))
        except PippinError as problem:
            return Raised(problem)

"""Which runtime answers, ONNX Runtime or TensorFlow, and a record of what networks are given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from pippin.core.errors import PippinError

RUNTIMES = ("onnx", "tensorflow")
S = TypeVar("S")
T = TypeVar("T")


class Feed(NamedTuple):
    """What one network was given: the model (a file, or its bytes) and arrays by input."""

    model: Path | bytes
    arrays: dict[str, np.ndarray]


@dataclass
class RuntimeUse:
    """How often networks were run while a runtime was chosen."""

    runs: int = 0


_runtime: ContextVar[str] = ContextVar("runtime", default="onnx")
_use: ContextVar[RuntimeUse | None] = ContextVar("use", default=None)
_feeds: ContextVar[list[Feed] | None] = ContextVar("feeds", default=None)


def current_runtime() -> str:
    """Return the runtime that answers now."""
    return _runtime.get()


@contextmanager
def use_runtime(name: str) -> Iterator[RuntimeUse]:
    """Let networks answer by another runtime within the block; PippinError for one that is not here."""
    if name not in RUNTIMES:
        raise PippinError(f"{name!r} is no runtime; choose {' or '.join(RUNTIMES)}.", input=name)
    if name == "tensorflow":
        from pippin.learn.keras_graph.client import require_tensorflow

        require_tensorflow("Answering in TensorFlow")
    use = RuntimeUse()
    token, counted = _runtime.set(name), _use.set(use)
    try:
        yield use
    finally:
        _runtime.reset(token)
        _use.reset(counted)


@contextmanager
def record_feeds() -> Iterator[list[Feed]]:
    """Yield a list that gathers what networks are given within the block."""
    feeds: list[Feed] = []
    token = _feeds.set(feeds)
    try:
        yield feeds
    finally:
        _feeds.reset(token)


def submit(pool: Executor, function: Callable[..., T], *arguments: Any) -> Future[T]:
    """Submit to a pool of threads a call that keeps the present runtime."""
    return pool.submit(copy_context().run, function, *arguments)


def map_here(pool: Executor, function: Callable[[S], T], parts: Iterable[S]) -> Iterator[T]:
    """Map as `pool.map` does, each call keeping the present runtime."""
    futures = [submit(pool, function, part) for part in parts]
    return (future.result() for future in futures)


class Session:
    """A model opened with ONNX Runtime, which answers by TensorFlow where `use_runtime` says so.

    All but `run` is ONNX Runtime's own session.
    """

    def __init__(self, opened: Any, model: Path | bytes, numbers: Mapping[str, np.ndarray] | None) -> None:
        self._opened, self._model, self._numbers = opened, model, numbers
        self._twin: Any = None

    def run(self, names: Any, given: Mapping[str, Any], options: Any = None) -> list[Any]:
        """Return the outputs named (None: all) for inputs by name."""
        feeds = _feeds.get()
        if feeds is not None:
            feeds.append(Feed(self._model, {name: np.asarray(one) for name, one in given.items()}))
        use = _use.get()
        if use is not None:
            use.runs += 1
        if _runtime.get() == "onnx":
            results: list[Any] = self._opened.run(names, given, options)
            return results
        if self._twin is None:
            from pippin.learn.keras_graph.sessions import TensorFlowSession

            self._twin = TensorFlowSession(read_model(self._model), self._numbers)
        answers: list[Any] = self._twin.run(names, given)
        return answers

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_opened":  # as copies are made, before there is anything inside
            raise AttributeError(name)
        return getattr(self._opened, name)


def peak_memory() -> int:
    """Return the most memory this process has held so far, in bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def read_model(model: Path | bytes) -> bytes:
    """Return the bytes of a model, weights that lie in files beside it included; needs onnx."""
    if isinstance(model, bytes):
        return model
    import onnx

    return bytes(onnx.load(str(model)).SerializeToString())

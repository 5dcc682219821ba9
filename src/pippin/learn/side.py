"""Work done side by side on threads that each compute on one core, so that the result does not depend on how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from pippin.core.errors import missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem

Part = TypeVar("Part")
Done = TypeVar("Done")


class Side(Protocol):
    """Does the same work with each part; what came of them, in their order."""

    def __call__(self, work: Callable[[Part], Done], parts: Sequence[Part], /) -> list[Done]:
        """As the built-in `map` does, on threads."""


@contextmanager
def side(threads: int) -> Iterator[Side]:
    """The work of `threads` threads; of PyTorch's own, none is used besides."""
    torch.set_num_threads(1)
    with ThreadPoolExecutor(max(1, threads), initializer=lambda: torch.set_num_threads(1)) as pool:

        def beside(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
            alone = threads < 2 or len(parts) < 2
            return [work(part) for part in parts] if alone else list(pool.map(work, parts))

        yield beside

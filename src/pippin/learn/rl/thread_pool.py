"""Work done side by side on threads that each compute on one core, so that the result does not depend on how many."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Protocol, TypeVar

from pippin.core.errors import missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem

# Numbers of mallopt(3): from which size freed memory is given back, from which it is mapped; how many pools there are.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

Part = TypeVar("Part")
Done = TypeVar("Done")


class Workers(Protocol):
    """Does the same work with each part; what came of them, in their order."""

    def __call__(self, work: Callable[[Part], Done], parts: Sequence[Part], /) -> list[Done]:
        """Map as the built-in `map` does, on threads."""


@contextmanager
def thread_pool(threads: int) -> Iterator[Workers]:
    """Yield as many workers as `threads`; no thread of PyTorch's own is used besides."""
    torch.set_num_threads(1)
    if threads > 1:
        _keep_what_is_freed()
    with ThreadPoolExecutor(max(1, threads), initializer=lambda: torch.set_num_threads(1)) as pool:

        def workers(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
            alone = threads < 2 or len(parts) < 2
            return [work(part) for part in parts] if alone else list(pool.map(work, parts))

        yield workers


def _keep_what_is_freed() -> None:
    """Keep freed memory of one batch for the next.

    The GNU C library returns large freed blocks to the system and requests them again page by page, which
    was measured to cost a tenth of the time. Other libraries know none of this and are left alone.
    """
    with suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((M_TRIM_THRESHOLD, 2**30), (M_MMAP_THRESHOLD, 2**25), (M_ARENA_MAX, 1)):
            mallopt(option, value)

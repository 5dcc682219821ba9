"""Plain functions over arrays: compiled to machine code where numba is installed, run as they are where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import njit

    COMPILED = True
except ImportError:
    COMPILED = False


def compiled(function: Function) -> Function:
    """Return the function as machine code; without numba, the function itself: enough for a few episodes."""
    if not COMPILED:
        return function
    made: Any = njit(nogil=True, error_model="numpy")(function)
    return cast(Function, made)

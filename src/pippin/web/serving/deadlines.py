"""Deadlines that clients set by a header."""

from __future__ import annotations

import math
import time

from starlette.requests import Request

from pippin.core.errors import PippinError

HEADER = "X-Pippin-Deadline"
MAX_SECONDS = 3600.0


def deadline_of(request: Request, began: float) -> float | None:
    """Return when the answer must be there, on the monotonic clock; None where the client does not say."""
    given = request.headers.get(HEADER)
    if given is None:
        return None
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= MAX_SECONDS:
        shown = given[:40]
        raise PippinError(f"{HEADER} is a number of seconds up to {MAX_SECONDS:g}, not {shown!r}.", input=shown)
    return began + seconds


def seconds_left(deadline: float | None) -> float | None:
    """Return the seconds until a deadline, None where there is none."""
    return None if deadline is None else max(0.0, deadline - time.monotonic())

"""What a server tells its terminal, without waiting for a terminal that takes nothing."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress

PATIENCE_SECONDS = 1.0
_telling: list[threading.Thread] = []


def tell_terminal(text: str) -> None:
    """Print to standard error; what comes while an earlier text is still not taken is dropped.

    A terminal that was halted, or a pipe without a reader, must not halt the server.
    """
    if _telling and _telling[0].is_alive():
        return
    _telling[:] = [threading.Thread(target=_print, args=(text,), daemon=True)]
    _telling[0].start()
    _telling[0].join(PATIENCE_SECONDS)


def _print(text: str) -> None:
    with suppress(OSError, ValueError):  # it was closed
        print(text, file=sys.stderr)

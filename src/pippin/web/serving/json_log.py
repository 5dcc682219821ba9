"""The log of a server: one JSON object a line on standard error, without contents, never waiting for its reader."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from contextlib import suppress
from typing import Any

MAX_LINES = 10_000  # that wait for a reader; what comes then is dropped and counted
END_SECONDS = 1.0


class JsonLog:
    """Writes lines in a thread of its own: a pipe that no one reads must not halt the server."""

    def __init__(self, **always: Any) -> None:
        self.always = always
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue(MAX_LINES)
        self._dropped = 0
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def __call__(self, event: str, **facts: Any) -> None:
        """Log an event with facts about it; those that are None are left out."""
        line = {"time": _now(), "event": event, **self.always, **facts}
        try:
            self._lines.put_nowait({name: value for name, value in line.items() if value is not None})
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, and end."""
        with suppress(queue.Full):
            self._lines.put_nowait(None)
        self._writer.join(END_SECONDS)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._dropped:
                line, self._dropped = {**line, "dropped": self._dropped}, 0
            with suppress(OSError, ValueError):  # it was closed
                # At once and with its end, for replicas share the file, and one may be killed at any moment.
                sys.stderr.write(f"{json.dumps(line)}\n")
                sys.stderr.flush()


def _now() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"

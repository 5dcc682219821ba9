"""What a worker of a Ray cluster does: tell its versions, and carry out jobs."""

from __future__ import annotations

import os
import socket
from typing import Any

from pippin.core.errors import PippinError
from pippin.engines.worker_state import CallerState, single_threaded, versions


class RayWorker:
    """An actor of a cluster; Ray calls its methods one after the other."""

    def __init__(self, state: CallerState) -> None:
        single_threaded()
        state.apply()

    def versions(self) -> dict[str, str]:
        """Return the versions here, and the machine's name."""
        return {**versions(), "host": socket.gethostname()}

    def carry_out(self, state: CallerState, function: Any, item: Any) -> tuple[bool, Any]:
        """Return what a job returned, or (False, what it raised)."""
        state.apply()
        try:
            return True, function(item)
        except PippinError as problem:
            return False, problem
        except Exception as problem:
            if os.environ.get("PIPPIN_DEBUG"):
                raise
            return False, PippinError(f"A worker failed: {type(problem).__name__}: {problem}")

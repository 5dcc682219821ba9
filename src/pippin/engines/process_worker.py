"""What a worker process does: take a job from its pipe, carry it out, and send back what came of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

from pippin.core.errors import PippinError
from pippin.engines.worker_state import single_threaded

IDLE_SECONDS = 600  # without a job: then the memory is worth more than a start


def serve(pipe: Connection) -> None:
    """Carry out jobs until the caller is gone, or has sent nothing for a while."""
    single_threaded()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the caller decides
    threading.Thread(target=_end_with_caller, daemon=True).start()
    try:
        while pipe.poll(IDLE_SECONDS):
            state, function, item = pipe.recv()
            state.apply()
            _send(pipe, _carry_out(function, item))
    except (EOFError, OSError):  # the caller has closed the pipe
        return


def _carry_out(function: Any, item: Any) -> tuple[bool, Any]:
    try:
        return True, function(item)
    except Exception as problem:
        return False, problem


def _send(pipe: Connection, answer: tuple[bool, Any]) -> None:
    """Send an answer; an exception or value that has no form in a pipe goes as a sentence."""
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as problem:
        told = answer[1] if not answer[0] else problem
        pipe.send((False, PippinError(f"A worker failed: {type(told).__name__}: {told}")))


def _end_with_caller() -> None:
    """End this process when the caller has ended, also in the middle of a job."""
    caller = multiprocessing.parent_process()
    if caller is not None:
        caller.join()
        os._exit(1)

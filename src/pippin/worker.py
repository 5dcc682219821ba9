"""A process that carries out the request of one run folder: `python -m pippin.worker RUN_FOLDER`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.locks import lock
from pippin.core.run_record import ALIVE, CANCELLED, FINAL, STOP, Request, RunRecord
from pippin.verbs.commands import Command, command
from pippin.verbs.runs import hold_turn, work_on

STOP_CHECK_EVERY = 0.3  # seconds


def main(folder: Path) -> int:
    """Run the request in `folder`; the exit code is 2 for a problem the user can correct, 1 for any other."""
    lower_priority(int(os.environ.get("PIPPIN_NICENESS") or 0))
    request = Request.read(folder)
    if request is None:
        print(f"{folder} holds no request of this version of Pippin.", file=sys.stderr)
        return 2
    try:
        asked = command(registry.get(request.application), request.verb)
        if request.verb == "train" and not asked.own:  # holds the lock and writes the state itself
            asked({**_of_training(request), "run": folder.name, "resume": request.resume})
        else:
            _carry_out(asked, folder, _values(request.arguments))
    except Exception as problem:
        _record_failure(folder, request, problem)
        if isinstance(problem, PippinError):
            print(problem.message, file=sys.stderr)
            return 2
        raise
    return 0


def lower_priority(niceness: int) -> None:
    """Lower this process's priority; Linux shares processors between sessions, so that of this one is lowered, too."""
    if not niceness or not hasattr(os, "nice"):
        return
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


def _carry_out(asked: Command, folder: Path, values: dict[str, Any]) -> None:
    with lock(folder / ALIVE), work_on(folder, asked.name) as finish, hold_turn(folder, asked.name):
        with _ended_by_stop(folder):
            report = asked(values)
        finish(report)


def _of_training(request: Request) -> dict[str, Any]:
    """Return arguments of a training; one that continues has its settings from its job."""
    kept = ("use",) if request.resume else request.arguments
    return {name: request.arguments[name] for name in kept if name in request.arguments}


def _values(arguments: Any) -> dict[str, Any]:
    """Return arguments as the command takes them: paths come as {"path": TEXT}."""
    return {
        name: Path(value["path"]) if isinstance(value, dict) and value.keys() == {"path"} else value
        for name, value in arguments.items()
    }


@contextmanager
def _ended_by_stop(folder: Path) -> Iterator[None]:
    """End this process, and those it started, as soon as the run is asked to stop: half a report is of no use."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(STOP_CHECK_EVERY):
            if (folder / STOP).exists():
                RunRecord(folder).update(state="stopped", ended=time.time())
                _end_group()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _end_group() -> None:
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def _record_failure(folder: Path, request: Request, problem: Exception) -> None:
    """Record a problem that came before anything else was recorded, such as an unknown argument."""
    told = problem.message if isinstance(problem, PippinError) else f"{type(problem).__name__}: {problem}"
    record = RunRecord(folder)
    with lock(folder / ALIVE):
        found = record.read()
        if told == CANCELLED or (found.get("state") in FINAL and found.get("queued", 0) >= request.begun):
            return
        record.update(verb=request.verb, queued=time.time())
        record.fail(told)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

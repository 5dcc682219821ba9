"""The files of a run folder that say what was asked, where the run stands and what came of it.

`request.json` holds the verb and its arguments as values and is written by the process that asks; `run.json` is the
state and is written by the process that does the work, which holds the lock `alive.lock` meanwhile; `result.json` is
the report.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json

REQUEST, RECORD, RESULT, ALIVE, STOP = "request.json", "run.json", "result.json", "alive.lock", "stop"
CANCELLED = "It was stopped before it began."
FINAL = ("finished", "stopped", "cancelled", "failed")


@dataclass(frozen=True)
class Request:
    """What a run is to do: a verb or own command of an application, and its arguments as JSON values."""

    application: str
    verb: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    begun: float = 0.0

    @classmethod
    def read(cls, folder: Path) -> Request | None:
        """Read the request of a run folder; None if there is none, or none of this version."""
        found = _read(folder / REQUEST)
        try:
            return cls(**found)
        except TypeError:
            return None

    def write(self, folder: Path) -> None:
        """Write the request into a run folder."""
        write_json(folder / REQUEST, {**self.__dict__, "arguments": dict(self.arguments)})


class RunRecord:
    """State of a run in `run.json`; only the process that does the work writes it.

    States: queued, running (a learner learns, or a command works), scoring, and those that are FINAL.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> dict[str, Any]:
        """Return the record; empty where there is none."""
        return _read(self.folder / RECORD)

    def update(self, **facts: Any) -> None:
        """Change some of what is recorded, in one step."""
        write_json(self.folder / RECORD, {**self.read(), **facts})

    @contextmanager
    def working(self, verb: str) -> Iterator[None]:
        """Record that the block is queued, and that it failed where it ends in an error.

        A run that is cancelled while it waits gets back the state it had. Ctrl-C and a killed process leave `running`
        behind, which without the lock reads as interrupted.
        """
        before = self.read()
        self.update(verb=verb, state="queued", pid=os.getpid(), queued=time.time(), ended=None, problem=None)
        try:
            yield
        except PippinError as problem:
            if problem.message == CANCELLED:
                self.update(**{**(before or {"state": "cancelled"}), "queued": time.time(), "ended": time.time()})
            else:
                self.fail(problem.message)
            raise
        except Exception as problem:
            self.fail(f"Something went wrong inside Pippin ({type(problem).__name__}: {problem}).")
            raise

    def fail(self, problem: str) -> None:
        """Record that the run failed, and why; a full disk must not hide that reason."""
        with suppress(PippinError):
            self.update(state="failed", problem=problem, ended=time.time())


def _read(path: Path) -> dict[str, Any]:
    with suppress(PippinError):
        found = read_json(path)
        return found if isinstance(found, dict) else {}
    return {}

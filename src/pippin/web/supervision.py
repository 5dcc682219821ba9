"""Watches over runs in the background: none takes longer or more disk than allowed, and each leaves nothing behind."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes
from pippin.verbs import runs
from pippin.web.rules import Rules
from pippin.web.visitors import Visitors

GRACE_SECONDS = 120.0  # beyond the time a training may take: its score is computed then
MAX_DISK_FACTOR = 2.0  # of the quota, which a training in progress may reach
UNUSED = ("cancelled", "failed")  # states of runs that can neither go on nor be learned from


class Supervisor:
    """Looks after the runs of all visitors, and of this machine's user."""

    def __init__(self, rules: Rules, visitors: Visitors, own: Path) -> None:
        self.rules, self.visitors, self.own = rules, visitors, own
        self._settled: set[Path] = set()  # runs that ended, whose data have been looked at

    def look(self) -> None:
        """Reap processes that ended, stop runs that take too much, remove the data of those that learned nothing."""
        runs.reap()
        for home in [self.own, *self.visitors.homes()]:
            with suppress(OSError, PippinError):
                self._look_at(home)

    def _look_at(self, home: Path) -> None:
        ended = False
        for folder in (home / "runs").glob("*/"):
            if folder in self._settled:
                continue
            run = runs.state(folder)
            if run.alive:
                if home != self.own and self._takes_too_much(home, run):
                    write_bytes(folder / "stop", b"")
            else:
                self._settled.add(folder)
                ended = True
        if ended:
            remove_unused_data(home)

    def _takes_too_much(self, home: Path, run: runs.State) -> bool:
        if (run.seconds or 0) > self.rules.training_seconds + GRACE_SECONDS:
            return True
        return self.visitors.size(home.name) > self.rules.disk * MAX_DISK_FACTOR


def remove_unused_data(home: Path) -> None:
    """Remove data sent for runs that ended before they learned anything, unless another run learns from the same."""
    unused: set[Path] = set()
    used: set[Path] = set()
    for folder in (home / "runs").glob("*/"):
        data = sent_data(home, folder)
        if data is not None:
            (unused if runs.state(folder).state in UNUSED else used).add(data)
    for data in unused - used:
        shutil.rmtree(data, ignore_errors=True)


def sent_data(home: Path, folder: Path) -> Path | None:
    """Return the folder below `home` of what was sent for a run to learn from; None if it learns from others."""
    order: Any = {}
    with suppress(PippinError):
        order = read_json(folder / "order.json")
    for word in order.get("arguments", []):
        name, _, value = str(word).partition("=")
        if name == "--data":
            with suppress(ValueError):
                return home / "data" / Path(value).relative_to(home / "data").parts[0]
    return None


def lower_priority(process: int) -> None:
    """Let a process in the background have what the others leave of the processor."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, 10)

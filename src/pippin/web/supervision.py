"""Watches over runs in the background: none takes longer or more disk than allowed, and each leaves nothing behind."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.run_record import STOP
from pippin.verbs.run_states import State, state
from pippin.verbs.sent_files import sent_data
from pippin.web.server_settings import ServerSettings
from pippin.web.visitor_workspaces import Visitors

GRACE_SECONDS = 120.0  # beyond the time a training may take: its score is computed then
MAX_DISK_FACTOR = 2.0  # of the quota, which a training in progress may reach
UNUSED = ("cancelled", "failed")  # states of runs that can neither go on nor be learned from


class Supervisor:
    """Looks after the runs of all visitors, and of this machine's user."""

    def __init__(self, rules: ServerSettings, visitors: Visitors, own: Path) -> None:
        self.rules, self.visitors, self.own = rules, visitors, own
        self._settled: set[Path] = set()  # runs that ended, whose data have been looked at

    def look(self) -> None:
        """Stop runs that take too much, and remove the data of those that learned nothing."""
        for home in [self.own, *self.visitors.homes()]:
            with suppress(OSError, PippinError):
                self._look_at(home)

    def _look_at(self, home: Path) -> None:
        ended = False
        for folder in (home / "runs").glob("*/"):
            if folder in self._settled:
                continue
            run = state(folder)
            if run.alive:
                if home != self.own and self._takes_too_much(home, run):
                    write_bytes(folder / STOP, b"")
            else:
                self._settled.add(folder)
                ended = True
        if ended:
            remove_unused_data(home)

    def _takes_too_much(self, home: Path, run: State) -> bool:
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
            (unused if state(folder).state in UNUSED else used).add(data)
    for data in unused - used:
        shutil.rmtree(data, ignore_errors=True)

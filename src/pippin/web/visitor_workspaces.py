"""Workspaces of visitors: how long each is kept, and how much it may hold."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from pippin.core.derived import forget_own_caches
from pippin.core.feedback_database import DatabaseAway
from pippin.core.workspace import Workspace
from pippin.verbs.run_states import state

DAY = 86400.0  # seconds
MIN_TOUCH_SECONDS = 3600.0  # between two notes that a visitor is there
GONE = ".gone-"  # how a workspace is called while it is removed
MEASURE_SECONDS = 10.0  # for which a measured size is believed


class Visitors:
    """The folder of all their workspaces.

    Each is kept for so many `days` after the last visit, for ever where that is None, and with 0 days until `end`; what
    a studio that was killed left then goes after a day.
    """

    def __init__(self, root: Path, days: int | None) -> None:
        self.root, self.days = root, days
        self._came: set[str] = set()
        self._sizes: dict[str, tuple[float, int]] = {}

    def home(self, visitor: str) -> Path:
        """Return the workspace of a visitor, who is there now: its folder's time tells of the last visit."""
        home = self.root / visitor
        self._came.add(visitor)
        with suppress(OSError):  # there is none until something is kept
            if time.time() - home.stat().st_mtime > MIN_TOUCH_SECONDS:
                os.utime(home)
        return home

    def homes(self) -> list[Path]:
        """Return all workspaces."""
        return sorted(self.root.glob("[!.]*/"))

    def size(self, visitor: str) -> int:
        """Return the bytes a workspace holds, measured again every few seconds."""
        measured, known = self._sizes.get(visitor, (0.0, 0))
        now = time.monotonic()
        if now - measured > MEASURE_SECONDS or visitor not in self._sizes:
            known = folder_size(self.root / visitor)
            if os.environ.get("PIPPIN_DATABASE"):
                known += Workspace(self.root / visitor).feedback.size()
            self._sizes[visitor] = now, known
        return known

    def add(self, visitor: str, size: int) -> None:
        """Count what is being written, until it is measured."""
        measured, known = self._sizes.get(visitor, (0.0, 0))
        self._sizes[visitor] = measured, known + size

    def forget_size(self, visitor: str) -> None:
        """Measure a workspace again the next time, because something was written."""
        self._sizes.pop(visitor, None)

    def tidy(self) -> None:
        """Remove workspaces that were unused for too long, unless a training runs there."""
        for left in self.root.glob(f"{GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        for home in self.homes() if self.days is not None else ():
            with suppress(OSError, DatabaseAway):  # another studio may be at it
                if time.time() - home.stat().st_mtime > max(1, self.days or 0) * DAY and not is_training(home):
                    self.remove(home)

    def end(self) -> None:
        """Remove the workspaces of all who came, where they are kept until the studio ends."""
        if self.days != 0:
            return
        for visitor in self._came:
            home = self.root / visitor
            with suppress(OSError, DatabaseAway):
                if home.is_dir() and not is_training(home):
                    self.remove(home)

    def remove(self, home: Path) -> None:
        """Remove a workspace: rename, then delete, so that a returning visitor never sees half of it.

        Corrections in a shared database go first: where it does not answer, the workspace stays for the next time.
        """
        if os.environ.get("PIPPIN_DATABASE"):
            Workspace(home).feedback.erase()
        forget_own_caches(home)
        shutil.rmtree(home.rename(self.root / f"{GONE}{secrets.token_hex(8)}"), ignore_errors=True)


def is_training(home: Path) -> bool:
    """Return whether a run goes on in this workspace."""
    return any(state(run).alive for run in (home / "runs").glob("*/"))


def folder_size(folder: Path) -> int:
    """Return the bytes of all files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total

"""Workspaces of visitors: each is kept until nobody has come to it for so many days."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from pippin.core.derived import forget_own_caches
from pippin.verbs.runs import state

DAY = 86400.0  # seconds
SELDOM = 3600.0  # seconds between two notes that somebody is there
GONE = ".gone-"  # how a workspace is called while it is removed


class Visitors:
    """The folder of all their workspaces; `days` of 0 keeps them forever."""

    def __init__(self, root: Path, days: int) -> None:
        self.root, self.days = root, days

    def home(self, visitor: str) -> Path:
        """The workspace of a visitor, who is there now: its folder's time tells of the last visit."""
        home = self.root / visitor
        with suppress(OSError):  # there is none until something is kept
            if time.time() - home.stat().st_mtime > SELDOM:
                os.utime(home)
        return home

    def tidy(self) -> None:
        """Remove workspaces nobody came to for so long, unless a training runs there."""
        for left in self.root.glob(f"{GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        for home in self.root.glob("[!.]*/") if self.days else ():
            with suppress(OSError):  # another studio may be at it
                if time.time() - home.stat().st_mtime > self.days * DAY and not _learning(home):
                    # Out of the way in one step: who comes back now begins anew, and meets no half of what was.
                    forget_own_caches(home)
                    shutil.rmtree(home.rename(self.root / f"{GONE}{secrets.token_hex(8)}"), ignore_errors=True)


def _learning(home: Path) -> bool:
    return any(state(run).alive for run in (home / "runs").glob("*/"))

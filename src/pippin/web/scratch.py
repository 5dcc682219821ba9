"""Where a studio keeps what it needs for a while: removed when it ends, and by the next one if it was killed."""

from __future__ import annotations

import secrets
import shutil
from contextlib import ExitStack
from pathlib import Path

from pippin.core.locks import lock, locked

ALIVE = "alive.lock"


class ScratchDirectory:
    """A folder of its own below `root`; its lock says that its studio lives."""

    def __init__(self, root: Path) -> None:
        self._held = ExitStack()
        with lock(root / "tidy.lock"):  # another that begins now would take the folder for one left behind
            for left in root.glob("*/"):
                if not locked(left / ALIVE):
                    shutil.rmtree(left, ignore_errors=True)
            self.folder = root / secrets.token_hex(8)
            self._held.enter_context(lock(self.folder / ALIVE))

    def end(self) -> None:
        """Remove it with all that it holds."""
        self._held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

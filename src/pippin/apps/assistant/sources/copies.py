"""Copies of files that were sent to be connected; they lie in the workspace, and go when they are forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path

from pippin.core.files import new_file

COPIES = "uploads"


def copy_file(path: Path, target: Path) -> None:
    """Copy a file to `target` in one step."""
    with path.open("rb") as source, new_file(target) as draft, draft.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def forget_copy(store: Path, address: str) -> None:
    """Remove the copy at `address`, where it is one of this store; a user's own files stay."""
    if Path(address).parent == (store / COPIES).resolve():
        Path(address).unlink(missing_ok=True)

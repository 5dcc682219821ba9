"""Files made for visitors (figures, larger images, exports), served for an hour under random addresses."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from pathlib import Path

from pippin.core.errors import PippinError
from pippin.core.paths import home

LIFETIME = 3600.0  # seconds
SWEEP_INTERVAL = 60.0  # seconds between two looks at what is there: there may be thousands
MOST = 2_000_000_000  # bytes
PRIVATE = "private-"  # how folders begin whose files no browser may keep


class DownloadStore:
    """A folder of folders, each made for one answer and removed when its time is over."""

    def __init__(self, root: Path, *, private: bool = False) -> None:
        self.root, self.private = root, private
        self._tidied = 0.0

    def beside(self, folder: Path) -> DownloadStore:
        """Return the same folder of folders; new ones are private where `folder` is."""
        return DownloadStore(self.root, private=True) if folder.name.startswith(PRIVATE) else self

    def folder(self, owner: Path | None = None, *, private: bool = False, run: str = "") -> Path:
        """Return a fresh folder; what it holds can be fetched at `address`, and is kept by no browser if it is private.

        `owner` is the workspace it is made for, by default that of the visitor; `run` the run it belongs to.
        """
        now = time.monotonic()
        if now - self._tidied > SWEEP_INTERVAL:
            self._tidied = now
            self.tidy()
        begin = f"{PRIVATE if private or self.private else ''}{_tag(owner or home())}"
        made = self.root / f"{begin}{_tag(Path(run)) if run else ''}{secrets.token_urlsafe(18)}"
        made.mkdir(parents=True)
        return made

    def address(self, path: Path) -> str:
        """Return where a browser finds a file below one of these folders."""
        from urllib.parse import quote

        return f"/v1/files/{quote(path.relative_to(self.root).as_posix())}"

    def find(self, name: str) -> Path:
        """Return the file at an address."""
        parts = name.split("/")
        path = self.root.joinpath(*parts)
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts) or len(parts) < 2:
            raise PippinError("There is no such file.")
        if not path.is_file() or self.root.resolve() not in path.resolve().parents:
            raise PippinError("There is no such file; it was kept for an hour.")
        return path

    def clear(self, owner: Path, run: str = "") -> None:
        """Remove all that was made for a workspace, or for one of its runs."""
        for folder in self.root.glob(f"*{_tag(owner)}{_tag(Path(run)) if run else ''}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def tidy(self) -> None:
        """Remove what is old, and the oldest where it is too much."""
        found = sorted((folder for folder in self.root.glob("*") if folder.is_dir()), key=_touched)
        sizes = {folder: sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) for folder in found}
        total, now = sum(sizes.values()), time.time()
        for folder in found:
            # The young ones may still be written to.
            if now - _touched(folder) > LIFETIME or (total > MOST and now - _touched(folder) > 60):
                shutil.rmtree(folder, ignore_errors=True)
                total -= sizes[folder]


def _tag(owner: Path) -> str:
    """Return the prefix of the folders of one workspace, or of one run."""
    return f"{hashlib.sha256(os.fsencode(owner)).hexdigest()[:16]}-"


def _touched(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0

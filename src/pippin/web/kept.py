"""Files made for visitors (figures, larger pictures, exports): under addresses nobody can guess, for an hour."""

from __future__ import annotations

import secrets
import shutil
import time
from pathlib import Path

from pippin.core.errors import PippinError

LASTS = 3600.0  # seconds
SELDOM = 60.0  # seconds between two looks at what is there: there may be thousands
MOST = 2_000_000_000  # bytes
PRIVATE = "private-"  # how folders begin whose files no browser may keep


class Kept:
    """A folder of folders, each made for one answer and removed when its time is over."""

    def __init__(self, root: Path, *, private: bool = False) -> None:
        self.root, self.private = root, private
        self._tidied = 0.0

    def beside(self, folder: Path) -> Kept:
        """The same folder of folders; new ones are private where `folder` is."""
        return Kept(self.root, private=True) if folder.name.startswith(PRIVATE) else self

    def folder(self, *, private: bool = False) -> Path:
        """A fresh folder; what it holds can be fetched at `address`, and is kept by no browser if it is private."""
        now = time.monotonic()
        if now - self._tidied > SELDOM:
            self._tidied = now
            self.tidy()
        made = self.root / f"{PRIVATE if private or self.private else ''}{secrets.token_urlsafe(18)}"
        made.mkdir(parents=True)
        return made

    def address(self, path: Path) -> str:
        """Where a browser finds a file below one of these folders."""
        from urllib.parse import quote

        return f"/v1/files/{quote(path.relative_to(self.root).as_posix())}"

    def find(self, name: str) -> Path:
        """The file at an address."""
        parts = name.split("/")
        path = self.root.joinpath(*parts)
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts) or len(parts) < 2:
            raise PippinError("There is no such file.")
        if not path.is_file() or self.root.resolve() not in path.resolve().parents:
            raise PippinError("There is no such file; it was kept for an hour.")
        return path

    def tidy(self) -> None:
        """Remove what is old, and the oldest where it is too much."""
        found = sorted((folder for folder in self.root.glob("*") if folder.is_dir()), key=_touched)
        sizes = {folder: sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) for folder in found}
        total, now = sum(sizes.values()), time.time()
        for folder in found:
            # The young ones may still be written to.
            if now - _touched(folder) > LASTS or (total > MOST and now - _touched(folder) > 60):
                shutil.rmtree(folder, ignore_errors=True)
                total -= sizes[folder]


def _touched(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0

"""Consent: faces are looked for in a folder only after a person said so for that folder."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from pippin.apps.faces.album.database import album_path, open_album
from pippin.core.errors import PippinError
from pippin.core.shell_words import quote_word
from pippin.core.workspace import Workspace

KEPT = (
    "the place of each face, 128 numbers by which it is recognised, a thumbnail, and the names you give, in a file "
    "that only you can read"
)


def require_consent(workspace: Workspace, folder: Path, given: bool) -> None:
    """Record consent for a folder and all below it; PippinError, and nothing kept, where none was given."""
    if not given and not has_consent(workspace, folder):
        raise PippinError(
            f"No consent was given to look for faces in {folder}: this keeps {KEPT}; it is for your own album, with "
            f"people who know of it. If that is so: pippin faces scan {quote_word(str(folder))} --consent",
            input=folder,
        )
    if given and not has_consent(workspace, folder):
        with open_album(workspace) as album:
            album.execute("INSERT OR IGNORE INTO folders (path, consent) VALUES (?, ?)", (str(folder), time.time()))


def folder_id(folder: Path) -> str:
    """Return the name of a folder for places where a path may not be sent."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]


def has_consent(workspace: Workspace, folder: Path) -> bool:
    """Return whether a person agreed for this folder, or for one that contains it."""
    return any(folder.is_relative_to(path) for path, _ in list_consents(workspace))


def list_consents(workspace: Workspace) -> list[tuple[Path, float]]:
    """Return folders with the time of consent."""
    if not album_path(workspace).exists():
        return []
    with open_album(workspace) as album:
        return [(Path(row["path"]), row["consent"]) for row in album.execute("SELECT * FROM folders ORDER BY path")]

"""`scan`: bring the album up to date with a folder."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.faces.album.consent import KEPT
from pippin.apps.faces.album.database import album_path
from pippin.apps.faces.album.scan import scan_folder
from pippin.core.context import Context
from pippin.core.errors import PippinError, writing
from pippin.core.paths import default_home
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace

SENT = "photographs"
MAX_SHOWN = 20


def scan(
    context: Context,
    folder: Annotated[Any, "your photographs; all folders below it count"] = None,
    *,
    consent: Annotated[bool, "you agree that faces are looked for in it; see the README"] = False,
) -> Report:
    """Find the faces in a folder of photographs.

    Photographs that are known by their content are not read again. Originals are never changed.
    """
    if folder is None:
        raise PippinError("Name a folder of photographs: pippin faces scan FOLDER --consent", input="folder")
    path = _keep_sent(context.workspace, Path(str(folder)), consent)
    counts = scan_folder(context.workspace, path, consent=consent)
    skipped = tuple((item.name, item.reason) for item in counts.skipped)
    return Report(
        title=f"faces: {pluralize(counts.photographs, 'photograph')}, {pluralize(counts.faces, 'face')}",
        summary=f"{counts.read} read now, {counts.copies} copies counted once, {counts.gone} gone since the last scan.",
        tables=(Table(("not read", "why"), skipped[:MAX_SHOWN]),) if skipped else (),
        notes=(f"Kept: {KEPT} ({album_path(context.workspace)}).",),
        payload={
            "application": context.name,
            "photographs": counts.photographs,
            "faces": counts.faces,
            "skipped": [{"input": item.name, "why": item.reason} for item in counts.skipped],
            "copies": counts.copies,
            "read": counts.read,
            "gone": counts.gone,
        },
        next="pippin faces people, then pippin faces name ID NAME",
    )


def _keep_sent(workspace: Workspace, folder: Path, consent: bool) -> Path:
    """Return the folder to scan; photographs that were sent to the studio are kept beside the album first.

    Each sending has a folder of its own, named by its content. Without consent what was sent is removed.
    """
    homes = (workspace.home.absolute(), default_home().absolute())
    target = album_path(workspace).parent / SENT
    is_sent = any(folder.absolute().is_relative_to(home) for home in homes) and folder.is_dir()
    if not is_sent or folder.absolute().is_relative_to(target.absolute()):
        return folder
    if not consent:
        shutil.rmtree(folder, ignore_errors=True)
        raise PippinError(f"No consent was given to look for faces in these photographs: this keeps {KEPT}.")
    own = target / _digest_of(folder)
    with writing(target):
        own.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copytree(folder, own, dirs_exist_ok=True)
    return own


def _digest_of(folder: Path) -> str:
    """Return 16 hex digits that tell what files a folder holds, by name and content."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder)} {digest}\n".encode("utf-8", "backslashreplace"))
    return total.hexdigest()[:16]

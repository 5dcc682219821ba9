"""`erase`: remove everything a user made or taught, of one application or of all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.derived import digests_below, forget_all_derived, forget_derived, forget_own_caches
from pippin.core.errors import PippinError, writing
from pippin.core.feedback import FeedbackStore
from pippin.core.files import read_json
from pippin.core.loaded_models import forget_workspace, may_have_rows
from pippin.core.paths import default_home
from pippin.core.report.cells import Table
from pippin.core.report.formatting import format_bytes, pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context
from pippin.verbs.run_states import state
from pippin.verbs.sent_files import digests_sent

# What is erased, by the folder of the workspace it lies in.
FOLDERS = {
    "artifacts": "models",
    "runs": "trainings",
    "data": "data sets sent to learn from",
    "store": "notes of applications",
    "applications": "applications saved under a name",
    "made": "records of results",  # of all applications: they go with the rest only
}
# NAME-DAY-TIME-FRACTION of a training or from a page, NAME-DIGEST from Python
_NAMED = re.compile(r"(.+?)-(\d{8}-\d{6}-\d+|[0-9a-f]{16})")
YES = Annotated[bool, "erase it; without this, only tell what would be erased"]


def erase(application: str | Application, *, yes: YES = False, workspace: Workspace | None = None) -> Report:
    """Erase your models, corrections, runs and data.

    Only those of this application are removed, with the inputs of corrections; an application that was saved under a
    name is removed itself. This cannot be undone.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    return _erase(space, app, yes)


def erase_everything(*, yes: YES = False, workspace: Workspace | None = None) -> Report:
    """Erase everything of yours, of all applications.

    Removed are models, runs, corrections with their inputs, data, and what caches hold of them, in this workspace.
    This cannot be undone.
    """
    return _erase(workspace or Workspace(), None, yes)


def _erase(space: Workspace, app: Application | None, yes: bool) -> Report:
    found = {name: sorted(_belonging(space, name, app)) for name in FOLDERS}
    feedback = _feedback(space)
    name = app.name if app else None
    corrections = len(feedback.live(name)) if feedback else 0
    counts = {"corrections": corrections, **{what: len(found[folder]) for folder, what in FOLDERS.items()}}
    taken = sum(_bytes(path) for paths in found.values() for path in paths)
    if yes:
        _refuse_running(space, found["runs"])
        if feedback:
            feedback.erase(name)
        _remove(space, found)
        space.activity.erase(name)
        _forget(space, app)
    where = app.name if app else "Pippin"
    return Report(
        title=f"{where}: everything of yours is erased" if yes else f"{where}: nothing was erased yet",
        summary=f"{pluralize(sum(counts.values()), 'thing')}, {format_bytes(taken)} besides inputs."
        + ("" if yes else " Erasing cannot be undone."),
        tables=(Table(("what", "count"), tuple(counts.items()), "Erased" if yes else "Would be erased"),),
        payload={"application": name, "erased": yes, "counts": counts, "bytes": taken},
        next="" if yes else f"pippin {f'{app.name} ' if app else ''}erase --yes",
    )


def _belonging(space: Workspace, folder: str, app: Application | None) -> Iterator[Path]:
    """Yield the paths in a folder of the workspace that belong to an application (None: to any)."""
    for path in (space.home / folder).glob("*"):
        if app is None or _owner(folder, path) == app.name:
            yield path


def _owner(folder: str, path: Path) -> str:
    """Return the name of the application that something in the workspace belongs to."""
    if folder == "artifacts":
        try:
            return str(read_json(path / "artifact.json")["application"])
        except (PippinError, KeyError, TypeError):  # damaged, or half written when a process was killed
            return next((name for name in registry.names() if path.name.lstrip(".").startswith(f"{name}-")), "")
    if folder in ("runs", "data"):
        known = _NAMED.fullmatch(path.name)
        return known[1] if known else ""
    return path.name


def _feedback(space: Workspace) -> FeedbackStore | None:
    return space.feedback if may_have_rows(space) else None


def _refuse_running(space: Workspace, folders: list[Path]) -> None:
    for folder in folders:
        if folder.is_dir() and state(folder).alive:
            name = folder.name.rsplit("-", 3)[0]
            raise PippinError(
                f"{folder.name} is running; stop it first: pippin {name} stop {folder.name}", input=folder.name
            )


def _remove(space: Workspace, found: dict[str, list[Path]]) -> None:
    """Remove files and folders, and what caches keep of what was sent, to learn from or for a run."""
    forget_derived(digests_below(found["data"]).union(*map(digests_sent, found["runs"])))
    for path in (path for paths in found.values() for path in paths):
        with writing(path):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


def _forget(space: Workspace, app: Application | None) -> None:
    """Forget which models were in use, what caches keep, and what this process holds in memory."""
    for name in [app.name] if app else space.used_applications():
        space.stop_using(name)
    forget_own_caches(space.home)
    if space.home != default_home():  # a visitor's: a cache of their own, for faces and the like
        shutil.rmtree(space.home / "cache", ignore_errors=True)
    elif app is None:
        forget_all_derived()
    forget_workspace(space)


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.lstat().st_size for file in files if file.is_file())

"""`delete-run`: remove a run that has ended, with its report and what was sent for it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from pippin.core.application import Application
from pippin.core.errors import PippinError, writing
from pippin.core.report.formatting import format_bytes
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context
from pippin.verbs.run_states import named, state
from pippin.verbs.sent_files import forget_sent, sent_data

GONE = ".deleted-"  # how the folder of a run begins that is being removed


def delete_run(
    application: str | Application,
    run: Annotated[str, "which run, by its name"],
    *,
    workspace: Workspace | None = None,
) -> Report:
    """Delete a run that has ended; its model stays.

    Removed are its report, curves and checkpoint, and what was sent for it unless another run learns from the same.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    folder = named(app, space, run)
    stands = state(folder)
    if stands.alive:
        raise PippinError(f"{run} is running; stop it first: pippin {app.name} stop {run}", input=run)
    removed = [folder, *_data_of(space.home, folder)]
    taken = sum(path.lstat().st_size for each in removed for path in each.rglob("*") if path.is_file())
    forget_sent(space.home, folder, removed[1:])
    for path in removed:
        _remove(path)
    _sweep(space)
    model = stands.artifact if stands.artifact and (space.artifacts / stands.artifact).is_dir() else None
    return Report(
        title=f"{app.name}: deleted {run}",
        summary=f"It took up {format_bytes(taken)}." + (f" Its model {model} stays." if model else ""),
        payload={"application": app.name, "deleted": run, "bytes": taken, "model": model},
        next=f"pippin {app.name} runs" if model is None else f"pippin {app.name} rm {model}",
    )


def _data_of(home: Path, folder: Path) -> list[Path]:
    """Return the data sent for this run alone, as a list of one path or none."""
    data = sent_data(home, folder)
    others = (one for one in folder.parent.glob("*/") if one != folder)
    if data is None or not data.exists() or data in {sent_data(home, one) for one in others}:
        return []
    return [data]


def _remove(path: Path) -> None:
    """Rename, then delete: no run of that name is found again half deleted."""
    hidden = path.with_name(f"{GONE}{path.name}")
    with writing(path):
        path.rename(hidden)
        shutil.rmtree(hidden)


def _sweep(space: Workspace) -> None:
    """Remove what an interrupted deletion left."""
    for parent in (space.runs, space.home / "data"):
        for path in parent.glob(f"{GONE}*"):
            shutil.rmtree(path, ignore_errors=True)

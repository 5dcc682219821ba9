"""`runs`, `stop`, and what works in the background: each run a process of its own, which outlives who began it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.paths import default_home
from pippin.core.progress_bar import logged
from pippin.core.report.cells import Table
from pippin.core.report.folder import read_report, write_report
from pippin.core.report.formatting import duration, pluralize
from pippin.core.report.report import Report
from pippin.core.run_record import CANCELLED, RESULT, STOP, Request, RunRecord
from pippin.core.workspace import Workspace
from pippin.engines import start_worker
from pippin.verbs.opening import open_context
from pippin.verbs.run_states import facts, folders, named, new_name, state
from pippin.verbs.sent_files import drop_sent

ONE_AT_A_TIME = {
    "train": "train",
    "compare": "train",
    "curve": "train",
    "tune": "train",
}  # what learns waits for what learns


def runs(
    application: str | Application,
    run: Annotated[str | None, "show the report of this one"] = None,
    *,
    out: Annotated[Path | None, "with RUN: folder to copy the files it made to"] = None,
    workspace: Workspace | None = None,
) -> Report:
    """List runs, newest first, or show the report of one."""
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    if run is not None:
        return _stored_report(app, named(app, space, run), out)
    found = [state(folder) for folder in folders(app, space)]
    rows = tuple(
        (
            one.name,
            one.verb,
            one.state,
            None if one.seconds is None else duration(one.seconds),
            one.artifact or one.problem or one.title or None,
        )
        for one in found
    )
    return Report(
        title=f"{app.name}: {pluralize(len(found), 'run')}",
        tables=(Table(("run", "what", "", "time", "what came of it"), rows),),
        payload={"application": app.name, "runs": [facts(space, one) for one in found]},
        next=f"pippin {app.name} runs RUN, stop RUN or delete-run RUN, or pippin {app.name} train --resume",
    )


def _stored_report(app: Application, folder: Path, out: Path | None) -> Report:
    if not (folder / RESULT).exists():
        one = state(folder)
        why = f"it is {one.state}" + (f": {one.problem}" if one.problem else "")
        raise PippinError(f"{folder.name} has no report; {why.rstrip('.')}.", input=folder.name)
    if out is not None:
        _copy_files(folder / "files", out)
    return read_report(folder / RESULT)


def _copy_files(source: Path, target: Path) -> None:
    paths = [path for path in sorted(source.rglob("*")) if path.is_file()]
    for path in paths:
        if (there := target / path.relative_to(source)).exists():
            raise PippinError(f"{there} exists already; name another folder with --out.", input=there)
    for path in paths:
        write_bytes(target / path.relative_to(source), path.read_bytes())


def stop(
    application: str | Application,
    run: Annotated[str, "which run, by its name"],
    *,
    workspace: Workspace | None = None,
) -> Report:
    """Stop a run; a stopped training leaves a usable model.

    `train --resume` continues it.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    folder = named(app, space, run)
    if not state(folder).alive:
        raise PippinError(f"{run} is not running.", input=run)
    write_bytes(folder / STOP, b"")
    return Report(
        title=f"{app.name}: asked {run} to stop",
        payload={"application": app.name, "run": run},
        next=f"pippin {app.name} runs",
    )


def begin(
    application: str | Application, space: Workspace, verb: str, arguments: Mapping[str, Any], run: str = ""
) -> Report:
    """Start a run in a process of its own, which stays when this one ends.

    `arguments` are JSON values by name as the verb takes them, a path as {"path": TEXT}; `run` is the new run's name.
    """
    app = open_context(application, space).application
    app.require_verb(verb)
    folder = space.runs / (run or new_name(app))
    return _start(app, space, folder, Request(app.name, verb, arguments, begun=time.time()))


def resume(application: str | Application, space: Workspace, run: str) -> Report:
    """Continue a run that was stopped or cut off, in a process of its own, with the arguments it was begun with."""
    app = open_context(application, space).application
    folder = named(app, space, run)
    one = state(folder)
    if not one.resumable:
        raise PippinError(f"{run} cannot continue, since it is {one.state}; begin another.", input=run)
    request = Request.read(folder)
    arguments = request.arguments if request else {}
    again = Request(app.name, one.verb, arguments, resume=True, begun=time.time())
    return _start(app, space, folder, again)


def _start(app: Application, space: Workspace, folder: Path, request: Request) -> Report:
    (folder / STOP).unlink(missing_ok=True)
    request.write(folder)
    start_worker(folder, places(space, app))
    return Report(
        title=f"{app.name}: {folder.name} has begun",
        payload={"application": app.name, "run": folder.name},
        next=f"pippin {app.name} runs",
    )


@contextmanager
def work_on(folder: Path, verb: str) -> Iterator[Callable[[Report], None]]:
    """Record the work of a long command; what is yielded keeps its report, with which the run is finished."""

    def finish(report: Report) -> None:
        record_report(folder, report)
        drop_sent(folder)  # what was sent to be measured is not needed any more

    with RunRecord(folder).working(verb):
        yield finish


def record_report(folder: Path, report: Report, state: str = "finished", **facts: Any) -> None:
    """Keep a run's report, then record that it has ended."""
    write_report(report, folder / RESULT)
    RunRecord(folder).update(state=state, title=report.title, ended=time.time(), **facts)


@contextmanager
def hold_turn(folder: Path, verb: str) -> Iterator[None]:
    """Wait until it is this run's turn, then record that it works, and its progress."""
    with Workspace().lock(ONE_AT_A_TIME.get(verb, "measure"), lambda: heed_stop(folder)):
        heed_stop(folder)
        RunRecord(folder).update(state="running", started=time.time())
        with logged(folder):
            yield


def heed_stop(folder: Path) -> None:
    """End a run that waits and was asked to stop."""
    if (folder / STOP).exists():
        raise PippinError(CANCELLED)


def places(space: Workspace, app: Application) -> dict[str, str]:
    """Return the folders a worker process uses for this workspace.

    Trainings of all users of the machine wait for each other.
    All share a cache too, but for people's faces and the like: what is made of a visitor's goes with the workspace.
    """
    cache = os.environ.get("PIPPIN_CACHE") or str(default_home() / "cache")
    if app.data.sensitive and space.home != default_home():
        cache = str(space.home / "cache")
    locks = os.environ.get("PIPPIN_LOCKS") or str(default_home() / "locks")
    return {"PIPPIN_HOME": str(space.home), "PIPPIN_CACHE": cache, "PIPPIN_LOCKS": locks}

"""`runs`, `stop`, and trainings in the background: each a process of its own, which outlives who began it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.home import shared_home
from pippin.core.locks import locked
from pippin.core.report import Report, Table, counted, duration
from pippin.core.workspace import Workspace
from pippin.verbs import ready

ALIVE, WAITING = "alive.lock", "waiting"
CANCELLED = "It was stopped before it began."
STARTING = 60.0  # seconds a process may take, on a busy machine, until it says that it is there
_children: dict[Path, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class State:
    """Where a run stands: starting, waiting, running, scoring, stopped, cancelled, finished, interrupted or failed."""

    name: str
    state: str
    seconds: float | None = None
    artifact: str | None = None
    problem: str | None = None
    begun: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether a process works on it, or will."""
        return self.state in ("starting", "waiting", "running", "scoring")

    @property
    def resumable(self) -> bool:
        """Whether `train --resume` can go on with it."""
        return self.state in ("stopped", "interrupted")


def runs(application: str | Application, *, workspace: Workspace | None = None) -> Report:
    """List trainings, the newest first: which one runs, which wait, and what came of the others."""
    app, space = ready.get(application), ready.opened(workspace)
    found = [state(folder) for folder in folders(app, space)]
    rows = tuple(
        (
            one.name,
            one.state,
            None if one.seconds is None else duration(one.seconds),
            one.artifact or one.problem,
        )
        for one in found
    )
    return Report(
        title=f"{app.name}: {counted(len(found), 'training')}",
        tables=(Table(("training", "", "time", "what came of it"), rows),),
        payload={"application": app.name, "runs": [facts(space, one) for one in found]},
        next=f"pippin {app.name} stop TRAINING, or pippin {app.name} train --resume",
    )


def stop(
    application: str | Application,
    run: Annotated[str, "which training, by its name"],
    *,
    workspace: Workspace | None = None,
) -> Report:
    """Ask a training to end now, with a usable model; --resume goes on with it."""
    app, space = ready.get(application), ready.opened(workspace)
    folder = named(app, space, run)
    if not state(folder).alive:
        raise PippinError(f"{run} is not running.", input=run)
    write_bytes(folder / "stop", b"")
    return Report(
        title=f"{app.name}: asked {run} to stop",
        payload={"application": app.name, "run": run},
        next=f"pippin {app.name} runs",
    )


def begin(application: str | Application, space: Workspace, arguments: Sequence[str], run: str = "") -> Report:
    """Begin a training (or go on with `run`) in a process of its own that stays when this one ends.

    `arguments` are those of `train` as on the command line.
    """
    app = ready.get(application)
    app.refuse_without("train")
    name = run or new_name(app)
    folder = named(app, space, run) if run else space.runs / name
    if run and not state(folder).resumable:
        raise PippinError(f"{run} cannot be gone on with; begin another training.", input=run)
    for old in ("said.json", "stop", WAITING):
        (folder / old).unlink(missing_ok=True)
    write_json(folder / "order.json", {"application": app.name, "arguments": list(arguments), "begun": time.time()})
    command = [sys.executable, "-m", "pippin", app.name, "train", *arguments, f"--run={name}"]
    with (folder / "said.json").open("wb") as said, (folder / "console.txt").open("ab") as console:
        _children[folder] = subprocess.Popen(
            [*command, *(["--resume"] if run else []), "--json"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=console,
            env={**os.environ, **places(space)},
            **_detached(),
        )
    return Report(
        title=f"{app.name}: {name} has begun",
        payload={"application": app.name, "run": name},
        next=f"pippin {app.name} runs",
    )


def reap() -> None:
    """Take note of children that ended, so that the system can forget them."""
    for child in list(_children.values()):
        child.poll()


def process_of(folder: Path) -> int | None:
    """Return the number of the process that this one began for a run; None if it began none, or it has ended."""
    child = _children.get(folder)
    return None if child is None or child.poll() is not None else child.pid


def training_data(space: Workspace, artifact: Artifact) -> TrainingData | None:
    """Return the data a model was trained on by one of the runs in the workspace; None if no run made it."""
    for made in space.runs.glob("*/made.json"):
        if read_json(made)["artifact"] == artifact.id:
            job = read_json(made.with_name("job.json"))
            return TrainingData(job["data"], job["config"])
    return None


@dataclass(frozen=True)
class TrainingData:
    """What a training learned from (a path or address, None for the built-in sample), and its settings."""

    source: str | None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether it is still there."""
        return self.source is None or Path(self.source).exists()


def new_name(app: Application) -> str:
    """A name for a training that none had before; in the order of time."""
    return f"{app.name}-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() // 1000 % 10**6:06d}"


def folders(app: Application, space: Workspace) -> list[Path]:
    """The folders of the application's runs, the newest first."""
    found = (path for path in space.runs.glob(f"{app.name}-*-*-*") if path.name.rsplit("-", 3)[0] == app.name)
    return sorted(found, reverse=True)


def named(app: Application, space: Workspace, run: str) -> Path:
    """The folder of the run of that name."""
    for folder in folders(app, space):
        if folder.name == run:
            return folder
    raise PippinError(f"There is no training {run[:80]!r}; `pippin {app.name} runs` lists them.", input=run[:80])


def state(folder: Path) -> State:
    """Where the run in this folder stands, whoever began it."""
    status, order = _read(folder / "status.json"), _read(folder / "order.json")
    made, said = _read(folder / "made.json"), _read(folder / "said.json")
    begun = order.get("begun") or folder.stat().st_mtime
    known: dict[str, Any] = {"seconds": status.get("seconds"), "begun": begun}
    if made:
        return State(folder.name, "finished", artifact=made["artifact"], **known)
    if _alive(folder, begun, order):
        word = {"running": "running", "finished": "scoring", "stopped": "scoring"}.get(status.get("state", ""))
        return State(folder.name, "waiting" if (folder / WAITING).exists() else word or "starting", **known)
    error = str(said["error"]["message"]) if said.get("error") else ""
    if error and error != CANCELLED:
        return State(folder.name, "failed", problem=error, **known)
    if status.get("state") == "stopped":
        return State(folder.name, "stopped", artifact=said.get("artifact"), **known)
    if error and not status:
        return State(folder.name, "cancelled", **known)
    if status.get("state") == "failed" or not status:
        return State(folder.name, "failed", problem="It ended before it learned anything.", **known)
    return State(folder.name, "interrupted", **known)


def facts(space: Workspace, one: State) -> dict[str, Any]:
    """A run as JSON, with what its report said when it ended."""
    said = _read(space.runs / one.name / "said.json")
    return {
        "run": one.name,
        "state": one.state,
        "alive": one.alive,
        "resumable": one.resumable,
        "stopping": one.alive and (space.runs / one.name / "stop").exists(),
        "seconds": one.seconds,
        "artifact": one.artifact,
        "problem": one.problem,
        "begun": one.begun,
        "scores": said.get("scores"),
        "baseline": said.get("baseline"),
        "arguments": _read(space.runs / one.name / "order.json").get("arguments", []),
    }


def _alive(folder: Path, begun: float, order: Mapping[str, Any]) -> bool:
    child = _children.get(folder)
    if child is not None:
        if child.poll() is None:
            return True
        del _children[folder]
    if locked(folder / ALIVE):
        return True
    # Begun by a studio that has ended since: it may not have come to take its lock yet.
    starting = bool(order) and time.time() - begun < STARTING and not (folder / ALIVE).exists()
    said = folder / "said.json"  # not there yet where a studio was killed as it began a training
    return starting and not (said.exists() and said.stat().st_size)


def _read(path: Path) -> dict[str, Any]:
    with suppress(PippinError):
        found = read_json(path)
        return found if isinstance(found, dict) else {}
    return {}


def places(space: Workspace) -> dict[str, str]:
    """Where a process works for this workspace; trainings of all who share the machine wait for each other."""
    cache = os.environ.get("PIPPIN_CACHE") or str(shared_home() / "cache")
    locks = os.environ.get("PIPPIN_LOCKS") or str(shared_home() / "locks")
    return {"PIPPIN_HOME": str(space.home), "PIPPIN_CACHE": cache, "PIPPIN_LOCKS": locks}


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}

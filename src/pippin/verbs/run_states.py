"""What run folders tell: which runs there are, where each stands, and what a model was trained on."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.locks import locked
from pippin.core.run_record import ALIVE, FINAL, RESULT, STOP, Request, RunRecord
from pippin.core.workspace import Workspace
from pippin.engines import worker_is_running

STARTING = 60.0  # seconds a process may take, on a busy machine, until it says that it is there
WAITING_STATES = {"queued": "waiting"}


@dataclass(frozen=True)
class State:
    """Where a run stands: starting, waiting, running, scoring, stopped, cancelled, finished, interrupted or failed."""

    name: str
    state: str
    verb: str = "train"
    seconds: float | None = None
    artifact: str | None = None
    problem: str | None = None
    title: str = ""
    begun: float = 0.0
    learned: bool = False

    @property
    def alive(self) -> bool:
        """Whether a process works on it, or will."""
        return self.state in ("starting", "waiting", "running", "scoring")

    @property
    def resumable(self) -> bool:
        """Whether it can go on: a training from its checkpoint, another verb or own command from what it has kept."""
        return (self.learned or self.verb != "train") and self.state in ("stopped", "interrupted")


def training_data(space: Workspace, artifact: Artifact) -> TrainingData | None:
    """Return the data a model was trained on by one of the runs in the workspace; None if no run made it."""
    for folder in space.runs.glob("*/"):
        if artifact.id in _artifacts(folder) and (folder / "job.json").exists():
            job = read_json(folder / "job.json")
            return TrainingData(job["data"], job["config"])
    return None


def _artifacts(folder: Path) -> list[str]:
    """Return the models a run made, the last one last; also of a run of an earlier version."""
    found: list[str] = RunRecord(folder).read().get("artifacts", [])
    earlier = _read(folder / "made.json").get("artifact")
    return [*([earlier] if earlier else []), *found]


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
    """Return a new, unique name for a run; names sort by time."""
    return f"{app.name}-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() // 1000 % 10**6:06d}"


def folders(app: Application, space: Workspace) -> list[Path]:
    """Return the folders of the application's runs, newest first."""
    found = (path for path in space.runs.glob(f"{app.name}-*-*-*") if path.name.rsplit("-", 3)[0] == app.name)
    return sorted(found, reverse=True)


def named(app: Application, space: Workspace, run: str) -> Path:
    """Return the folder of the run of that name."""
    for folder in folders(app, space):
        if folder.name == run:
            return folder
    raise PippinError(f"There is no run {run[:80]!r}; `pippin {app.name} runs` lists them.", input=run[:80])


def state(folder: Path) -> State:
    """Return where the run in this folder stands."""
    found = _state(folder)
    # A run that ends between the looks at its record and at its process reads as cut off; by now its record tells.
    return _state(folder) if found.state in ("interrupted", "failed") else found


def _state(folder: Path) -> State:
    request, record = Request.read(folder), RunRecord(folder).read()
    asked = request.begun if request else 0.0
    fresh = asked > record.get("queued", 0.0)  # requested (again), and not started yet
    known: dict[str, Any] = {
        "verb": record.get("verb") or (request.verb if request else "train"),
        "seconds": _seconds(record),
        "artifact": next(reversed(_artifacts(folder)), None),
        "title": record.get("title", ""),
        "begun": asked or record.get("queued") or folder.stat().st_mtime,
        "learned": bool(record.get("learned")),
    }
    stands = record.get("state", "")
    if stands in FINAL and not fresh:
        return State(folder.name, stands, problem=record.get("problem"), **known)
    if _alive(folder, asked if fresh else 0.0):
        return State(folder.name, "starting" if fresh else WAITING_STATES.get(stands, stands or "starting"), **known)
    if not record and not asked and (folder / "job.json").exists():
        return _of_earlier_version(folder, known)
    if stands and (known["learned"] or known["verb"] != "train"):
        return State(folder.name, "interrupted", **known)
    return State(folder.name, "failed", problem="It ended before it learned anything.", **known)


def _of_earlier_version(folder: Path, known: dict[str, Any]) -> State:
    """Return the state of a run that a version of Pippin without `run.json` left."""
    status = _read(folder / "status.json")
    known = {**known, "seconds": status.get("seconds"), "learned": bool(status)}
    if known["artifact"]:
        return State(folder.name, "finished", **known)
    if status:
        return State(folder.name, "interrupted", **known)
    return State(folder.name, "failed", problem="An earlier version of Pippin ended before it learned.", **known)


def _seconds(record: Mapping[str, Any]) -> float | None:
    """Return seconds of learning where something learns by steps, else those of the work so far."""
    if record.get("seconds") is not None:
        return float(record["seconds"])
    started = record.get("started")
    return round((record.get("ended") or time.time()) - started, 1) if started else None


def facts(space: Workspace, one: State) -> dict[str, Any]:
    """Return a run as JSON; a finished training with its report."""
    folder = space.runs / one.name
    said: dict[str, Any] = _read(folder / RESULT).get("payload", {}) if one.verb == "train" and not one.alive else {}
    request = Request.read(folder)
    return {
        "run": one.name,
        "verb": one.verb,
        "state": one.state,
        "alive": one.alive,
        "resumable": one.resumable,
        "stopping": one.alive and (folder / STOP).exists(),
        "seconds": one.seconds,
        "artifact": one.artifact,
        "problem": one.problem,
        "begun": one.begun,
        "title": one.title,
        "report": not one.alive and (folder / RESULT).exists(),
        "metric": said.get("metric"),
        "scores": said.get("scores"),
        "baseline": said.get("baseline"),
        "offer": said.get("offer"),
        "arguments": dict(request.arguments) if request else {},
    }


def _alive(folder: Path, asked: float) -> bool:
    """Return whether a process works on a run, or one that was `asked` for lately is still starting."""
    running = worker_is_running(folder)
    if running or locked(folder / ALIVE):
        return True
    # Begun by a studio that has ended since: it may not have come to take its lock yet.
    return running is None and time.time() - asked < STARTING


def _read(path: Path) -> dict[str, Any]:
    with suppress(PippinError):
        found = read_json(path)
        return found if isinstance(found, dict) else {}
    return {}

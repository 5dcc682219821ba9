"""`train`: learn from data within a budget, score on what was held out, and put the new model into use."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.execution import execute
from pippin.core.files import read_json, write_json
from pippin.core.job import Job, Result
from pippin.core.locks import lock
from pippin.core.progress_bar import training_bar
from pippin.core.ranks import leave_ranks, read_ranks
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.run import Budget
from pippin.core.run_record import ALIVE, STOP, RunRecord
from pippin.core.workspace import Workspace
from pippin.engines import local
from pippin.verbs.adoption import Adoption, decide
from pippin.verbs.arguments import count_threads, note_skipped, write_scores
from pippin.verbs.frameworks import choose_framework
from pippin.verbs.manifest import scored_on, write_model
from pippin.verbs.opening import open_context
from pippin.verbs.python_data import find_source
from pippin.verbs.run_states import folders, named, new_name, state
from pippin.verbs.runs import heed_stop, record_report

UNSCORED = "It learned without labels, so nothing is scored yet; teach it labels, then `evaluate DATA` scores them."
NAME = re.compile(r"[a-z][\w-]*-\d{8}-\d{6}-\d{6}")
OLD_FIELDS = {"take": "train_size", "limit": "cpu_limit"}  # of jobs that earlier versions wrote


def train(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means the built-in sample"] = None,
    *,
    budget: Annotated[str | None, "time to spend: 90s, 5m, 1h"] = None,
    epochs: Annotated[float | None, "passes over the data, instead of a time"] = None,
    seed: Annotated[int, "the same seed, data and threads give the same model"] = 0,
    threads: Annotated[int | None, "processor threads (default: all)"] = None,
    device: Annotated[str, "auto, cpu, cuda or mps"] = "auto",
    framework: Annotated[str, "what it learns in: pytorch or tensorflow"] = "pytorch",
    from_: Annotated[
        str | None, "start from this model and what it was taught; without DATA, only fold that in"
    ] = None,
    resume: Annotated[bool, "go on with the last training that was cut off"] = False,
    run: Annotated[str | None, "a name for this training; with --resume, which one to go on with"] = None,
    use: Annotated[bool | None, "put the new model into use (default: unless it scores worse)"] = None,
    refit: Annotated[bool, "once scored, fit the final model on all rows, where the application does so"] = True,
    progress: bool | None = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Train a model on DATA within a time or step budget.

    Ctrl-C stops early with a usable model; --resume continues.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    app.require_verb("train")
    if device not in ("auto", "cpu", "cuda", "mps"):
        raise PippinError(f"{device!r} is not a device; choose auto, cpu, cuda or mps.", input=device)
    framework = choose_framework(app, framework)
    settings = app.fill_settings(config)
    parent = space.find(app, from_, app.variant(settings)) if from_ else None  # its settings may be changed
    lessons, lost = context.corrections(parent) if parent else ((), ())
    if parent is not None:
        settings = {**app.known_settings(parent.facts["config"]), **app.read_settings(config)}
    fit = parent is None or data is not None or app.data.amount == "experience"
    if parent is not None and not (fit or lessons or config):
        raise PippinError(f"{parent.id} was taught nothing yet, so there is nothing to fold in.", input=from_)
    job = Job(
        app.reference,
        _lasting(find_source(app, space, data)),
        config=settings,
        seed=seed,
        budget=Budget.of(budget, epochs),
        threads=count_threads(threads),
        device=device,
        framework=framework,
        fit=fit,
        artifact=str(parent.folder.absolute()) if parent else None,
        taught=lessons,
        keep=True,
        score=fit,
        refit=refit,
        details=fit,
    )
    rank, count = read_ranks()
    if count > 1 and resume:
        raise PippinError("--resume goes on in one process; start it without torchrun.", input="resume")
    if rank > 0:
        return _share_training(app, job, rank, count)
    with _held(app, space, job, run, resume=resume) as job:
        parent = space.find(app, job.artifact) if job.artifact else None
        assert job.run is not None
        with training_bar(Path(job.run), f"{app.name} learns", show=progress):
            result = _carried_out(job)
        leave_ranks()  # the others end now
        baseline = _baseline(app, job, result, progress)
        made = write_model(app, space, job, result, baseline, parent)
        adoption = decide(app, space, made, stopped=result.stopped, use=use)
        if adoption.in_use:
            space.use(app, made)
        report = _report(app, made, replace(result, notes=result.notes + lost), baseline, adoption)
        _record(Path(job.run), report, result)
    return report


def _share_training(app: Application, job: Job, rank: int, count: int) -> Report:
    """Take part in a training that the first process of torchrun records, scores and writes."""
    with tempfile.TemporaryDirectory(prefix="pippin-rank-") as folder:
        _carried_out(replace(job, run=folder))
    leave_ranks()
    os.environ["PIPPIN_LOG"] = "0"  # the first process logs it
    title = f"{app.name}: process {rank} of {count} has done its part"
    return Report(title, payload={"application": app.name, "rank": rank, "world_size": count})


def _record(folder: Path, report: Report, result: Result) -> None:
    """Record that the training has ended, with its report and its model."""
    made = report.payload["artifact"]
    artifacts = [*RunRecord(folder).read().get("artifacts", []), made]
    ended = "stopped" if result.stopped else "finished"
    record_report(folder, report, ended, artifacts=artifacts, seconds=round(result.seconds.get("train", 0.0), 3))


@contextmanager
def _held(app: Application, space: Workspace, job: Job, run: str | None, *, resume: bool) -> Iterator[Job]:
    """Yield the job with its folder, once no other training runs; a new one is to be seen there while it waits."""
    with ExitStack() as held:
        if not resume:
            job = _start_run(app, space, job, run)
        folder = Path(job.run) if job.run else _unfinished(app, space, job, run) if run else None
        if folder is not None:
            _hold(folder, held, resume=resume)
        held.enter_context(space.lock("train", _waiting(folder)))
        if folder is not None:
            heed_stop(folder)
        if resume:
            if folder is None:
                folder = _unfinished(app, space, job, None)
                _hold(folder, held, resume=True)
            job = _resumed(app, space, folder)
        yield job


def _hold(folder: Path, held: ExitStack, *, resume: bool) -> None:
    """Hold the lock of a run until `held` ends, and record what happens to it meanwhile."""
    held.enter_context(lock(folder / ALIVE, _waiting(None)))
    if resume:  # it was stopped earlier
        (folder / STOP).unlink(missing_ok=True)
    held.enter_context(RunRecord(folder).working("train"))


def _waiting(folder: Path | None) -> Callable[[], None]:
    """Return the function called while another training runs: it says so, and ends if asked to."""
    said = False

    def wait() -> None:
        nonlocal said
        if not said:
            print("Waiting: another training is running.", file=sys.stderr)
            said = True
        if folder is not None:
            heed_stop(folder)

    return wait


def _start_run(app: Application, space: Workspace, job: Job, run: str | None) -> Job:
    name = run or new_name(app)
    if not NAME.fullmatch(name) or name.rsplit("-", 3)[0] != app.name:
        raise PippinError(f"{name!r} is not a run; write it as {new_name(app)}.", input=name)
    folder = space.runs / name
    job = replace(job, run=str(folder))
    write_json(folder / "job.json", asdict(replace(job, taught=())))
    return job


def _lasting(data: str | Path | None) -> str | None:
    """Return a name of the data that still means the same when the training is resumed from another folder."""
    if data is None:
        return None
    return str(Path(data).absolute()) if Path(data).exists() else str(data)


def _unfinished(app: Application, space: Workspace, job: Job, run: str | None) -> Path:
    """Return the folder of the run named, or of the last one on these data that began to learn and did not finish."""
    for folder in [named(app, space, run)] if run else folders(app, space):
        one = state(folder)
        if one.verb != "train" or not one.learned or one.state == "finished" or not (folder / "job.json").exists():
            continue
        if job.data is None or read_json(folder / "job.json")["data"] == job.data:
            return folder
    raise PippinError(f"There is no training of `{app.name}` to go on with; leave out --resume to begin one.")


def _resumed(app: Application, space: Workspace, folder: Path) -> Job:
    """Return the job of a run, with the settings it was begun with."""
    facts = read_json(folder / "job.json")
    parent = space.find(app, facts["artifact"]) if facts["artifact"] else None
    lessons = Context(app, space).corrections(parent)[0] if parent else ()
    settings = app.known_settings(facts["config"])
    facts = {OLD_FIELDS.get(name, name): value for name, value in facts.items()}
    return Job(**{**facts, "config": settings, "budget": Budget(**facts["budget"]), "taught": lessons})


def _carried_out(job: Job) -> Result:
    (result,) = local(execute, [job])
    if result.error:
        raise PippinError(result.error, input=job.data)
    return result


def _baseline(app: Application, job: Job, deep: Result, progress: bool | None) -> Result | None:
    """Return the quick classical method on the same split; None for a training cut short or without labels."""
    if deep.stopped or not job.fit or deep.data["unlabelled"]:
        return None
    run = Path(job.run or "") / "baseline"
    quick = replace(job, method=app.methods.quick, run=str(run), budget=Budget(), artifact=None, taught=())
    try:
        with training_bar(run, f"{app.methods.quick} learns", show=progress):
            return next(local(execute, [quick]))
    except Exception as problem:  # a failure of the baseline must not lose the trained model
        return Result(quick, error=f"it failed ({type(problem).__name__}: {problem})")


def _report(app: Application, made: Artifact, result: Result, baseline: Result | None, adoption: Adoption) -> Report:
    classical = baseline.scores if baseline and not baseline.error else {}
    rows = tuple((name, score, classical.get(name)) for name, score in result.scores.items())
    skipped = {item["input"]: item["reason"] for item in result.data["skipped"]}
    layout = (result.data["layout"],) if result.data["layout"] and result.data["layout"] not in result.notes else ()
    notes = (*layout, *result.notes, *note_skipped(skipped), *result.saved.about)
    if app.scoring.details_report and result.details and result.scores:
        notes += app.scoring.details_report(result.details).notes
    if result.folds and rows:
        notes += (f"Scored on {scored_on(result)}, before the last fit on all rows (--no-refit leaves that fit out).",)
    if result.data["unlabelled"]:
        notes += (UNSCORED,)
    elif result.job.fit and app.with_metric(result.metric).scoring.metric not in result.scores:
        notes += ("Too few examples to keep any apart, so nothing tells yet how good it is; `evaluate DATA` will.",)
    notes = (*((adoption.sentence,) if adoption.sentence else ()), *notes)
    payload = {
        "application": app.name,
        "artifact": made.id,
        "in_use": adoption.in_use,
        "offer": adoption.offer,
        "data": result.data if result.job.fit else made.facts["data"],
        "labels": result.data["labels"],
        "layout": result.data["layout"],
        "metric": app.with_metric(result.metric).scoring.metric,
        "scores": write_scores(result.scores),
        "refit": made.facts.get("refit"),
        "baseline": made.facts["baseline"],
        "seconds": dict(result.seconds),
        "stopped": result.stopped,
        "run": result.job.run,
    }
    is_default = adoption.in_use and made.variant == app.variant({})  # else only its name leads to it
    ended = "stopped early; --resume goes on" if result.stopped else "done"
    did = f"{pluralize(result.data['amount'], app.data.unit[:-1])} from {result.data['name']}, {ended}"
    if not result.job.fit:
        did = f"{pluralize(len(result.job.taught), 'correction')} folded in; `evaluate` scores it"
    return Report(
        title=f"{app.name}: trained {made.id}",
        summary=f"{did}; {'now in use' if adoption.in_use else 'not in use yet'}.",
        tables=(Table(("metric", "this model", app.methods.quick), rows),) if rows else (),
        notes=notes,
        payload=payload,
        next=f"pippin {app.name} predict INPUT" + ("" if is_default else f" --model {made.id}"),
    )

"""`evaluate`: score the model in use on data it never learned from, beside the classical baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.execution import execute
from pippin.core.job import Job, Result
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.shell_words import write_command, write_option
from pippin.core.values import Score
from pippin.core.workspace import Workspace
from pippin.engines import local
from pippin.verbs.arguments import count_threads, write_scores
from pippin.verbs.opening import open_context
from pippin.verbs.python_data import find_source
from pippin.verbs.run_states import training_data


def evaluate(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means what it was trained on"] = None,
    *,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    threads: Annotated[int | None, "processor threads (default: all)"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Score the model and its baseline on held-out examples.

    Scores have 95 % confidence intervals.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    app.require_verb("evaluate")
    found = context.artifact(model, config)
    app = app.with_metric(found.metric)
    taught, lost = context.corrections(found)
    job = Job(
        app.reference,
        find_source(app, space, data) if data is not None else _training_source(app, space, found),
        config=app.override_settings(found.facts["config"], config),
        threads=count_threads(threads),
        fit=False,
        artifact=str(found.folder),
        taught=taught,
        details=True,
    )
    (result,) = local(execute, [job])
    if result.error:
        raise PippinError(result.error, input=data)
    result = replace(result, notes=result.notes + lost)
    _refuse_stored_scores(app, found, result, config)
    report = _report(app, found, result, _baseline(app, found, job))
    known = training_data(space, found)
    return replace(report, next=write_command(app, "compare", job.data, known.settings if known else {}))


def _refuse_stored_scores(app: Application, found: Artifact, result: Result, given: Mapping[str, Any]) -> None:
    """Raise PippinError where scores were measured before the last fit, and others are asked for than those."""
    if not result.before_refit:
        return
    stored = {**app.defaults, **app.known_settings(found.facts["config"])}
    changed = {name: value for name, value in app.read_settings(given).items() if stored.get(name) != value}
    if changed:
        options = " ".join(write_option(name, value) for name, value in changed.items())
        raise PippinError(
            f"{found.id} has learned from all of {result.data['name']}, so it cannot be scored there with {options}; "
            "give other data.",
            input=options,
        )


def _training_source(app: Application, space: Workspace, found: Artifact) -> str | None:
    """Return the data a model was trained on (None: the built-in sample), where no other is named."""
    known = training_data(space, found)
    if known and not known.exists:
        raise PippinError(
            f"{known.source}, on which {found.id} was trained, is no longer there; name data: "
            f"pippin {app.name} evaluate DATA.",
            input=known.source,
        )
    return known.source if known else None


def _baseline(app: Application, found: Artifact, job: Job) -> dict[str, Any]:
    """Return the baseline that was fitted with the model, scored on the same examples; or why there is none."""
    if "baseline" not in found.facts["parts"]:
        return {
            "name": None,
            "reason": (found.facts.get("baseline") or {}).get("reason", "none was trained with this model"),
        }
    # Corrected inputs are kept out of its examples too, though it cannot learn from them.
    (result,) = local(execute, [replace(job, method=app.methods.quick, part="baseline")])
    if result.error:
        return {"name": None, "reason": result.error}
    return {"name": app.methods.quick, "scores": write_scores(result.scores)}


def _report(app: Application, found: Artifact, result: Result, baseline: dict[str, Any]) -> Report:
    classical = {name: Score(**score) for name, score in baseline.get("scores", {}).items()}
    # The metric that ranks comes first: stored scores come back in alphabetical order.
    names = sorted(result.scores, key=lambda name: name != app.scoring.metric)
    rows = tuple((name, result.scores[name], classical.get(name)) for name in names)
    notes = (*result.notes, *((f"No baseline: {baseline['reason']}",) if not baseline["name"] else ()))
    data = {key: result.data[key] for key in ("name", "examples", "fingerprint")}
    details = (
        app.scoring.details_report(result.details) if app.scoring.details_report and result.details else Report("")
    )
    taught = pluralize(len(result.job.taught), "correction")
    summary = f"{pluralize(data['examples'], 'example')} it never saw; {taught} taken in."
    if result.before_refit:  # corrections came later, so these scores tell nothing of them
        summary = f"Scored before the last fit, on {found.facts['scored_on']}; {taught} since, not in these scores."
    return Report(
        title=f"{app.name}: {found.id} on {data['name']}",
        summary=f"{summary} 95 % intervals.",
        tables=(Table(("metric", "this model", baseline["name"] or "no baseline"), rows), *details.tables),
        figures=details.figures,
        notes=(*notes, *details.notes),
        payload={
            "application": app.name,
            "artifact": found.id,
            "data": data,
            "metric": app.scoring.metric,
            "scores": write_scores(result.scores),
            "before_refit": result.before_refit,
            "details": details.payload,
            "baseline": baseline if baseline["name"] else None,
            **({} if baseline["name"] else {"baseline_reason": baseline["reason"]}),
            "seconds": dict(result.seconds),
        },
    )

"""The artifact that a training leaves: the model, its baseline, and the facts of how both came to be."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact, versions, write_artifact
from pippin.core.job import Job, Result
from pippin.core.report.formatting import pluralize
from pippin.core.shell_words import write_option
from pippin.core.values import SavedState
from pippin.core.workspace import Workspace
from pippin.verbs.arguments import write_scores

PACKAGES = ("pippin", "numpy", "torch", "onnxruntime", "scikit-learn", "scikit-image", "pillow", "gymnasium", "numba")
TENSORFLOW = ("tensorflow", "tensorflow-cpu", "keras")


def write_model(
    app: Application,
    space: Workspace,
    job: Job,
    result: Result,
    baseline: Result | None,
    parent: Artifact | None,
) -> Artifact:
    """Write the artifact of a training: the model, its baseline, and how both came to be."""
    parts: dict[str, SavedState] = {"model": result.saved}
    if baseline is not None and not baseline.error:
        parts["baseline"] = baseline.saved
    data = {
        "name": result.data["name"],
        "examples": result.data["amount"],
        "unit": app.data.unit,
        "fingerprint": result.data["fingerprint"],
    }
    if parent is not None and not job.fit:
        data = parent.facts["data"]
    did = {
        "what": "train" if job.fit else f"fold in {pluralize(len(job.taught), 'correction')}",
        "data": data["name"],
        "fingerprint": data["fingerprint"],
        "seconds": round(result.seconds.get("train", 0), 3),
        "stopped": result.stopped,
    }
    config = {**job.config, **{name: value for name, value in result.settings.items() if name in app.defaults}}
    facts: Mapping[str, Any] = {
        "application": app.name,
        "package": app.package,
        "variant": app.variant(config),
        "config": config,
        "data": data,
        "scores": write_scores(result.scores),
        "scored_on": scored_on(result),
        "scored_fingerprint": result.data["scored_fingerprint"],
        **_refit(result),
        "baseline": _baseline_facts(app, baseline),
        "history": [*(parent.facts["history"] if parent else ()), did],
        "parent": parent.id if parent else None,
        "seed": job.seed,
        "threads": job.threads,
        **({"framework": job.framework} if job.framework != "pytorch" else {}),
        "versions": versions(*PACKAGES, *(TENSORFLOW if job.framework == "tensorflow" else ())),
        "requires": list(result.saved.requires),
        "about": [*result.saved.about, *app.model.notes],
        "command": _command(app, replace(job, config=config)),
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    return write_artifact(space.artifacts, facts, parts, result.learned)


def scored_on(result: Result) -> str:
    """Return on what the scores were measured, as the card says it."""
    count = result.data["examples"]
    if result.folds > 1:
        return f"all {count} examples, by {result.folds}-fold cross-validation"
    return f"{count} examples" + (" of the test part" if result.folds else "")


def _refit(result: Result) -> dict[str, Any]:
    """Return the artifact's record of the data's own metric, the scores' details and the last fit."""
    facts: dict[str, Any] = {}
    if result.metric is not None:
        facts["metric"] = result.metric._asdict()
    if result.details:
        facts["details"] = dict(result.details)
    if result.folds:
        facts["refit"] = {"folds": result.folds, "examples": result.data["examples"]}
    return facts


def _baseline_facts(app: Application, baseline: Result | None) -> dict[str, Any]:
    if baseline is None:
        return {"name": None, "reason": "the training had no labels, was cut short or only folded in what was taught"}
    if baseline.error:
        return {"name": None, "reason": baseline.error}
    return {"name": app.methods.quick, "scores": write_scores(baseline.scores)}


def _command(app: Application, job: Job) -> str:
    given = [write_option(key, value) for key, value in job.config.items() if value != app.defaults[key]]
    spent = (
        [f"--budget {job.budget.seconds:g}s"]
        if job.budget.seconds
        else [f"--epochs {job.budget.epochs:g}"]
        if job.budget.epochs
        else []
    )
    data = [shlex.quote(Path(job.data).name)] if job.data else []
    start = [f"--from {Path(job.artifact).name}"] if job.artifact else []
    fixed = [f"--seed {job.seed}", f"--threads {job.threads}"]
    inside = [f"--framework {job.framework}"] if job.framework != "pytorch" else []
    once = ["--no-refit"] if job.fit and not job.refit else []
    return " ".join(["pippin", app.name, "train", *data, *start, *spent, *fixed, *inside, *once, *given])

"""Fitting a job's learner: on the training part, on cross-validation folds, and on all rows after scoring."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pippin.core.application import Application
from pippin.core.artifact import read_artifact
from pippin.core.data import Dataset, Example, folds
from pippin.core.errors import PippinError
from pippin.core.job import Job
from pippin.core.learner import Learner, load_learner
from pippin.core.run import Budget, Run
from pippin.core.scoring import predict_examples, score_midway
from pippin.core.values import Prediction, Score

INTERRUPTED = (
    "The last fit, on all rows, was interrupted: the model is the one that was scored. Train again for that fit."
)


@dataclass
class Fitted:
    """A fitted learner, what it learned from, and how the fit went; `scored` are out-of-fold predictions."""

    learner: Learner
    examples: tuple[Example, ...]
    amount: int
    stopped: bool = False
    limited: bool = False
    measures: Mapping[str, float] = field(default_factory=dict)
    marks: dict[int, tuple[dict[str, Score], float]] = field(default_factory=dict)
    scored: tuple[tuple[Example, Prediction], ...] = ()
    notes: tuple[str, ...] = ()


def make_learner(application: Application, job: Job) -> Learner:
    """Return the learner of a job: new, or loaded from the job's artifact with what it was taught."""
    if job.method != job.name and application.methods.estimator is not None:
        return application.methods.estimator(application.configure(job.config), job.method)
    make = application.methods.classical.get(job.method, application.learner)
    if job.artifact is None:
        return make(application.configure({**job.config, **application.methods.deep.get(job.method, {})}))
    artifact = read_artifact(Path(job.artifact))
    made = application.config.rename(artifact.facts["config"])
    # A continued training may change settings (game rules, scale).
    settings = {**made, **job.config} if job.fit else application.override_settings(made, job.config)
    learner = make(application.config.read(settings))
    try:
        load_learner(learner, artifact.part(job.part))
    except PippinError as problem:
        if not job.fit or made == {**made, **job.config}:
            raise
        message = f"{artifact.id} was made with other settings, from which these cannot go on; leave out --from"
        raise PippinError(f"{message}, or the settings.", input=artifact.id) from problem
    if job.taught and job.part == "model":
        learner.update(job.taught)  # type: ignore[attr-defined]  # the model was taught, never its baseline
    return learner


def refit_folds(application: Application, job: Job, data: Dataset) -> int:
    """Return how the final model is fitted: 0 once, 1 again after scoring, k after k-fold cross-validation."""
    if not (job.refit and job.fit and job.score) or data.predefined_split or job.artifact:
        return 0
    return application.refit_folds(data, job.config)


def fit(
    application: Application, job: Job, data: Dataset, folder: Path, seconds: dict[str, float], spend: float = 1.0
) -> Fitted:
    """Fit on the training part, with `spend` of the job's budget in time; `seconds` grows by "train" and "cpu"."""
    learner = make_learner(application, job)
    budget = job.budget if job.budget.seconds is None else Budget(job.budget.seconds * spend)
    run = Run(
        folder,
        budget=budget,
        seed=job.seed,
        threads=job.threads,
        device=job.device,
        framework=job.framework,
        limit=job.cpu_limit,
        marks=job.marks,
        stop_folder=Path(job.run) if job.run else None,
    )
    fitted = Fitted(learner, data.train + data.val, data.amount)
    run.on_eval_point = lambda mark: fitted.marks.update(
        {mark: (score_midway(application, learner, data.test), run.cpu)}
    )
    fitted.stopped = _learn(learner, data, run, seconds)
    fitted.measures = run.measures
    fitted.limited, fitted.amount = run.limited, run.amount or data.amount
    return fitted


def fit_again(
    application: Application, job: Job, data: Dataset, first: Fitted, folder: Path, seconds: dict[str, float]
) -> Fitted:
    """Fit a new learner on training and test part together; keep the first if this is interrupted."""
    if first.stopped or not data.test:
        return first
    everything = replace(data, train=data.train + data.test, test=())
    again = fit(application, job, everything, folder / "refit", seconds, spend=0.5)
    return replace(first, notes=(INTERRUPTED,)) if again.stopped else again


def cross_validate(
    application: Application, job: Job, data: Dataset, count: int, folder: Path, seconds: dict[str, float]
) -> Fitted:
    """Predict each example by a learner fitted on the other folds, then fit on all of them.

    If a fold is interrupted, its learner is returned, scored on that fold's examples alone.
    """
    share = 1 / (count + 1)
    scored: list[tuple[Example, Prediction]] = []
    for number, held_out in enumerate(folds(data.examples, count, job.seed), 1):
        kept = {id(example) for example in held_out}
        rest = tuple(example for example in data.examples if id(example) not in kept)
        part = replace(data, train=rest, val=(), test=())
        fitted = fit(application, job, part, folder / f"fold-{number}", seconds, share)
        if fitted.stopped:
            scored = []
        # The only example of a label cannot be named by a learner that never saw the label.
        learned = {example.answer for example in rest}
        fair = [one for one in held_out if one.answer in learned or not isinstance(one.answer, str)]
        predictions = predict_examples(application, fitted.learner, fair, seconds, show=False)
        scored += zip(fair, predictions, strict=True)
        if fitted.stopped:
            return replace(fitted, scored=tuple(scored))
    whole = fit(application, job, replace(data, train=data.examples, val=(), test=()), folder, seconds, share)
    return replace(whole, scored=tuple(scored))


def _learn(learner: Learner, data: Dataset, run: Run, seconds: dict[str, float]) -> bool:
    """Fit within the run; True if a user ended it early."""
    wall, cpu = time.perf_counter(), time.process_time()
    with run.interruptible():
        run.status("running")
        learner.fit(data, run)
        stopped = run.interrupted
        run.status("scoring")
    seconds["train"] = seconds.get("train", 0.0) + time.perf_counter() - wall + run.earlier
    seconds["cpu"] = seconds.get("cpu", 0.0) + time.process_time() - cpu - run.aside
    return stopped

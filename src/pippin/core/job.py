"""One measured piece of work: data -> learner -> score, as picklable values that any engine can carry out anywhere."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import read_artifact
from pippin.core.data import Dataset, Example, Metric
from pippin.core.dataset_cache import load_cached
from pippin.core.errors import PippinError
from pippin.core.fitting import Fitted, cross_validate, fit, fit_again, make_learner, refit_folds
from pippin.core.run import Budget
from pippin.core.scoring import drop_seen, example_ids, fingerprint_scored, predict_examples, previously_seen_ids
from pippin.core.values import Correction, Prediction, SavedState, Score

SEEN_WHOLE = "The model has seen all of {name}; these are its scores from before the last fit, on {where}."


@dataclass(frozen=True)
class Job:
    """What to do: learn with `method` and score, or only score the model in `artifact`.

    `method` is "deep" for the learner as `config` has it, a row of `Application.deep`, a baseline's name, or the
    "FILE.py:function" that makes an estimator.

    `application` is a reference a fresh process can resolve. `taught` rows come on top of `artifact`.
    `take` limits the examples to learn from, `limit` the CPU seconds; `keep` returns what was learned; `score` False
    leaves the test part alone; with neither `fit` nor `score` no data is read, only rows are folded in. `refit` lets
    the application fit the final model on all rows once it is scored; `details` asks for what `evaluate` shows beyond
    scores. `marks` are amounts of experience at which it is scored on its way.
    """

    application: str
    data: str | None = None
    method: str = "deep"
    config: Mapping[str, Any] = field(default_factory=dict)
    _: KW_ONLY
    seed: int = 0
    budget: Budget = Budget()
    take: int | None = None
    marks: tuple[int, ...] = ()
    limit: float | None = None
    threads: int = 1
    device: str = "auto"
    run: str | None = None
    fit: bool = True
    artifact: str | None = None
    part: str = "model"
    refit: bool = False
    taught: tuple[Correction, ...] = ()
    keep: bool = False
    score: bool = True
    details: bool = False

    @property
    def name(self) -> str:
        """The method as tables name it: of "FILE.py:function" the function."""
        return self.method.rpartition(":")[2]


@dataclass(frozen=True)
class Result:
    """What came of a job: `seconds` are wall seconds by phase, and CPU seconds as `cpu`; `error` replaces all else.

    `metric` ranks it where the data has one of its own, `settings` are those the data decided, `details` is what
    `evaluate` shows beyond scores. `folds` tells how the model was refit on all rows (see Application.refit).
    `before_refit` says that the scores were not measured now, but before that last fit.
    `stopped` says that a user ended the training early, `limited` that the job's CPU limit did. `marks` are the scores
    by amount of experience, each with the CPU seconds of learning until then.
    """

    job: Job
    scores: Mapping[str, Score] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    marks: Mapping[int, tuple[Mapping[str, Score], float]] = field(default_factory=dict)
    saved: SavedState = SavedState()
    learned: frozenset[int] = frozenset()
    data: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    metric: Metric | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    folds: int = 0
    before_refit: bool = False
    stopped: bool = False
    limited: bool = False
    error: str | None = None

    @property
    def size(self) -> int:
        """Bytes the learned model takes."""
        arrays = sum(array.nbytes for array in self.saved.tensors.values())
        return arrays + sum(len(content) for content in self.saved.files.values())


def execute(job: Job) -> Result:
    """Carry out a job; a problem the user can correct comes back as `error`, and leaves other jobs standing."""
    try:
        return _execute(job)
    except PippinError as problem:
        return Result(job, error=problem.message)


def _execute(job: Job) -> Result:
    application = registry.resolve(job.application)
    data = load_cached(application, job.data, job.config) if job.fit or job.score else Dataset("", ())
    if job.fit:
        return _fit_and_score(application, job, data if job.take is None else data.take(job.take, job.seed))
    return _score_artifact(application, job, data)


def _fit_and_score(application: Application, job: Job, data: Dataset) -> Result:
    seconds: dict[str, float] = {}
    count = refit_folds(application, job, data)
    with tempfile.TemporaryDirectory(prefix="pippin-") as scratch:
        folder = Path(job.run or scratch)
        if count > 1:
            fitted = cross_validate(application, job, data, count, folder, seconds)
        else:
            fitted = fit(application, job, data, folder, seconds, spend=0.5 if count else 1.0)
        pairs, notes = fitted.scored, data.notes
        if count <= 1:
            fresh, notes = drop_seen(data, previously_seen_ids(job) | example_ids(fitted.examples), data.test)
            pairs = _predict(application, job, fitted, fresh, seconds)
        if count == 1:
            fitted = fit_again(application, job, data, fitted, folder, seconds)
    scores, details = _score(application, job, pairs)
    refit = count and not fitted.stopped and not fitted.notes and bool(pairs)
    return Result(
        job,
        scores,
        seconds,
        marks=fitted.marks,
        saved=fitted.learner.save() if job.keep else SavedState(),
        learned=previously_seen_ids(job) | example_ids(fitted.examples),
        data=_facts(data, [example for example, _ in pairs], fitted.amount),
        notes=(*notes, *fitted.notes, *_failed(pairs)),
        metric=data.metric,
        settings=data.settings,
        details=details,
        folds=count if refit else 0,
        stopped=fitted.stopped,
        limited=fitted.limited,
    )


def _score_artifact(application: Application, job: Job, data: Dataset) -> Result:
    """Score the model in `job.artifact` on what it never saw, or say what it scored before it was refit on all."""
    learned = previously_seen_ids(job)
    learner = make_learner(application, job)
    examples, notes = drop_seen(data, learned, data.test if data.official else data.examples)
    if job.score and not examples:
        return _stored(job, data)
    seconds: dict[str, float] = {}
    predictions = predict_examples(application, learner, examples, seconds, show=None) if job.score else []
    pairs = tuple(zip(examples, predictions, strict=True)) if job.score else ()
    scores, details = _score(application, job, pairs)
    return Result(
        job,
        scores,
        seconds,
        saved=learner.save() if job.keep else SavedState(),
        learned=learned,
        data=_facts(data, [example for example, _ in pairs], data.amount),
        notes=(*notes, *_failed(pairs)),
        metric=data.metric,
        settings=data.settings,
        details=details,
    )


def _stored(job: Job, data: Dataset) -> Result:
    """The scores an artifact was given before its last fit, for data it has seen whole."""
    artifact = read_artifact(Path(job.artifact or ""))
    own = artifact.facts if job.part == "model" else artifact.facts.get("baseline") or {}
    if not artifact.refit or not own.get("scores"):
        raise PippinError(
            f"The model has seen all of {data.name}, so nothing is left to score it on; give other data.",
            input=data.name,
        )
    note = SEEN_WHOLE.format(name=data.name, where=artifact.facts["scored_on"])
    facts = {**_facts(data, [], data.amount), "examples": artifact.facts["refit"]["examples"]}
    scores = {name: Score(**score) for name, score in own["scores"].items()}
    details = artifact.facts.get("details", {}) if job.part == "model" else {}
    return Result(
        job, scores, data=facts, notes=(*data.notes, note), metric=artifact.metric, details=details, before_refit=True
    )


def _predict(
    application: Application, job: Job, fitted: Fitted, examples: tuple[Example, ...], seconds: dict[str, float]
) -> tuple[tuple[Example, Prediction], ...]:
    if not job.score or not examples:
        return ()
    # Only one progress bar at a time: the training has its own.
    predictions = predict_examples(application, fitted.learner, examples, seconds, show=False)
    return tuple(zip(examples, predictions, strict=True))


def _score(
    application: Application, job: Job, pairs: tuple[tuple[Example, Prediction], ...]
) -> tuple[dict[str, Score], dict[str, Any]]:
    if not pairs:
        return {}, {}
    examples, predictions = zip(*pairs, strict=True)
    scores = application.scoring.score(predictions, examples)
    return scores, application.scoring.details(
        predictions, examples
    ) if application.scoring.details and job.details else {}


def _failed(pairs: tuple[tuple[Example, Prediction], ...]) -> tuple[str, ...]:
    failed = sum(prediction.error is not None for _, prediction in pairs)
    return (f"{failed} inputs could not be answered.",) if failed else ()


def _facts(data: Dataset, scored: list[Example], amount: int) -> dict[str, Any]:
    return {
        "name": data.name,
        "examples": len(scored),
        "scored_fingerprint": fingerprint_scored(scored),
        "train": len(data.train) + len(data.val),
        "amount": amount,
        "fingerprint": data.fingerprint(),
        "skipped": [{"input": item.name, "reason": item.reason} for item in data.skipped],
        "labels": data.labels,
        "layout": data.layout,
    }

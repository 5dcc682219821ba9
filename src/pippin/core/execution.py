"""Carry out a job: data -> learner -> score."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import read_artifact
from pippin.core.data import Dataset, Example
from pippin.core.dataset_cache import load_cached
from pippin.core.errors import PippinError
from pippin.core.fitting import Fitted, cross_validate, fit, fit_again, make_learner, refit_folds
from pippin.core.job import Job, Result
from pippin.core.scoring import drop_seen, example_ids, fingerprint_scored, predict_examples, previously_seen_ids
from pippin.core.values import Prediction, SavedState, Score

SEEN_WHOLE = "The model has seen all of {name}; these are its scores from before the last fit, on {where}."


def execute(job: Job) -> Result:
    """Run a job; a problem the user can correct comes back as `error`, and leaves other jobs standing."""
    try:
        return _execute(job)
    except PippinError as problem:
        return Result(job, error=problem.message)


def _execute(job: Job) -> Result:
    application = registry.resolve(job.application)
    data = load_cached(application, job.data, job.config) if job.fit or job.score else Dataset("", ())
    if job.validate:
        data = _validation_view(application, job, data)
    if job.fit:
        data = data.for_learning()
        return _fit_and_score(
            application, job, data if job.train_size is None else data.subsample(job.train_size, job.seed)
        )
    return _score_artifact(application, job, data)


def _validation_view(application: Application, job: Job, data: Dataset) -> Dataset:
    """Return the data with the validation part in place of the test part."""
    drawn = application.data.validation
    return data.validation_view(tuple(drawn(application.configure(job.config))) if drawn else ())


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
        data=describe_data(data, [example for example, _ in pairs], fitted.amount),
        notes=(*notes, *fitted.notes, *_failed(pairs)),
        metric=data.metric,
        settings=data.settings,
        details=details,
        folds=count if refit else 0,
        stopped=fitted.stopped,
        limited=fitted.limited,
        measures=fitted.measures,
    )


def _score_artifact(application: Application, job: Job, data: Dataset) -> Result:
    """Score the model in `job.artifact` on what it never saw, or say what it scored before it was refit on all."""
    learned = previously_seen_ids(job)
    if job.score and data.answers_hidden:
        data = data.labelled_only()
    learner = make_learner(application, job)
    examples, notes = drop_seen(data, learned, data.test if data.predefined_split else data.examples)
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
        data=describe_data(data, [example for example, _ in pairs], data.amount),
        notes=(*notes, *_failed(pairs)),
        metric=data.metric,
        settings=data.settings,
        details=details,
    )


def _stored(job: Job, data: Dataset) -> Result:
    """Return the scores an artifact was given before its last fit, for data it has seen whole."""
    artifact = read_artifact(Path(job.artifact or ""))
    own = artifact.facts if job.part == "model" else artifact.facts.get("baseline") or {}
    if not artifact.refit or not own.get("scores"):
        raise PippinError(
            f"The model has seen all of {data.name}, so nothing is left to score it on; give other data.",
            input=data.name,
        )
    note = SEEN_WHOLE.format(name=data.name, where=artifact.facts["scored_on"])
    facts = {**describe_data(data, [], data.amount), "examples": artifact.facts["refit"]["examples"]}
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


def describe_data(data: Dataset, scored: list[Example], amount: int) -> dict[str, Any]:
    """Return what a result tells of its data: names, counts, fingerprints, labels, and what was skipped."""
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
        "unlabelled": data.answers_hidden,
    }

"""Scores of a learner, and the rule that nothing it has learned from may score it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from pippin.core.application import Application
from pippin.core.artifact import identity, read_artifact
from pippin.core.data import Dataset, Example
from pippin.core.inputs import Input
from pippin.core.job import Job
from pippin.core.learner import Learner
from pippin.core.progress_bar import track
from pippin.core.values import Prediction, Score


def predict_examples(
    application: Application,
    learner: Learner,
    examples: Sequence[Example],
    seconds: dict[str, float],
    show: bool | None,
) -> list[Prediction]:
    """Predict each example's input; adds the time to `seconds` (wall "predict", CPU "predict_cpu")."""
    start, cpu = time.perf_counter(), time.process_time()
    answers = learner.predict(example.input for example in examples)
    predictions = list(track(answers, len(examples), f"{application.name} answers", show=show))
    seconds["predict"] = seconds.get("predict", 0.0) + time.perf_counter() - start
    seconds["predict_cpu"] = seconds.get("predict_cpu", 0.0) + time.process_time() - cpu
    return predictions


def score_midway(application: Application, learner: Learner, examples: Sequence[Example]) -> dict[str, Score]:
    """Score a learner in the middle of its training."""
    return application.scoring.score(predict_examples(application, learner, examples, {}, show=False), examples)


def fingerprint_scored(examples: Sequence[Example]) -> str | None:
    """Return 16 hex digits by which scores on the same examples and targets are known; None where there are none."""
    plain = (str, int, float, bool)
    lines = sorted(f"{e.key} {e.answer!r}" if isinstance(e.answer, plain) else e.key for e in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else None


def example_ids(examples: tuple[Example, ...]) -> frozenset[int]:
    """Return identities of examples and of their groups, as an artifact remembers them."""
    return frozenset(identity(name) for e in examples for name in (e.key, e.group, *e.extra_groups) if name)


def previously_seen_ids(job: Job) -> frozenset[int]:
    """Return identities of what the model of a job had seen, and was taught, before the job began."""
    learned = read_artifact(Path(job.artifact)).learned if job.artifact else frozenset()
    taught = [item.input for item in job.taught] + [
        item.answer for item in job.taught if isinstance(item.answer, Input)
    ]
    return learned | {identity(input.digest()) for input in taught}


def drop_seen(
    data: Dataset, learned: frozenset[int], candidates: tuple[Example, ...]
) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Return the `candidates` never learned from, and the dataset's notes with how many were left out."""
    fresh = tuple(e for e in candidates if identity(e.key) not in learned and identity(e.group) not in learned)
    left_out = len(candidates) - len(fresh)
    note = (
        f"{left_out} of {len(candidates)} examples were not scored on: the model has seen them or near-copies of them."
    )
    return fresh, data.notes + ((note,) if left_out else ())

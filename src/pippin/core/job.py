"""One measured piece of work: data -> learner -> score, as picklable values that any engine can carry out anywhere."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import identity, read_artifact
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.kinds import Input
from pippin.core.learner import Learner, Prediction, Saved, Score, Taught
from pippin.core.loading import dataset
from pippin.core.progress import through
from pippin.core.run import Budget, Run


@dataclass(frozen=True)
class Job:
    """What to do: learn with `method` and score, or only score the model in `artifact`.

    `method` is "deep" for the learner as `config` has it, a row of `Application.deep`, a baseline's name, or the
    "FILE.py:function" that makes an estimator.

    `application` is a reference a fresh process can resolve. `taught` rows come on top of `artifact`.
    `take` limits the examples to learn from, `limit` the CPU seconds; `keep` returns what was learned; `score` False
    leaves the test part alone; with neither `fit` nor `score` no data is read, only rows are folded in. `marks` are
    amounts of experience at which it is scored on its way.
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
    taught: tuple[Taught, ...] = ()
    keep: bool = False
    score: bool = True

    @property
    def name(self) -> str:
        """The method as tables name it: of "FILE.py:function" the function."""
        return self.method.rpartition(":")[2]


@dataclass(frozen=True)
class Result:
    """What came of a job: `seconds` are wall seconds by phase, and CPU seconds as `cpu`; `error` replaces all else.

    `stopped` says that a user ended the training early, `limited` that the job's CPU limit did. `marks` are the scores
    by amount of experience, each with the CPU seconds of learning until then.
    """

    job: Job
    scores: Mapping[str, Score] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    marks: Mapping[int, tuple[Mapping[str, Score], float]] = field(default_factory=dict)
    saved: Saved = Saved()
    learned: frozenset[int] = frozenset()
    data: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stopped: bool = False
    limited: bool = False
    error: str | None = None

    @property
    def size(self) -> int:
        """Bytes the learned model takes."""
        arrays = sum(array.nbytes for array in self.saved.tensors.values())
        return arrays + sum(len(content) for content in self.saved.files.values())


def execute(job: Job) -> Result:
    """Carry out a job; a problem the user can mend comes back as `error`, and leaves other jobs standing."""
    try:
        return _execute(job)
    except PippinError as problem:
        return Result(job, error=problem.message)


def _execute(job: Job) -> Result:
    application = registry.resolve(job.application)
    data = dataset(application, job.data, job.config) if job.fit or job.score else Dataset("", ())
    if job.fit and job.take is not None:
        data = data.take(job.take, job.seed)
    seconds: dict[str, float] = {}
    learner = _learner(application, job)
    stopped = limited = False
    learned, amount = before(job), data.amount
    marks: dict[int, tuple[Mapping[str, Score], float]] = {}
    if job.fit:
        with tempfile.TemporaryDirectory(prefix="pippin-") as scratch:
            run = Run(
                Path(job.run or scratch),
                budget=job.budget,
                seed=job.seed,
                threads=job.threads,
                device=job.device,
                limit=job.limit,
                marks=job.marks,
            )
            run.marked = lambda mark: marks.update({mark: _marked(application, learner, data, run)})
            stopped = _fit(learner, data, run, seconds)
            limited, amount = run.limited, run.amount or data.amount
        learned |= seen(data.train + data.val)
    examples, notes = unseen(data, learned, data.test if job.fit or data.official else data.examples)
    scores: dict[str, Score] = {}
    if job.score and not (examples or job.fit):
        raise PippinError(
            f"The model has seen all of {data.name}, so nothing is left to score it on; give other data.",
            input=data.name,
        )
    if job.score and examples:
        # While a training's own bar is up there is no room for another.
        predictions, scores = _score(application, learner, examples, seconds, show=False if job.fit else None)
        failed = sum(prediction.error is not None for prediction in predictions)
        notes += (f"{failed} inputs could not be answered.",) if failed else ()
    facts = {
        "name": data.name,
        "examples": len(examples),
        "train": len(data.train) + len(data.val),
        "amount": amount,
        "fingerprint": data.fingerprint(),
        "skipped": [{"input": item.name, "reason": item.reason} for item in data.skipped],
    }
    return Result(
        job,
        scores,
        seconds,
        marks=marks,
        saved=learner.save() if job.keep else Saved(),
        learned=learned,
        data=facts,
        notes=notes,
        stopped=stopped,
        limited=limited,
    )


def _learner(application: Application, job: Job) -> Learner:
    if job.method != job.name and application.estimator is not None:
        return application.estimator(application.settings(job.config), job.method)
    make = application.baselines.get(job.method, application.learner)
    if job.artifact is None:
        return make(application.settings({**job.config, **application.deep.get(job.method, {})}))
    artifact = read_artifact(Path(job.artifact))
    made = artifact.facts["config"]
    # What is learned on may be learned on otherwise: by other rules, for another scale.
    learner = make({**made, **job.config} if job.fit else application.used_with(made, job.config))
    try:
        learner.load(artifact.part(job.part))
    except PippinError as problem:
        if not job.fit or made == {**made, **job.config}:
            raise
        message = f"{artifact.id} was made with other settings, from which these cannot go on; leave out --from"
        raise PippinError(f"{message}, or the settings.", input=artifact.id) from problem
    if job.taught and job.part == "model":
        learner.update(job.taught)  # type: ignore[attr-defined]  # the model was taught, never its baseline
    return learner


def _fit(learner: Learner, data: Dataset, run: Run, seconds: dict[str, float]) -> bool:
    wall, cpu = time.perf_counter(), time.process_time()
    with run.interruptible():
        run.status("running")
        try:
            learner.fit(data, run)
        except BaseException:
            run.status("failed")
            raise
        stopped = run.interrupted
        run.status("stopped" if stopped else "finished")
    seconds["train"] = time.perf_counter() - wall + run.earlier
    seconds["cpu"] = time.process_time() - cpu - run.aside
    return stopped


def _marked(application: Application, learner: Learner, data: Dataset, run: Run) -> tuple[Mapping[str, Score], float]:
    """The scores of a learner in the middle of its learning, and the CPU seconds it took so far."""
    return _score(application, learner, data.test, {}, show=False)[1], run.cpu


def _score(
    application: Application,
    learner: Learner,
    examples: tuple[Example, ...],
    seconds: dict[str, float],
    *,
    show: bool | None,
) -> tuple[list[Prediction], dict[str, Score]]:
    start, cpu = time.perf_counter(), time.process_time()
    answers = learner.predict(example.input for example in examples)
    predictions = list(through(answers, len(examples), f"{application.name} answers", show=show))
    seconds["predict"] = time.perf_counter() - start
    seconds["predict_cpu"] = time.process_time() - cpu
    return predictions, application.score(predictions, examples)


def seen(examples: tuple[Example, ...]) -> frozenset[int]:
    """Identities of examples and of their groups, as an artifact remembers them."""
    return frozenset(identity(name) for e in examples for name in (e.key, e.group, *e.also) if name)


def before(job: Job) -> frozenset[int]:
    """Identities of what the model of a job had seen, and was taught, before the job began."""
    learned = read_artifact(Path(job.artifact)).learned if job.artifact else frozenset()
    taught = [item.input for item in job.taught] + [
        item.answer for item in job.taught if isinstance(item.answer, Input)
    ]
    return learned | {identity(input.digest()) for input in taught}


def unseen(
    data: Dataset, learned: frozenset[int], candidates: tuple[Example, ...]
) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Those of `candidates` that were never learned from, and the dataset's notes with how many were left out."""
    fresh = tuple(e for e in candidates if identity(e.key) not in learned and identity(e.group) not in learned)
    left_out = len(candidates) - len(fresh)
    note = (
        f"{left_out} of {len(candidates)} examples were not scored on: the model has seen them or near-copies of them."
    )
    return fresh, data.notes + ((note,) if left_out else ())

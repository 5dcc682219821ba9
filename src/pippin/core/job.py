"""One measured piece of work: data -> learner -> score, as picklable values that any engine can carry out anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from pippin.core.data import Metric
from pippin.core.run import Budget
from pippin.core.values import Correction, SavedState, Score


@dataclass(frozen=True)
class Job:
    """What to do: learn with `method` and score, or only score the model in `artifact`.

    `method` is "deep" for the learner as `config` has it, a row of `Application.deep`, a baseline's name, or the
    "FILE.py:function" that makes an estimator.

    `application` is a reference a fresh process can resolve. `taught` rows come on top of `artifact`.
    `train_size` limits the examples to learn from, `cpu_limit` the CPU seconds; `keep` returns what was learned;
    `score` False leaves the test part alone; with neither `fit` nor `score` no data is read, only rows are folded in.
    `refit` lets the application fit the final model on all rows once it is scored; `details` asks for what `evaluate`
    shows beyond scores. `marks` are amounts of experience at which it is scored on its way. `validate` scores on the
    validation part and leaves the test part out altogether.
    """

    application: str
    data: str | None = None
    method: str = "deep"
    config: Mapping[str, Any] = field(default_factory=dict)
    _: KW_ONLY
    seed: int = 0
    budget: Budget = Budget()
    train_size: int | None = None
    marks: tuple[int, ...] = ()
    cpu_limit: float | None = None
    threads: int = 1
    device: str = "auto"
    framework: str = "pytorch"
    run: str | None = None
    fit: bool = True
    artifact: str | None = None
    part: str = "model"
    refit: bool = False
    taught: tuple[Correction, ...] = ()
    keep: bool = False
    score: bool = True
    details: bool = False
    validate: bool = False

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
    by amount of experience, each with the CPU seconds of learning until then. `measures` are what learning took, as
    far as the learner told: "step_seconds" (median), "peak_bytes".
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
    measures: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None

    @property
    def size(self) -> int:
        """Bytes the learned model takes."""
        arrays = sum(array.nbytes for array in self.saved.tensors.values())
        return arrays + sum(len(content) for content in self.saved.files.values())

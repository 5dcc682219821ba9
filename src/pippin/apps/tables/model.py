"""What all models of tables share: rows encoded, answers made of outputs, saving and loading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import values
from pippin.apps.tables.row_encoder import Array, Encoder
from pippin.apps.tables.table_reader import Row
from pippin.core.data import Dataset, Example, rank, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState
from pippin.learn.conformal import radius
from pippin.learn.folds import Answers, assign_folds
from pippin.learn.targets import Target, is_number

DIGITS = 6  # of a number that is answered
_BATCH = 256


class TableModel:
    """A model of rows that follows core.learner's Learner; subclasses fit and give outputs.

    `radius` is the half-width of a number's 90 % interval, in standard deviations of the target.
    """

    def __init__(self, config: TablesConfig) -> None:
        self.config = config
        self.encoder = Encoder()
        self.target = Target()
        self.radius = 0.0
        self.groups: NDArray[np.int64] | None = None  # of the rows it learns from; none may lie in two folds

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`: regression where every answer is a number."""
        rows, answers, self.groups = rows_of(data.train + data.val, run.seed)
        self.encoder = self.new_encoder(rows, str(data.settings.get("types", "")))
        self.target = Target.fit(answers)
        if len(set(answers)) < 2:
            raise PippinError(f"All rows to learn from are {answers[0]!r}; give rows of two different ones or more.")
        self.learn(rows, self.target.encode(answers), run)

    def new_encoder(self, rows: Sequence[Row], types: str) -> Encoder:
        """Learn how `rows` are encoded, their columns holding `types`."""
        return Encoder.fit(rows, types=types)

    def learn(self, rows: Sequence[Row], truth: NDArray[Any], run: Run) -> None:
        """Fit on rows and their encoded targets [N]."""
        raise NotImplementedError

    def answers_of(self, truth: NDArray[Any], folds: int = 5) -> Answers:
        """Return encoded targets [N] with folds that tear no group."""
        return Answers(truth, self.target, assign_folds(truth, self.target, folds, self.groups), self.groups)

    def outputs(self, rows: Sequence[Row]) -> Array:
        """Return probabilities [N,L], or standardised numbers [N,1]."""
        raise NotImplementedError

    def set_radius(self, truth: NDArray[Any], held_out: NDArray[Any]) -> None:
        """Set the interval of a number by outputs [N,1] for rows the model was not fitted on."""
        self.radius = radius(truth - held_out[:, 0]) if self.target.is_number else 0.0

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each row: its label with the others as alternatives, or its number with an interval."""
        for rows, problems in batches(inputs):
            answers = iter(self.answers(rows) if rows else ())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else next(answers)

    def answers(self, rows: Sequence[Row]) -> list[Prediction]:
        """Predict rows that can be used."""
        return [self.answer(one) for one in self.outputs(rows)]

    def answer(self, output: Array, evidence: tuple[str, ...] = ()) -> Prediction:
        """Convert one row's outputs to a prediction."""
        if not self.target.is_number:
            return named(self.target.labels, output, evidence)
        return number(float(self.target.decode(output)[0]), self.radius * self.target.scale, evidence)

    def save(self) -> SavedState:
        """Return the encoding of columns and target."""
        facts = {"columns": self.encoder.facts, "target": self.target.to_dict(), "radius": self.radius}
        return SavedState({}, facts)

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        facts = saved.config
        self.encoder, self.target = Encoder(facts["columns"]), Target.from_dict(facts["target"])
        self.radius = float(facts["radius"])
        self.restore(saved)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the open ONNX session, so that scikit-learn's tools can copy a model to other processes."""
        return {**self.__dict__, "_opened": None}

    def restore(self, saved: SavedState) -> None:
        """Load what a subclass saved of its own."""


def rows_of(examples: Sequence[Example], seed: int) -> tuple[list[Row], list[Any], NDArray[np.int64]]:
    """Return rows, answers and groups [N]; the order depends on `seed`: labels take turns, numbers come at random."""
    if not examples:
        raise PippinError("There are no rows to learn from.")
    numbers = is_number([example.answer for example in examples])
    order = sorted(examples, key=lambda one: rank(one.key, seed)) if numbers else spread(examples, seed)
    answers = [example.answer if numbers else str(example.answer) for example in order]
    names = [example.group or example.key for example in order]
    groups = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return [values(example.input) for example in order], answers, groups


def batches(inputs: Iterable[Input]) -> Iterator[tuple[list[Row], list[str]]]:
    """Yield rows that can be used, batch by batch, and for each input what is wrong with it ("" for nothing)."""
    waiting = iter(inputs)
    while batch := list(islice(waiting, _BATCH)):
        rows, problems = [], []
        for item in batch:
            try:
                rows.append(values(item))
                problems.append("")
            except PippinError as problem:
                problems.append(problem.message)
        yield rows, problems


def named(labels: Sequence[str], shares: Array, evidence: tuple[str, ...] = ()) -> Prediction:
    """Return the likeliest of `labels` by their probabilities [K]."""
    return Prediction.from_probabilities(labels, shares, evidence=evidence)


def number(value: float, half: float, evidence: tuple[str, ...] = ()) -> Prediction:
    """Return a number, rounded to six digits, with its interval `half` to both sides."""
    interval = rounded(value - half), rounded(value + half)
    return Prediction(rounded(value), evidence=evidence, interval=interval)


def rounded(value: float) -> float:
    """Round to six significant digits."""
    return float(f"{value:.{DIGITS}g}")

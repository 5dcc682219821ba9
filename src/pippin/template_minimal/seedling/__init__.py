"""`seedling`: names the species of an iris by four measurements; put your data and your words in their place."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator

from pippin.core.application import Application
from pippin.core.application_parts import Data, Methods, Output, Scoring
from pippin.core.config import Config
from pippin.core.data import Dataset, Example, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Input, Record
from pippin.core.references import Ref
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState


def load(source: str | None, config: Config) -> Dataset:
    """Load a CSV file of numbers, its last column the label, or scikit-learn's irises for None."""
    if source is None:
        from sklearn.datasets import load_iris

        iris = load_iris(as_frame=True)
        labels = iris.target.map(dict(enumerate(iris.target_names)))
        table = [
            [*row.items(), ("species", label)] for row, label in zip(iris.data.to_dict("records"), labels, strict=True)
        ]
    else:
        lines = Input.of(source).read().decode("utf-8", "replace").splitlines()
        table = [list(row.items()) for row in csv.DictReader(lines)]
        if any(None in cell for row in table for cell in row):
            raise PippinError(f"{source} has a row with more or fewer values than its first line.", input=source)
    if len({row[-1][1] for row in table}) < 2:
        raise PippinError(f"{source} needs rows of two labels or more, the label in the last column.", input=source)
    found = {
        item.digest(): Example(item, row[-1][1], item.digest()) for row in table for item in [Record.of(dict(row[:-1]))]
    }
    train, val, test = split_by_group(found.values(), val=0.0)
    return Dataset(source or "irises", train, val, test)


class LinearLearner:
    """scikit-learn's logistic regression, kept as arrays."""

    def __init__(self, config: Config) -> None:
        self.labels: list[str] = []

    def numbers(self, item: Input) -> list[float]:
        """Return the numbers of a row; PippinError for what is none."""
        try:
            found = [float(value) for value in json.loads(item.read()).values()]
            if not all(map(math.isfinite, found)):
                raise ValueError
            return found
        except (AttributeError, TypeError, ValueError) as problem:
            raise PippinError(f"{item.name} is no row of numbers; give them by name.", input=item.name) from problem

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from the training split."""
        from sklearn.linear_model import LogisticRegression

        rows = [self.numbers(example.input) for example in data.train]
        model = LogisticRegression(max_iter=1000).fit(rows, [example.answer for example in data.train])
        self.labels, self.weights, self.bias = model.classes_.tolist(), model.coef_, model.intercept_

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield the likeliest label of each row."""
        for item in inputs:
            try:
                scores = self.weights @ self.numbers(item) + self.bias
                yield Prediction(self.labels[int(scores.argmax())])
            except (PippinError, ValueError) as problem:
                yield Prediction(None, error=f"{item.name} cannot be used: {problem}")

    def save(self) -> SavedState:
        """Return the arrays and the labels."""
        return SavedState({"weights": self.weights, "bias": self.bias}, {"labels": self.labels})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        self.labels, self.weights, self.bias = saved.config["labels"], saved.tensors["weights"], saved.tensors["bias"]


class CommonestLabel(LinearLearner):
    """The baseline: it sees nothing of a row."""

    def numbers(self, item: Input) -> list[float]:
        """Return a zero for each number."""
        return [0.0 for _ in super().numbers(item)]


application = Application(
    name="seedling",
    summary="names the species of an iris by four measurements",
    package=__name__,
    input="record",
    output=Output("label"),
    data=Data(load),
    learner=LinearLearner,
    methods=Methods(classical={"commonest label": CommonestLabel}, quick="commonest label"),
    scoring=Scoring("accuracy", Ref("pippin.learn.classification_scores:score_accuracy")),
    unsupported=dict.fromkeys(("teach", "explain", "export", "inspect"), "it is not written yet"),
)

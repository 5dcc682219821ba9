"""The classical ways with tables: a linear model, and boosted trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from pippin.apps.tables.data import values
from pippin.apps.tables.encoder import Array, Encoder
from pippin.apps.tables.reading import Row
from pippin.core.data import Dataset, Example, spread
from pippin.core.errors import PippinError
from pippin.core.kinds import Input
from pippin.core.learner import Prediction, Saved
from pippin.core.run import Run
from pippin.learn import softmax
from pippin.learn.tuned import MOST_ALTERNATIVES, Tuned

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # of regularisation to choose from, as LIBLINEAR's C
MOST_TO_CHOOSE_BY = 2000
_BATCH = 256


class Linear:
    """Multinomial logistic regression on the encoded columns; follows core.learner's Learner, and needs numpy alone."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.labels: list[str] = []
        self.encoder = Encoder()
        self.model = softmax.Softmax(np.zeros((0, 0), np.float32), np.zeros(0, np.float32))

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`, the strength chosen by three-fold cross-validation."""
        rows, labels = rows_of(spread(data.train + data.val, run.seed))
        self.encoder = Encoder.fit(rows, types=data.settings.get("types", ""))
        self.labels = sorted(set(labels))
        encoded, classes = self.encoder.dense(rows), np.array([self.labels.index(label) for label in labels])
        few = slice(MOST_TO_CHOOSE_BY)
        c = STRENGTHS[1]
        if not run.stop:
            c = softmax.choose_c(encoded[few], classes[few], len(self.labels), STRENGTHS, run.seed)
        self.model = softmax.fit(encoded, classes, len(self.labels), c)
        run.log(c=c)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name each row's label, with the others as alternatives."""
        for rows, problems in batches(inputs):
            shares = iter(self.model.predict(self.encoder.dense(rows)) if rows else ())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else named(self.labels, next(shares))

    def save(self) -> Saved:
        """What was learned about the columns, and the weights [D,K]."""
        facts = {"labels": self.labels, "columns": self.encoder.facts}
        return Saved({"weights": self.model.weights_DK, "bias": self.model.bias_K}, facts)

    def load(self, saved: Saved) -> None:
        """Become the learner that was saved."""
        self.labels, self.encoder = list(saved.config["labels"]), Encoder(saved.config["columns"])
        self.model = softmax.Softmax(saved.tensors["weights"], saved.tensors["bias"])


class Boosting(Tuned):
    """Boosted trees on histograms, as in LightGBM (Ke et al. 2017); they take missing values as they are."""

    candidates = tuple({"max_leaf_nodes": leaves} for leaves in (4, 8, 24))

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.encoder = Encoder()

    def made(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """scikit-learn's HistGradientBoostingClassifier."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            learning_rate=0.1,
            max_iter=100,
            early_stopping=False,
            min_samples_leaf=5,
            random_state=self.seed,
            **settings,
        )

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`."""
        rows, labels = rows_of(spread(data.train + data.val, run.seed))
        self.encoder = Encoder.fit(rows, types=data.settings.get("types", ""))
        self.learn(self.encoder.trees(rows), labels, run)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name each row's label, with the others as alternatives."""
        for rows, problems in batches(inputs):
            answers = iter(self.answers(self.encoder.trees(rows)) if rows else ())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else next(answers)

    def save(self) -> Saved:
        """What it learned from, and what was learned about the columns."""
        saved = super().save()
        return Saved(saved.tensors, {**saved.config, "columns": self.encoder.facts})

    def load(self, saved: Saved) -> None:
        """Become the learner that was saved."""
        self.encoder = Encoder(saved.config["columns"])
        super().load(saved)


def rows_of(examples: Sequence[Example]) -> tuple[list[Row], list[str]]:
    """The rows of examples and their labels."""
    if not examples:
        raise PippinError("There are no rows to learn from.")
    return [values(example.input) for example in examples], [str(example.answer) for example in examples]


def batches(inputs: Iterable[Input]) -> Iterator[tuple[list[Row], list[str]]]:
    """Rows that can be used, batch by batch, and for each input what is wrong with it ("" for nothing)."""
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
    """The likeliest of `labels` by their probabilities [K]."""
    order = np.argsort(-shares, kind="stable")[: MOST_ALTERNATIVES + 1]
    (best, share), *rest = [(labels[place], float(shares[place])) for place in order]
    return Prediction(best, share, alternatives=tuple(rest), evidence=evidence)

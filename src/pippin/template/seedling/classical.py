"""The baseline: logistic regression on the pixels as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from pippin.core.errors import PippinError, missing_extra
from pippin.core.values import Prediction, SavedState

from .data import pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.data import Dataset
    from pippin.core.inputs import Input
    from pippin.core.run import Run

    from .config import SeedlingConfig


class LogisticRegression:
    """scikit-learn's logistic regression, kept as two arrays: weights [labels, 64] and bias [labels]."""

    def __init__(self, config: SeedlingConfig) -> None:
        self.labels: list[str] = []
        self.weights: NDArray[np.float64] = np.zeros((0, 64))
        self.bias: NDArray[np.float64] = np.zeros(0)

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from the training split."""
        try:
            from sklearn.linear_model import LogisticRegression as Classical
            from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
        except ImportError as problem:
            raise missing_extra("scikit-learn", "train", "The classical method") from problem
        levels = np.stack([pixels(example.input).ravel() for example in data.train])
        with threadpool_limits(1):  # so little work that sharing it takes longer than doing it
            model = Classical(max_iter=1000).fit(levels, [example.answer for example in data.train])
        self.labels, self.weights, self.bias = model.classes_.tolist(), model.coef_, model.intercept_
        if len(self.labels) == 2:  # scikit-learn keeps one row for the second label of two
            self.weights, self.bias = (
                np.vstack([-self.weights, self.weights]) / 2,
                np.append(-self.bias, self.bias) / 2,
            )

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield the likeliest label of each image."""
        for item in inputs:
            try:
                logits = self.weights @ pixels(item).ravel() + self.bias
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
                continue
            shares = np.exp(logits - logits.max())
            yield Prediction(self.labels[int(logits.argmax())], float(shares.max() / shares.sum()))

    def save(self) -> SavedState:
        """Return two arrays and the labels."""
        return SavedState({"weights": self.weights, "bias": self.bias}, {"labels": self.labels})

    def load(self, saved: SavedState) -> None:
        """Restore the baseline that was saved."""
        self.labels = list(saved.config["labels"])
        self.weights, self.bias = saved.tensors["weights"], saved.tensors["bias"]

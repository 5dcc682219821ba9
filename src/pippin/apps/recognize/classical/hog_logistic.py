"""The classical method to recognise images: edges and colours counted by fixed rules, then regression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.classical.descriptors import Described, described
from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.data import Dataset, Example, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn import logistic_regression

Array = NDArray[np.float32]

CANDIDATES = (0.001, 0.01, 0.1)  # the strengths of regularisation to choose from, as LIBLINEAR's C
TAUGHT_WITH = 0.01  # how far a correction moves it: of 0.0003 to 0.1, one of each label rendered taught the others most
MAX_TO_CHOOSE_BY = 3000  # examples in the cross-validation; more would not change the choice
_SOFTENING = 0.05  # added to every standard deviation, so that a colour hardly ever seen does not outweigh all


class HandMade:
    """Multinomial logistic regression on HOG and colour histograms; follows core.learner's Learner.

    It knows no "I don't know yet": every image is given one of the labels.
    """

    def __init__(self, config: RecognizeConfig) -> None:
        self.labels: list[str] = []
        self.mean = self.scale = np.zeros(0, dtype=np.float32)
        self.model = logistic_regression.Softmax(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.float32))

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; a stopped run learns from the images looked at so far."""
        rows, labels = learned_from(spread(data.train + data.val, run.seed), run)
        if not labels:
            message = f"None of the images of {data.name} can be used; check the files."
            raise PippinError(message, input=data.name)
        self.labels = sorted(set(labels))
        classes = np.array([self.labels.index(label) for label in labels])
        self.mean, self.scale = rows.mean(axis=0), rows.std(axis=0) + np.float32(_SOFTENING)
        rows = (rows - self.mean) / self.scale
        few = slice(MAX_TO_CHOOSE_BY)  # a balanced part, since the examples are spread over the labels
        c = CANDIDATES[1]
        if not run.should_stop:
            c = logistic_regression.choose_c(rows[few], classes[few], len(self.labels), CANDIDATES, run.seed)
        self.model = logistic_regression.fit(rows, classes, len(self.labels), c)
        run.log(c=c)

    def update(self, items: Sequence[Correction]) -> None:
        """Learn taught images on top of what was fitted, the weights moved no further than they bear out."""
        rows, labels = [], list[str]()
        for item in items:
            ((row, (problem,)),) = described([item.input])
            if not problem:
                rows.append((row - self.mean) / self.scale if len(self.mean) else row)
                labels.append(str(item.answer))
        fresh = sorted(set(labels) - set(self.labels))
        if not rows:
            return
        found = np.concatenate(rows)
        if not len(self.mean):  # nothing was fitted before
            self.mean, self.scale = found.mean(axis=0), np.ones(found.shape[1], np.float32)
            self.model = logistic_regression.Softmax(np.zeros((found.shape[1], 0), np.float32), np.zeros(0, np.float32))
            found = found - self.mean
        usual = self.model.bias_K.mean() if self.labels else 0.0
        self.labels = [*self.labels, *fresh]
        start = logistic_regression.Softmax(
            np.pad(self.model.weights_DK, ((0, 0), (0, len(fresh)))),
            np.append(self.model.bias_K, np.full(len(fresh), usual, np.float32)),
        )
        classes = np.array([self.labels.index(label) for label in labels])
        self.model = logistic_regression.fit_from_prior(start, found, classes, TAUGHT_WITH)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each image's label, with the other labels as alternatives."""
        for rows, problems in described(inputs):
            shares = iter(self.model.predict((rows - self.mean) / self.scale)) if len(rows) else iter(())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else self._answer(next(shares))

    def _answer(self, shares: Array) -> Prediction:
        return Prediction.from_probabilities(self.labels, shares)

    def save(self) -> SavedState:
        """Return the labels, what standardises the description, and the weights [D, K]."""
        arrays = {"mean": self.mean, "scale": self.scale}
        model = {"weights": self.model.weights_DK, "bias": self.model.bias_K}
        return SavedState({**arrays, **model}, {"labels": self.labels})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        self.labels = list(saved.config["labels"])
        self.mean, self.scale = saved.tensors["mean"], saved.tensors["scale"]
        self.model = logistic_regression.Softmax(saved.tensors["weights"], saved.tensors["bias"])


def learned_from(examples: Sequence[Example], run: Run, described: Described = described) -> tuple[Array, list[str]]:
    """Return descriptions [N, D] and labels of the images that can be used, until the run is to stop."""
    rows, labels = [], []
    done = 0
    for batch, problems in described(example.input for example in examples):
        members = examples[done : done + len(problems)]
        rows.append(batch)
        labels += [member.answer for member, problem in zip(members, problems, strict=True) if not problem]
        done += len(problems)
        run.log(step=done, total=len(examples))
        if run.should_stop and labels:
            break
    return np.concatenate(rows) if labels else np.zeros((0, 0), dtype=np.float32), labels

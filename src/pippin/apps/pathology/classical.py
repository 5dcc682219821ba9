"""The classical way: histograms of gradients, and regression or support vectors on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.images.opening import open_rgb
from pippin.core.data import Dataset, Example, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn import logistic_regression
from pippin.learn.sklearn_search import TunedEstimator
from pippin.learn.vision.hog import histograms_of_gradients

Floats = NDArray[np.float32]

SIDE = 48  # pixels of the square an image is described in
CANDIDATES = (0.001, 0.01, 0.1)
TAUGHT_WITH = 0.01
_SOFTENING = np.float32(0.05)


def describe(item: Input) -> Floats:
    """Return histograms of gradients of an image, and of its grey levels [D]; PippinError where it cannot be used."""
    grey = open_rgb(item).convert("L").resize((SIDE, SIDE), PilImage.Resampling.BICUBIC)
    levels = np.asarray(grey, np.float32) / np.float32(255)
    counts = np.histogram(levels, 16, (0, 1))[0] / levels.size
    return np.concatenate([histograms_of_gradients(levels[None])[0], counts.astype(np.float32)])


def describe_all(examples: Sequence[Example], run: Run) -> tuple[Floats, list[str]]:
    """Return descriptions [N,D] and labels; a stopped run has those of the images looked at so far."""
    rows, labels = list[Floats](), list[str]()
    for number, example in enumerate(examples, start=1):
        rows.append(describe(example.input))
        labels.append(str(example.answer))
        if number % 50 == 0 or number == len(examples):
            run.log(step=number, total=len(examples))
        if run.should_stop:
            break
    if not rows:
        raise PippinError("There is nothing to learn from: the training part of the data is empty.")
    return np.stack(rows), labels


class HogRegression:
    """Logistic regression on histograms of gradients; follows core.learner's protocols."""

    def __init__(self, config: PathologyConfig) -> None:
        self.labels: list[str] = []
        none = np.zeros(0, np.float32)
        self.mean, self.scale = none, none
        self.model = logistic_regression.Softmax(np.zeros((0, 0), np.float32), none)

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`."""
        rows, labels = describe_all(spread(data.train + data.val, run.seed), run)
        self.labels = sorted(set(labels))
        classes = np.array([self.labels.index(label) for label in labels], np.int64)
        self.mean, self.scale = rows.mean(axis=0), rows.std(axis=0) + _SOFTENING
        rows = (rows - self.mean) / self.scale
        c = logistic_regression.choose_c(rows[:3000], classes[:3000], len(self.labels), CANDIDATES, run.seed)
        self.model = logistic_regression.fit(rows, classes, len(self.labels), c)

    def update(self, items: Sequence[Correction]) -> None:
        """Move the weights no further than the corrections bear out."""
        rows = (np.stack([describe(item.input) for item in items]) - self.mean) / self.scale
        fresh = sorted({str(item.answer) for item in items} - set(self.labels))
        start = logistic_regression.Softmax(
            np.pad(self.model.weights_DK, ((0, 0), (0, len(fresh)))),
            np.append(self.model.bias_K, np.full(len(fresh), self.model.bias_K.mean(), np.float32)),
        )
        self.labels += fresh
        classes = np.array([self.labels.index(str(item.answer)) for item in items], np.int64)
        self.model = logistic_regression.fit_from_prior(start, rows, classes, TAUGHT_WITH)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Answer each image with a label and its probability; it never abstains."""
        for item in inputs:
            try:
                row = (describe(item) - self.mean) / self.scale
            except PippinError as problem:
                yield Prediction(None, known=False, error=problem.message)
                continue
            yield Prediction.from_probabilities(self.labels, self.model.predict(row[None])[0])

    def save(self) -> SavedState:
        """Return labels, what standardises descriptions, and weights [D,K]."""
        arrays = {"mean": self.mean, "scale": self.scale}
        model = {"weights": self.model.weights_DK, "bias": self.model.bias_K}
        return SavedState({**arrays, **model}, {"labels": self.labels})

    def load(self, saved: SavedState) -> None:
        """Become the learner that was saved."""
        self.labels = list(saved.config["labels"])
        self.mean, self.scale = saved.tensors["mean"], saved.tensors["scale"]
        self.model = logistic_regression.Softmax(saved.tensors["weights"], saved.tensors["bias"])


class HogSupportVectors(TunedEstimator):
    """Support vector machine with a radial kernel on the same; its confidence is a softmax of distances."""

    candidates = tuple({"C": c, "width": width} for c in (1.0, 3.0, 10.0) for width in (0.5, 1.0))

    def __init__(self, config: PathologyConfig) -> None:
        super().__init__()

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`."""
        self.learn(*describe_all(spread(data.train + data.val, run.seed), run), run)

    def prepared(self, rows: Floats) -> Floats:
        """Return rows standardised."""
        self._mean, self._scale = rows.mean(axis=0), rows.std(axis=0) + _SOFTENING
        return self.same(rows)

    def same(self, rows: Floats) -> Floats:
        """Return rows standardised as those it learned from."""
        return np.asarray((rows - self._mean) / self._scale, np.float32)

    def build(self, settings: Mapping[str, Any], rows: Floats) -> Any:
        """Return scikit-learn's SVC; `width` scales the usual gamma."""
        from sklearn.svm import SVC

        return SVC(C=settings["C"], gamma=settings["width"] / (rows.shape[1] * rows.var()))

    def shares(self, rows: Floats) -> NDArray[Any]:
        """Return a softmax of the decision values."""
        values = np.asarray(self._model.decision_function(rows))
        values = np.stack([-values, values], axis=1) if values.ndim == 1 else values
        shares = np.exp(values - values.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Answer each image; it never abstains."""
        for item in inputs:
            try:
                (answer,) = self.answers(describe(item)[None])
            except PippinError as problem:
                answer = Prediction(None, known=False, error=problem.message)
            yield answer

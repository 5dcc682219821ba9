"""The expert by hand: you write the function that measures an image, Pippin learns which numbers mean what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pippin.apps.recognize.classical.hog_logistic import learned_from
from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState
from pippin.learn import logistic_regression
from pippin.learn.user_code import load_function
from pippin.learn.vision.image_decoding import open_image

Array = NDArray[np.float32]
Measure = Callable[[Image.Image], Any]

CANDIDATES = (0.01, 0.1, 1.0, 10.0)  # strengths of regularisation, as LIBLINEAR's C
MAX_PRODUCTS = 30  # numbers beyond which their products are left out
_BATCH = 64


class Expert:
    """Multinomial logistic regression on the numbers of `features(image)` and on their products; a Learner.

    The function stands in the Python file named by the setting `features`; it is given a PIL image (RGB) and returns
    a few numbers, as a list or as a mapping from names.
    """

    def __init__(self, config: RecognizeConfig) -> None:
        self.file = config.features
        self.labels: list[str] = []
        self.mean = self.scale = np.zeros(0, np.float32)
        self.model = logistic_regression.Softmax(np.zeros((0, 0), np.float32), np.zeros(0, np.float32))

    def fit(self, data: Dataset, run: Run) -> None:
        """Measure the images of `data.train` and `data.val` and learn from the numbers."""
        measured = partial(_measured, function(self.file), self.file)
        rows, labels = learned_from(spread(data.train + data.val, run.seed), run, measured)
        if not labels:
            raise PippinError(f"None of the images of {data.name} can be used; check the files.", input=data.name)
        self.labels = sorted(set(labels))
        classes = np.array([self.labels.index(label) for label in labels])
        rows = _with_products(rows)
        self.mean, self.scale = rows.mean(axis=0), rows.std(axis=0) + np.float32(1e-6)
        rows = (rows - self.mean) / self.scale
        c = logistic_regression.choose_c(rows, classes, len(self.labels), CANDIDATES, run.seed)
        self.model = logistic_regression.fit(rows, classes, len(self.labels), c)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each image's label, with the other labels as alternatives."""
        for rows, problems in _measured(function(self.file), self.file, inputs):
            prepared = (_with_products(rows) - self.mean) / self.scale if len(rows) else rows
            shares = iter(self.model.predict(prepared)) if len(rows) else iter(())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else self._answer(next(shares))

    def _answer(self, shares: Array) -> Prediction:
        return Prediction.from_probabilities(self.labels, shares)

    def save(self) -> SavedState:
        """Return mean and scale of the numbers, the weights, the labels and the file's name."""
        arrays = {"mean": self.mean, "scale": self.scale, "weights": self.model.weights_DK, "bias": self.model.bias_K}
        return SavedState(arrays, {"labels": self.labels, "features": self.file})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved; the file must still be there to measure with."""
        self.labels, self.file = list(saved.config["labels"]), saved.config["features"]
        self.mean, self.scale = saved.tensors["mean"], saved.tensors["scale"]
        self.model = logistic_regression.Softmax(saved.tensors["weights"], saved.tensors["bias"])


def function(file: str) -> Measure:
    """Return the function `features` of a Python file; PippinError if there is none."""
    return load_function(file, "features", "a function features(image) that returns numbers")


def _measured(measure: Measure, file: str, inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
    """Yield numbers [N,D] of the usable images, batch by batch, and for each input its problem or None."""
    rows, problems, width = list[Array](), list[str | None](), 0
    for item in inputs:
        try:
            image = open_image(item)
            problems.append(None)
        except PippinError as problem:
            problems.append(problem.message)
        else:
            rows.append(_numbers(measure, image, file, item.name))
            width = width or len(rows[0])
            if len(rows[-1]) != width:
                told = f"{len(rows[-1])} numbers for {item.name} and {width} for the others"
                raise PippinError(f"{file} gives {told}; it must always give as many.", input=file)
        if len(problems) == _BATCH:
            yield _stacked(rows), problems
            rows, problems = [], []
    if problems:
        yield _stacked(rows), problems


def _stacked(rows: list[Array]) -> Array:
    return np.stack(rows) if rows else np.zeros((0, 0), np.float32)


def _numbers(measure: Measure, image: Image.Image, file: str, name: str) -> Array:
    try:
        given = measure(image)
    except Exception as problem:
        told = f"{type(problem).__name__}: {problem}"
        raise PippinError(
            f"The features of {file} fail on {name} ({told}); mend the function.", input=name
        ) from problem
    try:
        values = list(given.values()) if isinstance(given, Mapping) else list(given)
        row = np.array([float(value) for value in values], np.float32)
    except (TypeError, ValueError) as problem:
        raise PippinError(f"The features of {file} must be numbers; for {name} they are not.", input=name) from problem
    if not len(row) or not np.isfinite(row).all():
        what = "none" if not len(row) else "not all finite"
        raise PippinError(f"The features of {file} must be finite numbers; for {name} they are {what}.", input=name)
    return row


def _with_products(rows: Array) -> Array:
    """Return the numbers and the products of any two, so that "red and round" can count more than either."""
    if rows.shape[1] > MAX_PRODUCTS:
        return rows
    pairs = combinations_with_replacement(range(rows.shape[1]), 2)
    return np.concatenate([rows, np.stack([rows[:, i] * rows[:, j] for i, j in pairs], axis=1)], axis=1)

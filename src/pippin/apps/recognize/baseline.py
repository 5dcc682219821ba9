"""The classical way to recognise pictures: edges and colours counted by fixed rules, then regression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pippin.core.data import Dataset, Example, spread
from pippin.core.errors import PippinError
from pippin.core.kinds import Input
from pippin.core.learner import Prediction, Saved
from pippin.core.run import Run
from pippin.learn import softmax
from pippin.learn.hog import histograms_of_gradients
from pippin.learn.pictures import open_picture

Array = NDArray[np.float32]

SIDE = 64  # pixels to which every picture is squeezed
GRIDS = {1: (8, 4, 4), 2: (8, 3, 3), 4: (8, 2, 2)}  # fields a side: levels of hue, saturation, value
CANDIDATES = (0.001, 0.01, 0.1)  # the strengths of regularisation to choose from, as LIBLINEAR's C
MOST_TO_CHOOSE_BY = 3000  # examples in the cross-validation; more would not change the choice
MOST_ALTERNATIVES = 50
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # luma of ITU-R BT.601
_SOFTENING = 0.05  # added to every standard deviation, so that a colour hardly ever seen does not outweigh all
_BATCH = 256


class HandMade:
    """Multinomial logistic regression on HOG and colour histograms; follows core.learner's Learner.

    It knows no "I don't know yet": every picture is given one of the labels.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.labels: list[str] = []
        self.mean = self.scale = np.zeros(0, dtype=np.float32)
        self.model = softmax.Softmax(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.float32))

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; a stopped run learns from the pictures looked at so far."""
        rows, labels = _described(spread(data.train + data.val, run.seed), run)
        if not labels:
            message = f"None of the pictures of {data.name} can be used; check the files."
            raise PippinError(message, input=data.name)
        self.labels = sorted(set(labels))
        classes = np.array([self.labels.index(label) for label in labels])
        self.mean, self.scale = rows.mean(axis=0), rows.std(axis=0) + np.float32(_SOFTENING)
        rows = (rows - self.mean) / self.scale
        few = slice(MOST_TO_CHOOSE_BY)  # a balanced part, since the examples are spread over the labels
        c = CANDIDATES[1]
        if not run.stop:
            c = softmax.choose_c(rows[few], classes[few], len(self.labels), CANDIDATES, run.seed)
        self.model = softmax.fit(rows, classes, len(self.labels), c)
        run.log(c=c)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name each picture, with the other labels as alternatives."""
        for rows, problems in _batches(inputs):
            shares = iter(self.model.predict((rows - self.mean) / self.scale)) if len(rows) else iter(())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else self._answer(next(shares))

    def _answer(self, shares: Array) -> Prediction:
        order = np.argsort(-shares, kind="stable")[: MOST_ALTERNATIVES + 1]
        (best, share), *rest = [(self.labels[place], float(shares[place])) for place in order]
        return Prediction(best, share, alternatives=tuple(rest))

    def save(self) -> Saved:
        """The labels, what standardises the description, and the weights [D, K]."""
        arrays = {"mean": self.mean, "scale": self.scale}
        model = {"weights": self.model.weights_DK, "bias": self.model.bias_K}
        return Saved({**arrays, **model}, {"labels": self.labels})

    def load(self, saved: Saved) -> None:
        """Become the learner that was saved."""
        self.labels = list(saved.config["labels"])
        self.mean, self.scale = saved.tensors["mean"], saved.tensors["scale"]
        self.model = softmax.Softmax(saved.tensors["weights"], saved.tensors["bias"])


def describe(pictures: Sequence[Image.Image]) -> Array:
    """Rows [N, 2692]: HOG of the grey picture at 64 x 64, and colour histograms of the whole and its fields.

    Histograms are under the square root (Hellinger kernel; Arandjelovic and Zisserman 2012).
    """
    small = [picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR) for picture in pictures]
    rgb: Array = np.stack([np.asarray(picture) for picture in small]).astype(np.float32) / np.float32(255)
    hsv = np.stack([np.asarray(picture.convert("HSV")) for picture in small])
    colours = [_colour_histograms(hsv, fields, levels) for fields, levels in GRIDS.items()]
    return np.concatenate([histograms_of_gradients(rgb @ _GREY), *map(np.sqrt, colours)], axis=1)


def _colour_histograms(hsv_NHWC: NDArray[np.uint8], fields: int, levels: tuple[int, int, int]) -> Array:
    """Shares of the colours in each of fields x fields parts: [N, fields * fields * product of levels]."""
    count, height, width, _ = hsv_NHWC.shape
    hue, saturation, value = ((hsv_NHWC[..., i].astype(np.int64) * levels[i]) >> 8 for i in range(3))
    colour = (hue * levels[1] + saturation) * levels[2] + value
    picture, row, column = np.ogrid[:count, :height, :width]
    field = (picture * fields + row * fields // height) * fields + column * fields // width
    bins = int(np.prod(levels))
    counts = np.bincount((field * bins + colour).ravel(), minlength=count * fields**2 * bins)
    return (counts * (fields**2 / (height * width))).astype(np.float32).reshape(count, fields**2 * bins)


def _described(examples: Sequence[Example], run: Run) -> tuple[Array, list[str]]:
    """Descriptions [N, D] and labels of the pictures that can be used, until the run is to stop."""
    rows, labels = [], []
    done = 0
    for batch, problems in _batches(example.input for example in examples):
        members = examples[done : done + len(problems)]
        rows.append(batch)
        labels += [member.answer for member, problem in zip(members, problems, strict=True) if not problem]
        done += len(problems)
        run.log(step=done, total=len(examples))
        if run.stop and labels:
            break
    return np.concatenate(rows) if labels else np.zeros((0, 0), dtype=np.float32), labels


def _batches(inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
    """Descriptions of the usable pictures among up to 256 inputs, and for each input its problem or None."""
    remaining = iter(inputs)
    while batch := list(islice(remaining, _BATCH)):
        pictures, problems = [], list[str | None]()
        for item in batch:
            try:
                pictures.append(open_picture(item, about=(SIDE, SIDE)))
                problems.append(None)
            except PippinError as problem:
                problems.append(problem.message)
        yield describe(pictures) if pictures else np.zeros((0, 0), dtype=np.float32), problems

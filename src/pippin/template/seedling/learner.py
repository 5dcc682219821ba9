"""What learns and answers: trained by PyTorch, answering by ONNX Runtime, corrected example by example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn.nn.onnx_session import session

from .data import SIDE, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.data import Dataset
    from pippin.core.inputs import Input
    from pippin.core.report.report import Report
    from pippin.core.run import Run

MEASURED = 500  # training pictures from which `reach` is measured


class Learner:
    """A small network, and what it was taught since.

    A picture much like a taught one gets the taught answer, one unlike all of them the network's own. It is
    measured in the network's features, by `reach`: the median distance of a picture to its nearest.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.labels: list[str] = []
        self.weights: Mapping[str, NDArray[Any]] = {}
        self.onnx = b""
        self.reach = 1.0
        self.taught: NDArray[np.float32] = np.zeros((0, 1, SIDE, SIDE), np.float32)
        self.taught_labels: list[str] = []

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from the training part; from the present weights if its labels are those known."""
        try:
            from pippin.learn.nn.held_out_loss import held_out_examples

            from .network import learned
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        labels = sorted({example.answer for example in data.train})
        images = np.stack([pixels(example.input) for example in data.train])
        targets = np.array([labels.index(example.answer) for example in data.train])
        start = self.weights if labels == self.labels else {}
        apart = [e for e in held_out_examples(data, learns_val=False) if e.answer in labels]
        held_out = (
            np.array([pixels(e.input) for e in apart], np.float32).reshape(-1, 1, SIDE, SIDE),
            np.array([labels.index(e.answer) for e in apart], np.int64),
        )
        self.weights, self.onnx = learned(images, targets, len(labels), self.config, run, start, held_out)
        self.labels = labels
        self._open()
        self.reach = _median_nearest(self.look(images[:MEASURED])[0])

    def look(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features [count, n] and the network's own probabilities [count, labels] of [count, 1, 8, 8]."""
        features, probabilities = self._session.run(["features", "probabilities"], {"pictures": images})
        return features, probabilities

    def probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities [count, labels], in the order of `all_labels`, what was taught included."""
        features, own = self.look(images)
        own = np.pad(own, ((0, 0), (0, len(self.all_labels) - own.shape[1])))
        if not len(self.taught):
            return own
        squares = ((features[:, None] - self._taught_features[None]) ** 2).sum(2)
        share = np.exp(-squares.min(1, keepdims=True) / self.reach**2)
        mixed: NDArray[np.float32] = (1 - share) * own + share * self._taught_answers[squares.argmin(1)]
        return mixed

    @property
    def all_labels(self) -> list[str]:
        """The network's labels, then those only teaching brought."""
        return [*self.labels, *sorted(set(self.taught_labels) - set(self.labels))]

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """The likeliest label of each picture, and the next likeliest."""
        for item in inputs:
            try:
                shares = self.probabilities(pixels(item)[None])[0]
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
                continue
            ranked = [(self.all_labels[number], float(shares[number])) for number in np.argsort(-shares, kind="stable")]
            yield Prediction(*ranked[0], alternatives=tuple(ranked[1:4]))

    def update(self, items: Sequence[Correction]) -> None:
        """Take in corrections; a picture taught before gets its new answer."""
        for item in items:
            image = pixels(item.input)
            others = [number for number, known in enumerate(self.taught) if not np.array_equal(known, image)]
            self.taught = np.concatenate([self.taught[others], image[None]])
            self.taught_labels = [*(self.taught_labels[number] for number in others), str(item.answer)]
        self._remember()

    def save(self) -> SavedState:
        """Weights (to train on from), the same network as ONNX (to answer with), and what was taught."""
        tensors = {f"network.{name}": array for name, array in self.weights.items()}
        facts = {"labels": self.labels, "reach": self.reach, "taught": self.taught_labels}
        return SavedState({**tensors, "taught": self.taught}, facts, {"model.onnx": self.onnx})

    def load(self, saved: SavedState) -> None:
        """Become the learner that was saved."""
        self.weights = {
            name.removeprefix("network."): array for name, array in saved.tensors.items() if name != "taught"
        }
        self.taught, self.taught_labels = saved.tensors["taught"], list(saved.config["taught"])
        self.labels, self.reach = list(saved.config["labels"]), float(saved.config["reach"])
        self.onnx = saved.files["model.onnx"]
        self._open()

    def explain(self, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
        """The strokes the first layer looks for, or where the answer to `input` comes from."""
        from .explain import strokes, where

        return strokes(self) if input is None else where(self, input)

    def export(self, folder: Path) -> list[Path]:
        """Write model.onnx, corrections included, and labels.json: the labels in the order of its outputs."""
        content = self.onnx
        if len(self.taught):
            try:
                from .network import with_taught
            except ImportError as problem:
                raise missing_extra("torch", "train", "Exporting a model that was taught") from problem
            content = with_taught(
                self.config["width"], self.weights, self._taught_features, self._taught_answers, self.reach
            )
        write_bytes(folder / "model.onnx", content)
        write_json(folder / "labels.json", self.all_labels)
        return [folder / "model.onnx", folder / "labels.json"]

    def _open(self) -> None:
        self._session = session(self.onnx)
        self._remember()

    def _remember(self) -> None:
        """Keep the features [taught, n] of the pictures taught, and their answers as [taught, labels]."""
        self._taught_features = self.look(self.taught)[0]
        places = [self.all_labels.index(label) for label in self.taught_labels]
        self._taught_answers = np.eye(len(self.all_labels), dtype=np.float32)[places]


def exported(folder: Path) -> Callable[[Sequence[Input]], list[str]]:
    """What another program does with the exported files: pictures -> labels."""
    labels = read_json(folder / "labels.json")
    model = session(folder / "model.onnx")

    def answers(inputs: Sequence[Input]) -> list[str]:
        images = np.stack([pixels(item) for item in inputs])
        (probabilities,) = model.run(["probabilities"], {"pictures": images})
        return [labels[number] for number in probabilities.argmax(1)]

    return answers


def _median_nearest(features: NDArray[np.float32]) -> float:
    """The median distance from one row to its nearest other; 1 where there is but one."""
    if len(features) < 2:
        return 1.0
    squares = (features**2).sum(1)
    distances = squares[:, None] + squares[None] - 2 * features @ features.T
    np.fill_diagonal(distances, np.inf)
    return float(np.sqrt(np.median(distances.min(1)).clip(1e-6)))

"""The learner: trained by PyTorch, predicting by ONNX Runtime, corrected example by example."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.core.errors import PippinError, missing_extra
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn.exemplar_memory import ExemplarMemory
from pippin.learn.nn.onnx_session import session

from .data import SIDE, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.data import Dataset
    from pippin.core.inputs import Input
    from pippin.core.run import Run

    from .config import SeedlingConfig


class SeedlingLearner:
    """A small network, and a memory of corrections: an image much like a taught one gets the taught label."""

    def __init__(self, config: SeedlingConfig) -> None:
        self.config = config
        self.labels: list[str] = []
        self.weights: Mapping[str, NDArray[Any]] = {}
        self.onnx = b""
        self.memory = ExemplarMemory()

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from the training split; from the present weights if its labels are the same."""
        try:
            from pippin.learn.nn.held_out_loss import held_out_examples

            from .network import train_network
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
        self.weights, self.onnx = train_network(images, targets, len(labels), self.config, run, start, held_out)
        self.labels, self._session = labels, session(self.onnx)

    def probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return probabilities [count, labels] of images [count, 1, 8, 8], corrections included."""
        features, logits = self._session.run(["features", "logits"], {"images": images})
        powers = np.exp(logits - logits.max(1, keepdims=True))
        own = powers / powers.sum(1, keepdims=True)
        return np.stack(
            [self.memory.mixed(row, point, self.labels)[0] for row, point in zip(own, features, strict=True)]
        )

    @property
    def all_labels(self) -> list[str]:
        """The network's labels, then those that only corrections brought."""
        return self.memory.labels(self.labels)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield the likeliest label of each image, and the next likeliest."""
        for item in inputs:
            try:
                row = self.probabilities(pixels(item)[None])[0]
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
                continue
            yield Prediction.from_probabilities(self.all_labels, row)

    def update(self, items: Sequence[Correction]) -> None:
        """Learn from corrections; the last one for an image counts."""
        for item in items:
            (features,) = self._session.run(["features"], {"images": pixels(item.input)[None]})
            self.memory.add(item.input, str(item.answer), features[0])

    def save(self) -> SavedState:
        """Return weights (to train on from), the same network as ONNX (to predict with), and corrections."""
        points, taught = self.memory.save()
        tensors = {f"network.{name}": array for name, array in self.weights.items()}
        return SavedState(
            {**tensors, "taught": points}, {"labels": self.labels, "taught": taught}, {"model.onnx": self.onnx}
        )

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        prefix = "network."
        self.weights = {
            name.removeprefix(prefix): array for name, array in saved.tensors.items() if name.startswith(prefix)
        }
        self.labels, self.onnx = list(saved.config["labels"]), saved.files["model.onnx"]
        self.memory = ExemplarMemory.load(saved.tensors["taught"], saved.config["taught"])
        self._session = session(self.onnx)

"""The learner that has seen nothing before: its features grow out of your images alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.scratch.pixels import resize_square
from pippin.core.data import Dataset
from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn.exemplar_memory import ExemplarMemory
from pippin.learn.nn.onnx_session import session

if TYPE_CHECKING:
    from pippin.apps.recognize.scratch.networks import StagedResNet

Array = NDArray[np.float32]

SEEN_NOTHING = "The network began with random weights: all it sees, it learned from these images alone."
_BATCH = 64


class Activations(NamedTuple):
    """What the network makes of one image: logits [L], features [C], maps of the last stage [C,h,w]."""

    logits: Array
    features: Array
    maps: Array


class FromScratch:
    """A convolutional network from random weights; follows core.learner's protocols.

    It answers through ONNX Runtime, so that only training needs torch, and always takes the image for one of its
    labels. What is taught counts for that image and for those much like it, by the network's own features.
    """

    def __init__(self, config: RecognizeConfig) -> None:
        self.recipe: str = config.recipe
        self.side: int = config.image_size
        self.width: int = config.width
        self.mirror: bool = config.hflip
        self.architecture: str = config.architecture
        self.learned: dict[str, int] = {}  # label: number of images
        self.weights: dict[str, NDArray[Any]] = {}
        self.filters: NDArray[np.float16] = np.zeros((0, 0, 3, 0, 0), np.float16)
        self.filters_steps: list[int] = []
        self.onnx = b""
        self.recall = ExemplarMemory()

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; from the present weights where the labels are the same."""
        try:
            from pippin.apps.recognize.scratch import training
        except ImportError as problem:
            raise missing_extra("torch", "train", "Learning to see from nothing") from problem
        shape = training.NetworkShape(self.recipe, self.side, self.width, self.mirror, self.architecture)
        found = training.fit(shape, data, run, self.weights, self.labels)
        self.side, self.learned, self.weights, self.onnx = found.side, found.learned, found.weights, found.onnx
        self.filters, self.filters_steps = found.filters, found.filters_steps
        self._opened = None

    @property
    def labels(self) -> list[str]:
        """The network's labels, in the order of its logits."""
        return list(self.learned)

    @property
    def counts(self) -> Counter[str]:
        """How many examples of each label it was shown, those taught since included."""
        return Counter(self.learned) + self.recall.counts

    @property
    def all_labels(self) -> list[str]:
        """The network's labels, then those only teaching brought."""
        return self.recall.labels(self.labels)

    def pixels(self, item: Input) -> Array:
        """Return the image as the network takes it: see `resize_square`."""
        return resize_square(item, self.side)

    def look(self, inputs: Iterable[Input]) -> Iterator[Activations | PippinError]:
        """Yield the network's outputs for each image, in order; an image that cannot be used gives its error."""
        waiting = iter(inputs)
        while batch := list(islice(waiting, _BATCH)):
            usable = [self._pixels_or_error(item) for item in batch]
            images = [one for one in usable if not isinstance(one, PippinError)]
            seen = iter(self._run(np.stack(images))) if images else iter(())
            for one in usable:
                yield one if isinstance(one, PippinError) else next(seen)

    def _pixels_or_error(self, item: Input) -> Array | PippinError:
        try:
            return self.pixels(item)
        except PippinError as problem:
            return problem

    def _run(self, images: Array) -> Iterator[Activations]:
        if not self.onnx:
            raise PippinError("Nothing was learned yet; train first.")
        if self._opened is None:
            self._opened = session(self.onnx)
        return map(Activations, *self._opened.run(["logits", "features", "maps"], {"pixels": images}))

    _opened: Any = None

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each image's label, with the other labels as alternatives."""
        for what in self.look(inputs):
            if isinstance(what, PippinError):
                yield Prediction(None, known=False, error=what.message)
            else:
                yield self.answer(what)

    def answer(self, what: Activations) -> Prediction:
        """Return the prediction for an image the network has looked at."""
        shares, evidence = self.probabilities(what)
        return Prediction.from_probabilities(self.all_labels, shares, evidence=evidence)

    def probabilities(self, what: Activations) -> tuple[Array, tuple[str, ...]]:
        """Return probabilities in the order of `all_labels`, and the taught image that counted, if any."""
        own = np.exp(what.logits - what.logits.max())
        return self.recall.mixed(own / own.sum(), what.features, self.labels)

    def update(self, items: Sequence[Correction]) -> None:
        """Learn from corrections; the last one for an image counts."""
        for item, what in zip(items, self.look(item.input for item in items), strict=True):
            if isinstance(what, PippinError):
                raise what
            self.recall.add(item.input, str(item.answer), what.features)

    @property
    def head_weights(self) -> Array:
        """Weights of the last layer [L,C]."""
        return self.weights["head.weight"]

    def network(self) -> StagedResNet:
        """Return the network for PyTorch, in evaluation mode."""
        from pippin.apps.recognize.scratch.training import NetworkShape, restore_network

        if "head.weight" not in self.weights:
            raise PippinError("What is explained here are Pippin's own networks; this one is of a user's own.")

        shape = NetworkShape(self.recipe, self.side, self.width, self.mirror)
        return restore_network(shape, self.weights, len(self.labels))

    def save(self) -> SavedState:
        """Return the weights, the network as ONNX, how its first filters came to be, and what was taught."""
        points, taught = self.recall.save()
        tensors = {f"network.{name}": array for name, array in self.weights.items()}
        tensors |= {"filters": self.filters, "taught": points}
        facts = {
            "learned": self.learned,
            "recipe": self.recipe,
            "side": self.side,
            "width": self.width,
            "mirror": self.mirror,
            "filters_steps": self.filters_steps,
            "taught": taught,
        }
        return SavedState(tensors, facts, {"network.onnx": self.onnx}, (SEEN_NOTHING,))

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        facts, self.onnx = saved.config, saved.files["network.onnx"]
        self.learned = dict(facts["learned"])
        self.recipe = RecognizeConfig.OLD_VALUES["recipe"].get(facts["recipe"], facts["recipe"])
        self.side, self.mirror = facts["side"], facts["mirror"]
        self.width = facts["width"]
        self.filters, self.filters_steps = saved.tensors["filters"], list(facts["filters_steps"])
        self.recall = ExemplarMemory.load(saved.tensors["taught"], facts["taught"])
        self.weights = {
            name.removeprefix("network."): array for name, array in saved.tensors.items() if name.startswith("network.")
        }
        self._opened = None

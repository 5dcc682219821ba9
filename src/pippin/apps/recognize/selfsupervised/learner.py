"""The learner without labels: a network that grows out of images alone, and a head for what you name later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, tee
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.pretrained.exemplars import Examples, Exemplar
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.scratch.pixels import resize_square
from pippin.apps.recognize.selfsupervised.points import SAMPLE, PointSpace
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn.nn.onnx_session import session

if TYPE_CHECKING:
    from pippin.apps.recognize.scratch.networks import StagedResNet
    from pippin.apps.recognize.selfsupervised.training import EncoderShape

Floats = NDArray[np.float32]

WITHOUT_LABELS = (
    "Its network began with random weights and learned from {count} images without a single label, by comparing two "
    "varied views of each image (objective: {objective}). `pippin recognize discover` shows the groups it sees."
)
NAMED = "Names were given afterwards, to the points this network makes of images."
NO_NAMES = "nothing has a name yet; teach an image, or name a group that discover shows"
_BATCH = 64


class SelfSupervised:
    """A network learned from images alone and a ridge head on its points; follows core.learner's protocols.

    It answers through ONNX Runtime, so that only training needs torch. Until something is named it knows nothing. An
    image is unknown where no named one is more like it than 19 in 20 pairs of the images it learned from are alike.
    """

    def __init__(self, config: RecognizeConfig) -> None:
        self.side: int = config.image_size
        self.width: int = config.width
        self.mirror: bool = config.hflip
        self.objective: str = config.objective
        self.learned = 0  # images
        self.weights: dict[str, NDArray[Any]] = {}
        self.filters: NDArray[np.float16] = np.zeros((0, 0, 3, 0, 0), np.float16)
        self.filters_steps: list[int] = []
        self.space: PointSpace | None = None
        self.onnx = b""
        self.examples = Examples()
        self.head: Head | None = None
        self.fresh: set[str] = set()  # keys named since it was loaded

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn to see from the images of `data`; then from its labels what they are called, where it has any."""
        try:
            from pippin.apps.recognize.selfsupervised import fitting
        except ImportError as problem:
            raise missing_extra("torch", "train", "Learning without labels") from problem
        if self.weights:
            message = "A network that learned without labels is not trained further"
            raise PippinError(f"{message}; leave out --from, or leave out the data to fold in what it was taught.")
        fitting.fit(self, data, run)

    @property
    def shape(self) -> EncoderShape:
        """The shape of the network."""
        from pippin.apps.recognize.selfsupervised.training import EncoderShape

        return EncoderShape(self.side, self.width, self.mirror, self.objective)

    @property
    def labels(self) -> list[str]:
        """The label of each named image."""
        return self.examples.labels

    @property
    def counts(self) -> Counter[str]:
        """How many images of each label were named."""
        return Counter(self.labels)

    def pixels(self, item: Input) -> Floats:
        """Return the image as the network takes it: see `resize_square`."""
        return resize_square(item, self.side)

    def look(self, inputs: Iterable[Input]) -> Iterator[Floats | PippinError]:
        """Yield the point [K] of each image, in order; an image that cannot be used gives its error."""
        waiting = iter(inputs)
        while batch := list(islice(waiting, _BATCH)):
            usable = [self._pixels_or_error(item) for item in batch]
            images = [one for one in usable if not isinstance(one, PippinError)]
            points = iter(self.points(np.stack(images)) if images else ())
            yield from (one if isinstance(one, PippinError) else next(points) for one in usable)

    def _pixels_or_error(self, item: Input) -> Floats | PippinError:
        try:
            return self.pixels(item)
        except PippinError as problem:
            return problem

    def points(self, images: Floats) -> Floats:
        """Return points [N,K] of images [N,3,side,side]."""
        return self._run("points", images)

    def features(self, images: Floats) -> Floats:
        """Return features [N,D] of images [N,3,side,side]."""
        return self._run("features", images)

    def _run(self, output: str, images: Floats) -> Floats:
        if not self.onnx:
            raise PippinError("Nothing was learned yet; train first.")
        if self._opened is None:
            self._opened = session(self.onnx)
        pieces = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
        return np.concatenate([self._opened.run([output], {"pixels": piece})[0] for piece in pieces])

    _opened: Any = None

    def reopen(self, onnx: bytes) -> None:
        """Answer through this graph from now on."""
        self.onnx, self._opened = onnx, None

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each image's label, with the nearest named image as evidence, or that it is like none of them."""
        first, second = tee(inputs)
        for item, what in zip(first, self.look(second), strict=True):
            if isinstance(what, PippinError):
                yield Prediction(None, known=False, error=what.message)
            else:
                yield self.answer(item, what)

    def answer(self, item: Input, point: Floats) -> Prediction:
        """Return the prediction for an image at a point [K]."""
        if self.head is None:
            return Prediction(None, known=False, evidence=(NO_NAMES,))
        label = self.examples.label_of(item.digest())
        if label is not None:
            return Prediction(label, 1.0, evidence=("this very image is among those I was taught",))
        (likeness,) = point[None] @ self.examples.points.T
        nearest = int(likeness.argmax())
        known = bool(likeness[nearest] >= self.alike)
        name, called = self.examples.names[nearest], self.labels[nearest]
        said = (
            f"most like {name} ({called}, likeness {likeness[nearest]:.2f})" if known else "like no image I was taught"
        )
        shares = self.head.predict_points(point[None])[0]
        return Prediction.from_probabilities(self.head.labels, shares, known=known, evidence=(said,))

    @property
    def alike(self) -> float:
        """The likeness from which an image is known: see PointSpace."""
        assert self.space is not None
        return self.space.alike

    def update(self, items: Sequence[Correction]) -> None:
        """Learn what images are called, at once; one named before takes its new label."""
        points = []
        for what in self.look(item.input for item in items):
            if isinstance(what, PippinError):
                raise what
            points.append(what)
        self.name(
            [
                Exemplar(str(item.answer), point, item.input.short_name, item.input.digest())
                for item, point in zip(items, points, strict=True)
            ]
        )
        self.fresh.update(item.input.digest() for item in items)

    def name(self, exemplars: Sequence[Exemplar]) -> None:
        """Add named images; the last one for a key counts."""
        if exemplars:
            self.head = self.examples.add(exemplars, self.head)

    def name_examples(self, examples: Sequence[Example], points: Floats) -> None:
        """Learn the answers of examples that have one."""
        pairs = [(one, point) for one, point in zip(examples, points, strict=True) if one.answer is not None]
        self.name([Exemplar(str(one.answer), point, one.input.short_name, one.key) for one, point in pairs])

    def network(self) -> StagedResNet:
        """Return the network for PyTorch, in evaluation mode."""
        from pippin.apps.recognize.selfsupervised.training import restore_encoder

        return restore_encoder(self.shape, self.weights)

    def find_space(self, images: Floats) -> PointSpace:
        """Return the space of points that images [N,3,side,side] make."""
        return PointSpace.fit(self.features(images[:SAMPLE]))

    def save(self) -> SavedState:
        """Return the network with its ONNX graph, how its first filters came to be, and what was named."""
        assert self.space is not None
        tensors = {f"network.{name}": array for name, array in self.weights.items()}
        tensors |= {f"space.{name}": array for name, array in self.space.tensors().items()}
        head = self.head.tensors() if self.head else {}
        tensors |= {"filters": self.filters, "points": self.examples.points.astype(np.float16)}
        tensors |= {f"head.{name}": array for name, array in head.items()}
        facts = {
            "learned": self.learned,
            "side": self.side,
            "width": self.width,
            "mirror": self.mirror,
            "objective": self.objective,
            "filters_steps": self.filters_steps,
            "labels": self.examples.labels,
            "names": self.examples.names,
            "keys": self.examples.keys,
        }
        about = WITHOUT_LABELS.format(count=f"{self.learned:,}", objective=self.objective)
        return SavedState(tensors, facts, {"encoder.onnx": self.onnx}, (about, *((NAMED,) if self.head else ())))

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        facts, tensors = saved.config, saved.tensors
        self.learned, self.side, self.width = facts["learned"], facts["side"], facts["width"]
        self.mirror, self.objective = facts["mirror"], facts["objective"]
        self.filters, self.filters_steps = tensors["filters"], list(facts["filters_steps"])
        self.space = PointSpace(tensors["space.mean"], tensors["space.axes"], float(tensors["space.alike"]))
        self.weights = {name[8:]: array for name, array in tensors.items() if name.startswith("network.")}
        self.examples.hold(tensors["points"].astype(np.float32), facts["labels"], facts["names"], facts["keys"])
        head = {name[5:]: array for name, array in tensors.items() if name.startswith("head.")}
        self.head = Head.from_tensors(head) if head else None
        self.fresh = set()
        self.reopen(saved.files["encoder.onnx"])

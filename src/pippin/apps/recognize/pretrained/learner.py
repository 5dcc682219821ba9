"""The few-example learner: a network that has seen the world before, and a small head taught by you."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import tee
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize import BACKBONE
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.pretrained.embedding import PLAIN, RECIPE, check, embed
from pippin.apps.recognize.pretrained.exemplars import Examples, Exemplar
from pippin.apps.recognize.pretrained.feature_cache import Features, see
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.pretrained.tuned_blocks import LastBlocks
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState

MAX_ALTERNATIVES = 50
SEEN_BEFORE = (
    "The network that sees (EfficientNet-Lite0, Apache-2.0) was trained by others on ImageNet ILSVRC-2012, "
    "1.28 million labelled web photographs: this child has seen the world before."
)
HEAD_ALONE = "Only the head on top was taught here."
FROM_SCRATCH_ALONE = {"recipe": "resnet", "image_size": 0, "width": 16, "hflip": True}  # settings and their defaults
TUNED = "The head on top was taught here, and the last blocks below it were tuned."
ENOUGH = 1000  # images, before the last blocks are tuned too;
ENOUGH_APART = 50  # of them to choose by


class FewShotLearner:
    """Learns labels from the features of a few images each; follows core.learner's protocols.

    Kept are the point of every taught image (`points`, [N,D], saved as float16), its label and its name; the head
    is fitted again after each correction. With enough images the last blocks are tuned as well (`blocks`); where
    that names more of the validation split right, they tell its labels apart. The head still says what is known, and
    judges labels taught since.
    """

    def __init__(self, config: RecognizeConfig) -> None:
        self.fine_tune: bool = config.fine_tune
        self.unused = [
            f"--{name.replace('_', '-')}"
            for name, usual in FROM_SCRATCH_ALONE.items()
            if getattr(config, name) != usual
        ]
        self.recipe = RECIPE  # how images become points
        self.blocks: LastBlocks | None = None
        self.since: set[str] = set()  # labels taught since `blocks` was tuned
        self.examples = Examples()
        self.head: Head | None = None
        self.loaded: Head | None = None  # as it was before anything was taught in this sitting
        self.fresh: set[str] = set()  # keys taught since

    @property
    def points(self) -> NDArray[np.float32]:
        """The points [N,D] of all examples."""
        return self.examples.points

    @property
    def labels(self) -> list[str]:
        """Their labels."""
        return self.examples.labels

    @property
    def names(self) -> list[str]:
        """The names of their files."""
        return self.examples.names

    @property
    def keys(self) -> list[str]:
        """The identities of their contents."""
        return self.examples.keys

    @property
    def counts(self) -> Counter[str]:
        """How many examples of each label it was shown."""
        return Counter(self.labels)

    def see(
        self, inputs: Iterable[Input], threads: int | None = None, *, late: bool = False
    ) -> Iterator[Features | PippinError]:
        """Yield the network's features of each input, by this model's recipe."""
        return see(inputs, threads, late=late, recipe=self.recipe)

    def embed(self, features_ND: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return points [N,D] of features [N,1280]."""
        return embed(features_ND, self.recipe)

    def fit(self, data: Dataset, run: Run) -> None:
        """Embed every training image, then fit the head; embeddings are kept, so a resumed run continues there."""
        if run.framework != "pytorch":
            raise PippinError(
                "The pretrained network's head is fitted in closed form, by no framework; add --from-scratch to learn "
                "in TensorFlow.",
                input=run.framework,
            )
        examples = data.train + data.val
        seen: list[tuple[Example, NDArray[np.float32]]] = []
        run.log(step=0, total=len(examples))
        for step, (example, what) in enumerate(
            zip(examples, self.see((e.input for e in examples), run.threads), strict=True), start=1
        ):
            if isinstance(what, Features):
                seen.append((example, what.features))
            if step % 20 == 0 or step == len(examples):
                run.log(step=step, total=len(examples))
            if run.should_stop and seen:
                break
        if not seen:
            raise PippinError(f"None of the images of {data.name} can be used; check the files.", input=data.name)
        points = self.embed(np.stack([features for _, features in seen]))
        self.add([Exemplar(e.answer, point, e.input.name, e.key) for (e, _), point in zip(seen, points, strict=True)])
        tuned = self._tuned(data, run)
        self.since = set() if tuned else self.since | {example.answer for example, _ in seen}
        self.blocks = tuned or (self.blocks if self.fine_tune else None)

    def _tuned(self, data: Dataset, run: Run) -> LastBlocks | None:
        enough = len(data.train) + len(data.val) >= ENOUGH and len(data.val) >= ENOUGH_APART
        if run.should_stop or not (self.fine_tune and enough):
            return None
        try:
            from pippin.apps.recognize.pretrained import finetune
        except (ImportError, PippinError):
            return None  # without PyTorch and onnx there is the head, which needs neither
        return finetune.tune_blocks(self.examples, self.recipe, data, run)

    def update(self, items: Sequence[Correction]) -> None:
        """Learn taught images at once; one taught before takes its new label."""
        seen = []
        for what in self.see(item.input for item in items):
            if isinstance(what, PippinError):
                raise what
            seen.append(what.features)
        if not seen:
            return
        points = self.embed(np.stack(seen))
        self.add(
            [
                Exemplar(str(item.answer), point, Path(item.input.name).name, item.input.digest())
                for item, point in zip(items, points, strict=True)
            ]
        )
        self.fresh.update(item.input.digest() for item in items)
        self.since.update(str(item.answer) for item in items)

    def add(self, items: Sequence[Exemplar]) -> None:
        """Add examples; the last one for a key counts."""
        self.head = self.examples.add(items, self.head)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each image's label, with the nearest taught image as evidence, or that it resembles none of them."""
        first, second = tee(inputs)
        for item, what in zip(first, self.see(second, late=self.blocks is not None), strict=True):
            yield (
                self.answer(item, what)
                if isinstance(what, Features)
                else Prediction(None, known=False, error=what.message)
            )

    def answer(self, item: Input, seen: Features) -> Prediction:
        """Return the prediction for one image that was seen."""
        if self.head is None:
            raise PippinError("Nothing was taught yet; teach a first image.")
        point = self.embed(seen.features[None])
        probabilities, known, _ = self.shares(point, None if seen.late is None else seen.late[None])
        shares = dict(zip(self.head.labels, probabilities[0].tolist(), strict=True))
        order = sorted(shares, key=lambda label: -shares[label])[:MAX_ALTERNATIVES]
        label = self.examples.label_of(item.digest())
        if label is not None:
            # The parent named this very image: no probability outweighs that.
            rest = tuple((other, 0.0) for other in order if other != label)
            return Prediction(label, 1.0, True, rest, ("this very image is among those I was taught",))
        answer, rest = order[0], tuple((label, shares[label]) for label in order[1:])
        if known[0]:
            return Prediction(answer, shares[answer], True, rest, self.nearest(point[0]))
        hints = ", ".join(f"{name} ({share:.0%})" for name, share in seen.guesses[:2])
        return Prediction(answer, shares[answer], False, rest, (f"I was never taught this; it may be a {hints}",))

    def shares(
        self, points_ND: NDArray[np.float32], late: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]:
        """Return as `Head.predict`, the probabilities by the tuned blocks if there are any (and `late` is given)."""
        assert self.head is not None
        probabilities, known, novelty = self.head.predict(points_ND)
        if self.blocks is not None and late is not None:
            probabilities = self.blocks.joined(probabilities, self.head.labels, self.since, late)
        return probabilities, known, novelty

    def nearest(self, point: NDArray[np.float32], count: int = 1) -> tuple[str, ...]:
        """Return the taught images most like that at a point [D] (cosine), as sentences."""
        best, likeness = self.nearest_rows(point, count)
        return tuple(
            f"most like {self.names[i]} ({self.labels[i]}, likeness {x:.2f})"
            for i, x in zip(best, likeness, strict=True)
            if self.names[i]
        )

    def nearest_rows(self, point: NDArray[np.float32], count: int) -> tuple[list[int], list[float]]:
        """Return indices and cosines of the `count` taught images nearest to a point [D]."""
        cosines = self.points @ point
        best = np.argsort(-cosines, kind="stable")[:count]
        return best.tolist(), cosines[best].tolist()

    def save(self) -> SavedState:
        """Return points, labels, names, the fitted head, and the tuned blocks if there are any."""
        head = self.head.tensors() if self.head else {}
        tensors = {
            "points": self.points.astype(np.float16),
            **{f"head.{name}": array for name, array in head.items()},
        }
        facts: dict[str, Any] = {
            "labels": self.labels,
            "names": [Path(name).name for name in self.names],
            "keys": self.keys,
            "recipe": self.recipe,
        }
        unused = (f"Without --from-scratch, {', '.join(self.unused)} had no effect.",) if self.unused else ()
        if self.blocks is None:
            return SavedState(tensors, facts, {}, (SEEN_BEFORE, HEAD_ALONE, *unused), (BACKBONE,))
        tuned_labels, sharpness = list(self.blocks.labels), self.blocks.sharpness
        facts["tuned"] = {"labels": tuned_labels, "sharpness": sharpness, "since": sorted(self.since)}
        return SavedState(
            tensors, facts, {"last_blocks.onnx": self.blocks.onnx}, (SEEN_BEFORE, TUNED, *unused), (BACKBONE,)
        )

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        points = saved.tensors["points"].astype(np.float32)
        labels, names, keys = (saved.config[name] for name in ("labels", "names", "keys"))
        self.recipe = check(saved.config.get("recipe", PLAIN))
        facts = saved.config.get("tuned")
        self.blocks = (
            LastBlocks(saved.files["last_blocks.onnx"], facts["labels"], facts["sharpness"]) if facts else None
        )
        self.since = set(facts["since"]) if facts else set()
        if {len(points), len(labels), len(names)} != {len(keys)}:
            raise PippinError("The model's examples and labels are not of one number; train or fetch it again.")
        self.examples.hold(points, labels, names, keys)
        self.head = Head.from_tensors(
            {name[5:]: array for name, array in saved.tensors.items() if name.startswith("head.")}
        )
        self.loaded, self.fresh = self.head, set()

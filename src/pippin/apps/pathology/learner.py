"""The learner: what sees, a linear head, and what was measured of its doubt on images left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.pathology import BACKBONE
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.doubt.calibration import softmax
from pippin.apps.pathology.doubt.novelty import Novelty, as_points
from pippin.apps.pathology.doubt.sets import held_by_others, label_set, measure_coverage
from pippin.apps.pathology.head import Head
from pippin.apps.pathology.images.near_copies import Codes, encode, is_near, no_codes
from pippin.apps.pathology.images.opening import notes_on, open_rgb
from pippin.apps.pathology.networks.body import BackboneBody, Body, SmallBody, prepare
from pippin.apps.pathology.predictions import Doubt, PathologyPrediction
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import MAX_ALTERNATIVES, Correction, Prediction, SavedState
from pippin.learn.conformal import label_limits
from pippin.learn.exemplar_memory import ExemplarMemory

Floats = NDArray[np.float32]

BATCH = 32
REACH = 0.05  # cosine distance of standardised features at which a correction counts a third
UNKNOWN = "unlike the images it learned from (distance {0:.1f}, limit {1:.1f}), so it does not answer"
NEAR_COPY = "nearly the same as an image it learned from, so its probability and its set flatter"
ONLY_TAUGHT = "{0} was taught by single images, so nothing was measured of sets that hold it"
ONNX = "networks.onnx"


class Look(NamedTuple):
    """What is seen in an image: standardised features [C], logits [L], maps [C,h,w], distance from its kind, code."""

    features: Floats
    logits: Floats
    maps: Floats
    distance: float
    code: Codes


class LeftOut(NamedTuple):
    """Images each network left out: their probabilities [N,L], labels [N] and folds [N]."""

    probabilities: Floats
    truth: NDArray[np.int64]
    folds: NDArray[np.int64]


class PathologyLearner:
    """Labels of medical images with their doubt; follows core.learner's protocols.

    It answers through ONNX Runtime, so that only training small networks needs torch.
    """

    def __init__(self, config: PathologyConfig) -> None:
        self.config = config
        self.labels: list[str] = []
        self.body: Body | None = None
        self.head = Head.empty()
        self.left_out = LeftOut(np.zeros((0, 0), np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64))
        self.novelty: Novelty | None = None
        self.codes = no_codes()
        self.origin = ""
        self.memory = ExemplarMemory(REACH)
        self._doubt: Doubt | None = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; each network leaves out a fold, by which doubt is measured."""
        from pippin.apps.pathology.fitting import fit

        fitted = fit(self.config, data, run)
        self.labels, self.body, self.head = fitted.labels, fitted.body, fitted.head
        self.left_out, self.novelty, self.codes = LeftOut(*fitted.left_out), fitted.novelty, fitted.codes
        self.origin = f"{len(self.left_out.truth)} images of {data.name}"
        self._doubt = None

    @property
    def doubt(self) -> Doubt:
        """What was measured on images left out, at the coverage asked for."""
        if self._doubt is None:
            shares, truth, folds = self.left_out
            held = held_by_others(shares, truth, folds, self.config.coverage)
            measured, by_label = measure_coverage(held, truth, len(self.labels))
            limits = label_limits(shares, truth, self.config.coverage)
            counts = np.bincount(truth, minlength=len(self.labels))
            self._doubt = Doubt(
                self.config.coverage,
                measured,
                len(truth),
                tuple(self.labels),
                tuple(limits.tolist()),
                tuple(by_label),
                tuple(counts.tolist()),
            )
        return self._doubt

    def look(self, inputs: Iterable[Input]) -> Iterator[Look | PippinError]:
        """Yield what is seen in each input, in order; one that cannot be used gives its error."""
        waiting = iter(inputs)
        while batch := list(islice(waiting, BATCH)):
            opened = [self._pixels(item) for item in batch]
            images = [one for one in opened if not isinstance(one, PippinError)]
            seen = iter(self.look_at(np.stack(images))) if images else iter(())
            for one in opened:
                yield one if isinstance(one, PippinError) else next(seen)

    def _pixels(self, item: Input) -> NDArray[np.uint8] | PippinError:
        try:
            return self.prepare_image(open_rgb(item))
        except PippinError as problem:
            return problem

    def prepare_image(self, image: Any) -> NDArray[np.uint8]:
        """Return an RGB image as the network takes it [side,side,3]."""
        if self.body is None:
            raise PippinError("This model has learned nothing yet; train it: pippin pathology train DATA.")
        return prepare(image, self.body.side, self.config.stain)

    def look_at(self, pixels_NHWC: NDArray[np.uint8]) -> list[Look]:
        """Return what is seen in images that were prepared."""
        assert self.body is not None
        maps, means = self.body.look(pixels_NHWC)
        features = self.head.standardise(means)
        distances = np.zeros(len(means), np.float32)
        if self.novelty is not None:
            distances = self.novelty.distances(as_points(self.body.describe_kind(pixels_NHWC, means)))
        logits = self.head.logits(features)
        codes = encode(pixels_NHWC)
        return [Look(*parts) for parts in zip(features, logits, maps, distances.tolist(), codes, strict=True)]

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Answer each image with a label, its probability, and a set of labels."""
        items = list[Input]()

        def remember() -> Iterator[Input]:
            for item in inputs:
                items.append(item)
                yield item

        for seen in self.look(remember()):
            item = items.pop(0)
            if isinstance(seen, PippinError):
                yield PathologyPrediction(None, known=False, error=seen.message)
            else:
                yield self.answer(seen, notes_on(item))

    def answer(self, seen: Look, notes: tuple[str, ...] = ()) -> PathologyPrediction:
        """Return the prediction for an image that was looked at."""
        shares, taught = self.probabilities(seen)
        labels = self.memory.labels(self.labels)
        order = np.argsort(-shares, kind="stable")[: MAX_ALTERNATIVES + 1]
        (best, confidence), *rest = [(labels[index], float(shares[index])) for index in order]
        limits = [*self.doubt.limits, *(0.5 for _ in labels[len(self.labels) :])]
        found = label_set(shares.tolist(), limits, labels)
        is_own = bool(taught) or self.novelty is None or seen.distance <= self.novelty.limit
        limit = self.novelty.limit if self.novelty is not None else float("inf")
        sentences = [*taught]
        if is_own:
            need = self.doubt.describe_need(found, dict(zip(labels, shares.tolist(), strict=True)))
            sentences += [self.doubt.describe_set(found), *([need] if need else [])]
            sentences += [ONLY_TAUGHT.format(label) for label in found if label not in self.labels]
        else:
            sentences.append(UNKNOWN.format(seen.distance, limit))
        if is_near_copy := is_near(seen.code, self.codes):
            sentences.append(NEAR_COPY)
        return PathologyPrediction(
            best,
            confidence if is_own else None,
            known=is_own,
            alternatives=tuple(rest) if is_own else (),
            evidence=(*sentences, *notes, self.doubt.to_dict(found if is_own else (), seen.distance, limit)),
            label_set=found if is_own else (),
            is_own_kind=is_own,
            is_near_copy=is_near_copy,
            shares=((best, confidence), *rest),
        )

    def probabilities(self, seen: Look) -> tuple[Floats, tuple[str, ...]]:
        """Return probabilities of all labels, those only teaching brought last, and the correction that counted."""
        own = softmax(seen.logits[None])[0]
        return self.memory.mixed(own, seen.features, self.labels)

    def update(self, items: Sequence[Correction]) -> None:
        """Take in corrections; the last word on an image counts."""
        for item, seen in zip(items, self.look(item.input for item in items), strict=True):
            if isinstance(seen, PippinError):
                raise seen
            self.memory.add(item.input, str(item.answer), seen.features)

    def save(self) -> SavedState:
        """Return networks, head, what was measured on images left out, and what was taught."""
        if self.body is None:
            raise PippinError("This model has learned nothing yet; train it: pippin pathology train DATA.")
        points, taught = self.memory.save()
        shares, truth, folds = self.left_out
        arrays: dict[str, NDArray[Any]] = {"taught": points, **self.head.save()}
        arrays |= {"left_out": shares, "left_out_truth": truth, "left_out_folds": folds, "codes": self.codes}
        facts: dict[str, Any] = {"labels": self.labels, "side": self.body.side, "taught": taught, "origin": self.origin}
        if self.novelty is not None:
            more, facts["novelty"] = self.novelty.save()
            arrays |= more
        files = {ONNX: self.body.onnx} if isinstance(self.body, SmallBody) else {}
        return SavedState(arrays, facts, files, self._about(), (BACKBONE,))

    def _about(self) -> tuple[str, ...]:
        measured = self.doubt.measured
        return (
            f"Sets of labels for {self.doubt.coverage:.0%} held the right one in {measured.value:.1%} "
            f"({measured.low:.1%} to {measured.high:.1%}) of the {self.doubt.n_measured} images it learned from, each "
            f"judged by a network that left it out{self.doubt.describe_labels()}. Of other images (another hospital, "
            "another device) this need not hold.",
        )

    def load(self, saved: SavedState) -> None:
        """Become the learner that was saved; PippinError where something of it is missing."""
        try:
            facts, arrays = saved.config, saved.tensors
            self.labels, side = list(facts["labels"]), int(facts["side"])
            self.origin = str(facts.get("origin", ""))
            self.head = Head.load(arrays)
            self.left_out = LeftOut(*(arrays[name] for name in ("left_out", "left_out_truth", "left_out_folds")))
            self.novelty = Novelty.load(arrays, facts["novelty"]) if "novelty" in facts else None
            self.codes = arrays.get("codes", no_codes())
            self.memory = ExemplarMemory.load(arrays["taught"], facts["taught"], REACH)
            self.body = SmallBody(saved.files[ONNX], side) if ONNX in saved.files else BackboneBody(side)
        except (KeyError, TypeError, ValueError) as problem:
            raise PippinError(f"The model lacks {problem}: another Pippin made it; train it again.") from problem
        self._doubt = None

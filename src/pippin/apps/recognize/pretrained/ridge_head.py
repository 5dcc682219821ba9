"""What is learned from a few examples: a small linear head on what the backbone sees, kept up to date at once.

Three parts, each in closed form:
- which label: ridge regression to the labels, every label weighing the same however often it was shown
  (`learn/label_ridge.py`);
- how sure: the scores through a softmax, as sharp as suits examples it had to name without having seen them
  (leave-one-out, which needs no refitting for ridge regression: Hastie, Tibshirani & Friedman, "The Elements
  of Statistical Learning", 2nd edition, section 7.10);
- whether at all: how unlike a label's examples an image is, against how unlike one another those are; above LIMIT, the
  novelty threshold, it is unknown.

The numbers in capitals are one choice for all data. Those of labels and confidences were chosen on the training part
of CIFAR-10 and on one half of the fruit and ball photographs, divided by a hash; published scores come from CIFAR-10's
test part and the other half. Those of novelty (EXPECTED, SPREAD, SPREAD_PULL, LIMIT) were set earlier, on all of these
photographs: what is published of known and unknown ones is not free of tuning. On the half for choosing, shown 20
apples, bananas or oranges, LIMIT accepts 0.91 of the others on average, 1.0 would 0.91, 0.9 would 0.90.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError
from pippin.learn.label_ridge import Floats, Owners, Ridge
from pippin.learn.softmax_sharpness import fit_sharpness, log_softmax

NEIGHBOURS = 3  # an image is like a label if it is like this many of its examples
EXPECTED, SPREAD = 0.60, 0.08  # likeness of two images of one label: mean and standard deviation, typically
SPREAD_PULL = 2.0  # how many examples that knowledge counts for
# Standard deviations less alike than expected, beyond which an image is unknown: the least at which, shown only
# 20 bananas or only 20 oranges, nine in ten of the others are accepted.
NOVELTY_THRESHOLD = 1.1
MAX_KEPT = 200  # examples of a label that likeness is measured to


@dataclass(frozen=True)
class Head:
    """A fitted head for L labels on D features; M examples are kept to measure novelty by."""

    labels: tuple[str, ...]
    coefficients_DL: Floats
    intercepts_L: Floats
    sharpness: Floats  # []
    examples_MD: Floats  # points, rounded to float16
    owners_M: Owners  # each kept example's label
    expected_L: Floats  # likeness of a label's examples to their nearest: mean
    spread_L: Floats  # and standard deviation

    @classmethod
    def fit(cls, points_ND: Floats, labels: Sequence[str]) -> Head:
        """Learn from the points of N >= 1 examples; any mix of labels, one label or one example included."""
        if not len(labels) or len(labels) != len(points_ND):
            raise ValueError(f"{len(points_ND)} points for {len(labels)} labels")
        return cls.of(Ridge(points_ND, labels), points_ND)

    @classmethod
    def of(cls, ridge: Ridge, points_ND: Floats, before: Head | None = None, touched: Collection[str] = ()) -> Head:
        """Return the head for a solution; statistics of labels not `touched` since `before` are taken from it."""
        known = {label: index for index, label in enumerate(before.labels) if label not in touched} if before else {}
        likeness = np.empty((2, len(ridge.labels)), np.float32)
        for index, label in enumerate(ridge.labels):
            if before is not None and label in known:
                likeness[:, index] = before.expected_L[known[label]], before.spread_L[known[label]]
            else:
                likeness[:, index] = _expected(points_ND, np.flatnonzero(ridge.owners_N == index))
        coefficients, intercepts, unseen_NL = ridge.solution()
        kept, sharpness = _select_exemplars(ridge.owners_N), fit_sharpness(unseen_NL, ridge.owners_N)
        return cls(ridge.labels, coefficients, intercepts, sharpness, points_ND[kept], ridge.owners_N[kept], *likeness)

    def predict(self, points_ND: Floats) -> tuple[Floats, NDArray[np.bool_], Floats]:
        """Return calibrated probabilities [N,L], whether each image is known [N], and novelties [N].

        Novelty is in standard deviations of the label it is least new to: how much less like the examples than
        they are like one another. Beyond LIMIT an image is unknown at any probability: probabilities only
        compare the labels with each other (and are 1 where there is one).
        """
        shares_NL = self.predict_points(points_ND)
        likeness_NM = points_ND @ self.examples_MD.T
        likeness_NL = [_nearest(likeness_NM[:, self.owners_M == label]) for label in range(len(self.labels))]
        novelty = ((self.expected_L - np.stack(likeness_NL, axis=1)) / self.spread_L).min(axis=1)
        return shares_NL, novelty <= NOVELTY_THRESHOLD, novelty

    def predict_points(self, points_ND: Floats) -> Floats:
        """Return probabilities [N,L] of points."""
        return np.exp(log_softmax(self.sharpness * (points_ND @ self.coefficients_DL + self.intercepts_L)))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the head as arrays; the labels as UTF-8 JSON in uint8."""
        names = np.frombuffer(json.dumps(self.labels, ensure_ascii=False).encode(), dtype=np.uint8)
        arrays = {name: value for name, value in vars(self).items() if name != "labels"}
        return {**arrays, "labels": names, "examples_MD": self.examples_MD.astype(np.float16)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Head:
        """Return the head that `tensors` came from, answering the same; PippinError if they do not fit."""
        try:
            labels = tuple(map(str, json.loads(tensors["labels"].tobytes())))
            arrays: dict[str, Any] = {name: tensors[name] for name in cls.__annotations__ if name != "labels"}
            head = cls(labels, **{**arrays, "examples_MD": tensors["examples_MD"].astype(np.float32)})
            if not np.isfinite(head.predict(np.ones_like(head.examples_MD[:1]))[0]).all():
                raise ValueError("not a number")
        except (KeyError, ValueError, TypeError) as error:
            raise PippinError("The model's head is damaged; train or fetch the model again.") from error
        return head


def _nearest(likeness_NM: Floats, count: int = NEIGHBOURS) -> Any:
    """Return the mean likeness [N] to the `count` most alike of a label's M examples (to all where M is less)."""
    count = min(count, likeness_NM.shape[1])
    return np.partition(likeness_NM, -count, axis=1)[:, -count:].mean(axis=1)


def _expected(points_ND: Floats, rows: NDArray[np.intp]) -> tuple[float, float]:
    """Return mean and deviation of a label's examples' likeness to one another, with typical values mixed in."""
    own = points_ND[rows[_spaced(len(rows))]]
    count, mean, variance = len(own), 0.0, 0.0
    if count > 1:
        likeness = own @ own.T
        np.fill_diagonal(likeness, -np.inf)  # none is its own neighbour
        nearest = _nearest(likeness, min(NEIGHBOURS, count - 1))
        mean, variance = float(nearest.mean()), float(nearest.var())
    else:
        count = 0
    expected = (count * mean + SPREAD_PULL * EXPECTED) / (count + SPREAD_PULL)
    return expected, float(np.sqrt((count * variance + SPREAD_PULL * SPREAD**2) / (count + SPREAD_PULL)))


def _select_exemplars(owners: Owners) -> NDArray[np.intp]:
    """Return indices of the examples to keep: all, or MAX_KEPT of each label."""
    rows = [np.flatnonzero(owners == label) for label in range(int(owners.max()) + 1)]
    return np.sort(np.concatenate([own[_spaced(len(own))] for own in rows]))


def _spaced(count: int) -> NDArray[np.intp]:
    """Return at most MAX_KEPT indices below `count`, evenly spaced."""
    return np.linspace(0, count - 1, min(count, MAX_KEPT)).round().astype(np.intp)

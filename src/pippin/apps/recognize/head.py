"""What is learned from a few examples: a small linear head on the backbone's features, refitted at once.

Three parts, each in closed form:
- which label: ridge regression to the labels, every label weighing the same however often it was shown;
- how sure: the scores through a softmax, as sharp as suits examples it had to name without having seen them
  (leave-one-out, which needs no refitting for ridge regression: Hastie, Tibshirani & Friedman, "The Elements
  of Statistical Learning", 2nd edition, section 7.10);
- whether at all: how unlike a label's examples a picture is, against how unlike one another those are.

The numbers in capitals are one choice for all data: RIDGE was set on the training part of CIFAR-10 and on the fruit
and ball photographs, SHARPNESS on both (CIFAR-10's test pictures among them), those of likeness and LIMIT on the
photographs. So the scores published for these sets are not free of tuning, though a handful of numbers says little.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError

Floats = NDArray[np.float32]
Owners = NDArray[np.int32]

RIDGE = 1.0  # of the features' mean squared length, divided by the number of examples
SHARPNESS = 14.0  # of the softmax, before there are examples to learn it from (best on both sets: 10 to 17)
SHARPNESS_PULL = 20.0  # how firmly it is held there: leave-one-out is too modest with few examples
NEIGHBOURS = 3  # a picture is like a label if it is like this many of its examples
EXPECTED, SPREAD = 0.60, 0.08  # likeness of two pictures of one label: mean and standard deviation, typically
SPREAD_PULL = 2.0  # how many examples that knowledge counts for
# Standard deviations less alike than expected, beyond which a picture is unknown: the least at which, shown only
# 20 bananas or only 20 oranges, nine in ten of the others are accepted.
LIMIT = 1.1
MOST_KEPT = 200  # examples of a label that likeness is measured to


@dataclass(frozen=True)
class Head:
    """A fitted head for L labels on D features; M examples are kept to measure novelty by."""

    labels: tuple[str, ...]
    coefficients_DL: Floats
    intercepts_L: Floats
    sharpness: Floats  # []
    examples_MD: Floats  # directions, rounded to float16
    owners_M: Owners  # each kept example's label
    expected_L: Floats  # likeness of a label's examples to their nearest: mean
    spread_L: Floats  # and standard deviation

    @classmethod
    def fit(cls, points_ND: Floats, labels: Sequence[str]) -> "Head":
        """Learn from the `directions` of N >= 1 examples; any mix of labels, one label or one example included."""
        if not len(labels) or len(labels) != len(points_ND):
            raise ValueError(f"{len(points_ND)} directions for {len(labels)} labels")
        names = tuple(sorted(set(labels)))
        index = {name: position for position, name in enumerate(names)}
        owners = np.array([index[label] for label in labels], dtype=np.int32)
        coefficients, intercepts, unseen_NL = _ridge(points_ND, owners)
        likeness = [_expected(points_ND[owners == label]) for label in range(len(names))]
        expected, spread = np.array(likeness, dtype=np.float32).T
        kept, sharpness = _kept(owners), _sharpness(unseen_NL, owners)
        examples = points_ND[kept], owners[kept]
        return cls(names, coefficients, intercepts, sharpness, *examples, expected, spread)

    def predict(self, features_ND: Floats) -> tuple[Floats, NDArray[np.bool_], Floats]:
        """Return calibrated probabilities [N,L], whether each picture is known [N], and novelties [N].

        Novelty is in standard deviations of the label it is least new to: how much less like the examples than
        they are like one another. Beyond LIMIT a picture is unknown, whatever the probabilities, which only
        compare the labels with each other (and are 1 where there is one).
        """
        points_ND = directions(features_ND)
        shares_NL = self.predict_points(points_ND)
        likeness_NM = points_ND @ self.examples_MD.T
        likeness_NL = [_nearest(likeness_NM[:, self.owners_M == label]) for label in range(len(self.labels))]
        novelty = ((self.expected_L - np.stack(likeness_NL, axis=1)) / self.spread_L).min(axis=1)
        return shares_NL, novelty <= LIMIT, novelty

    def predict_points(self, points_ND: Floats) -> Floats:
        """Probabilities [N,L] of `directions`."""
        return np.exp(_log_softmax(self.sharpness * (points_ND @ self.coefficients_DL + self.intercepts_L)))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return everything the head knows as arrays; the labels as UTF-8 JSON in uint8."""
        names = np.frombuffer(json.dumps(self.labels, ensure_ascii=False).encode(), dtype=np.uint8)
        arrays = {name: value for name, value in vars(self).items() if name != "labels"}
        return {**arrays, "labels": names, "examples_MD": self.examples_MD.astype(np.float16)}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> "Head":
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


def directions(features_ND: Floats) -> Floats:
    """Square roots, so that no strong feature decides alone, scaled to length 1 and rounded to be kept small."""
    roots = np.sqrt(np.maximum(features_ND, 0, dtype=np.float32))
    lengths = np.linalg.norm(roots, axis=1, keepdims=True)
    return (roots / np.maximum(lengths, 1e-12)).astype(np.float16).astype(np.float32)


def _ridge(points_ND: Floats, owners: Owners) -> tuple[Floats, Floats, Floats]:
    """Weighted ridge regression to indicators of the labels, its intercepts free.

    Returns coefficients [D,L], intercepts [L], and the scores [N,L] each example gets when it is left out.
    """
    size, width = points_ND.shape
    targets_NL = np.eye(int(owners.max()) + 1, dtype=np.float32)[owners]
    if targets_NL.shape[1] == 1:  # nothing to tell apart
        return np.zeros((width, 1), np.float32), np.ones(1, np.float32), targets_NL
    weights = (1 / (np.bincount(owners)[owners] * targets_NL.shape[1])).astype(np.float32)
    mean = weights @ points_ND
    spread = float(weights @ np.einsum("nd,nd->n", points_ND, points_ND) - mean @ mean)
    penalty = RIDGE * spread / size + 1e-6
    solve = _ridge_by_examples if size <= width else _ridge_by_features
    return solve(points_ND, targets_NL, weights, penalty)


def _ridge_by_examples(
    points_ND: Floats, targets_NL: Floats, weights: Floats, penalty: float
) -> tuple[Floats, Floats, Floats]:
    """The solution where examples are few: one unknown for each example and one for the intercept."""
    size = len(points_ND)
    system = np.ones((size + 1, size + 1), np.float32)
    system[:size, :size] = points_ND @ points_ND.T + np.diag(penalty / weights)
    system[size, size] = 0
    inverse: Floats = np.linalg.inv(system)[:, :size]
    solved = inverse @ targets_NL
    unseen = targets_NL - solved[:size] / np.diag(inverse)[:, None]
    return points_ND.T @ solved[:size], solved[size], unseen


def _ridge_by_features(
    points_ND: Floats, targets_NL: Floats, weights: Floats, penalty: float
) -> tuple[Floats, Floats, Floats]:
    """The same solution where features are fewer: one unknown for each feature."""
    mean = weights @ points_ND
    centred = points_ND - mean
    weighted = centred * weights[:, None]
    gram: Floats = centred.T @ weighted
    gram[np.diag_indices_from(gram)] += penalty
    inverse: Floats = np.linalg.inv(gram)
    coefficients = inverse @ (weighted.T @ targets_NL)
    intercepts = weights @ targets_NL - mean @ coefficients
    leverage = weights * (1 + ((centred @ inverse) * centred).sum(axis=1))
    residuals = targets_NL - points_ND @ coefficients - intercepts
    return coefficients, intercepts, targets_NL - residuals / (1 - leverage)[:, None]


def _sharpness(unseen_NL: Floats, owners: Owners) -> Floats:
    """The softmax's factor that makes the left-out examples likeliest, drawn towards SHARPNESS."""
    tested = np.bincount(owners)[owners] > 1  # nobody can name the only example of a label without it
    scores, truth = unseen_NL[tested], owners[tested]
    best = scores.max(axis=1, keepdims=True, initial=-np.inf)
    behind_NL = scores - best  # how far each label is behind the best, of which the true one is:
    behind = float(behind_NL[np.arange(len(truth)), truth].sum())

    def surprise(factor: float) -> float:
        likelihood = factor * behind - float(np.log(np.exp(factor * behind_NL).sum(axis=1)).sum())
        return float(SHARPNESS_PULL * np.log(factor / SHARPNESS) ** 2 - likelihood)

    return np.array(min(SHARPNESS * np.geomspace(0.25, 4, 25), key=surprise), dtype=np.float32)


def _log_softmax(scores_NL: Floats) -> Any:
    shifted = scores_NL - scores_NL.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _nearest(likeness_NM: Floats, count: int = NEIGHBOURS) -> Any:
    """The mean likeness [N] to the `count` most alike of a label's M examples (to all where M is less)."""
    count = min(count, likeness_NM.shape[1])
    return np.partition(likeness_NM, -count, axis=1)[:, -count:].mean(axis=1)


def _expected(own_ND: Floats) -> tuple[float, float]:
    """Mean and deviation of a label's examples' likeness to one another, with what is typical mixed in."""
    own = own_ND[_spaced(len(own_ND))]
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


def _kept(owners: Owners) -> NDArray[np.intp]:
    """Indices of the examples to keep: all, or MOST_KEPT of each label."""
    rows = [np.flatnonzero(owners == label) for label in np.unique(owners)]
    return np.sort(np.concatenate([own[_spaced(len(own))] for own in rows]))


def _spaced(count: int) -> NDArray[np.intp]:
    """At most MOST_KEPT indices below `count`, evenly spaced."""
    return np.linspace(0, count - 1, min(count, MOST_KEPT)).round().astype(np.intp)

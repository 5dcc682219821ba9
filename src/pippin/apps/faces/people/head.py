"""How likely a face is a person's, by the faces that were confirmed and rejected as theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pippin.learn.logistic_regression import Softmax, fit_from_prior

Array = np.ndarray
WEIGHTS = (11.72, 10.79, 12.97, 0.0)
BIAS = -11.84
"""Of the features (see `_features`): fitted on 20 people of the ORL database whose faces no published figure counts."""
OWN_STRENGTH = 1.0
"""Variance by which a person's own answers may move the weights."""
MIN_OWN_ANSWERS = 4
"""Confirmations and rejections each from which on a person has weights of their own."""
NEAREST = 3
SAME, SURE = 0.95, 0.999
"""Cosine from which two faces are of one shot, and how likely then what was said of one holds for the other."""


@dataclass(frozen=True)
class Person:
    """What is known of a person: confirmed faces [N,128] with years, rejected ones [M,128]."""

    name: str
    confirmed: Array
    years: Array
    rejected: Array = field(default_factory=lambda: np.zeros((0, 128), np.float32))

    @property
    def mean(self) -> Array:
        """The direction of the confirmed faces' mean, length 1."""
        total = self.confirmed.sum(0)
        return total / max(float(np.linalg.norm(total)), 1e-9)


class PeopleHead:
    """Tells people apart by their confirmed faces; each with weights of their own once there are answers enough."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = [person for person in people if len(person.confirmed)]
        self._base = Softmax(np.array([[0, weight] for weight in WEIGHTS], np.float32), np.array([0, BIAS], np.float32))
        self._own: Mapping[int, Softmax] = {
            index: own for index, person in enumerate(self.people) if (own := self._fit_own(index, person))
        }

    def probabilities(self, vectors: Array, years: Array) -> Array:
        """Return how likely each face [N,128], taken in a year (nan: unknown), shows each person [N,P]."""
        if not self.people:
            return np.zeros((len(vectors), 0))
        similar = self._similarities(vectors)
        found = [self._probability(index, vectors, years, similar) for index in range(len(self.people))]
        return self._recall(vectors, np.stack(found, axis=1))

    def _recall(self, vectors: Array, probabilities: Array) -> Array:
        """Copy the answer of a confirmed or rejected face to faces that are almost the same."""
        confirmed, rejected = (
            np.stack([_nearest(part, vectors) for part in parts], axis=1)
            for parts in zip(*((person.confirmed, person.rejected) for person in self.people), strict=True)
        )
        same = confirmed >= SAME
        certain = same & (confirmed == confirmed.max(1, keepdims=True))
        recalled = np.where(same.any(1, keepdims=True), np.where(certain, SURE, 1 - SURE), probabilities)
        return np.where((rejected >= SAME) & ~certain, 1 - SURE, recalled)

    def features(self, index: int, vectors: Array, years: Array) -> Array:
        """Return the features [N,4] by which a person is judged; see `FEATURES`."""
        return self._features(self.people[index], index, vectors, years, self._similarities(vectors))

    def _probability(self, index: int, vectors: Array, years: Array, similar: Array) -> Array:
        found = self._features(self.people[index], index, vectors, years, similar)
        return self._own.get(index, self._base).predict(found)[:, 1]

    def _similarities(self, vectors: Array) -> Array:
        """Return the mean of `similarity`'s two features for each face and person [N,P]."""
        columns = [similarity(person, vectors).mean(1) for person in self.people]
        return np.stack(columns, axis=1) if columns else np.zeros((len(vectors), 0))

    def _features(self, person: Person, index: int, vectors: Array, years: Array, similar: Array) -> Array:
        own = similarity(person, vectors)
        rivals = np.delete(similar, index, axis=1)
        nearest = rivals.max(1) if rivals.shape[1] else np.zeros(len(vectors))
        if len(person.rejected):
            nearest = np.maximum(nearest, (vectors @ person.rejected.T).max(1))
        between = _years_between(person, years)
        return np.column_stack([own, own.mean(1) - nearest, between]).astype(np.float32)

    def _fit_own(self, index: int, person: Person) -> Softmax | None:
        """Fit weights to a person's own answers, each confirmed face judged without itself."""
        if min(len(person.confirmed), len(person.rejected)) < MIN_OWN_ANSWERS:
            return None
        rows = [self._without(index, person, number) for number in range(len(person.confirmed))]
        rows += [self._without_rejected(index, person, number) for number in range(len(person.rejected))]
        classes = np.array([1] * len(person.confirmed) + [0] * len(person.rejected))
        return fit_from_prior(self._base, np.concatenate(rows), classes, OWN_STRENGTH)

    def _without(self, index: int, person: Person, number: int) -> Array:
        left = replace(person, confirmed=np.delete(person.confirmed, number, 0), years=np.delete(person.years, number))
        vectors, years = person.confirmed[number : number + 1], person.years[number : number + 1]
        return self._features(left, index, vectors, years, self._similarities(vectors))

    def _without_rejected(self, index: int, person: Person, number: int) -> Array:
        left = replace(person, rejected=np.delete(person.rejected, number, 0))
        vectors = person.rejected[number : number + 1]
        return self._features(left, index, vectors, np.array([np.nan]), self._similarities(vectors))


def _nearest(known: Array, vectors: Array) -> Array:
    """Return the largest cosine of each face with known ones; -1 where there are none."""
    return (vectors @ known.T).max(1) if len(known) else np.full(len(vectors), -1.0)


FEATURES = (
    "similarity to the mean of the confirmed faces",
    "similarity to the three nearest confirmed faces",
    "lead over the nearest other person or rejected face",
    "tens of years to the nearest confirmed face",
)


def similarity(person: Person, vectors: Array) -> Array:
    """Return cosines of faces [N,128] with a person's mean, and the mean of those with the three nearest [N,2]."""
    cosines = np.sort(vectors @ person.confirmed.T, axis=1)[:, -NEAREST:]
    return np.column_stack([vectors @ person.mean, cosines.mean(1)])


def _years_between(person: Person, years: Array) -> Array:
    """Return tens of years between faces and the confirmed one next to each in time; 0 where a date is unknown."""
    known = person.years[~np.isnan(person.years)]
    if not len(known):
        return np.zeros(len(years))
    return np.nan_to_num(np.abs(years[:, None] - known[None]).min(1) / 10)

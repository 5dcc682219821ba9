"""How faces are scored: verification of pairs, groups, names given, and suggestions after few confirmations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pippin.apps.faces.people.grouping import group_faces
from pippin.apps.faces.people.head import PeopleHead, Person
from pippin.apps.faces.people.roster import MIN_PROBABILITY
from pippin.apps.faces.predictions import FacePrediction, matches
from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import wilson

Array = np.ndarray
FALSE_ACCEPTS = 1e-3
CONFIRMATIONS = (1, 3, 5)
RESAMPLES = 200
DRAWS = 10


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return scores of the names given and, where faces have vectors, of what pairs and groups of them tell.

    Intervals of the latter are over people. Suggestions are simulated: some faces of each person are confirmed, the
    others are suggested or not; what is suggested wrongly counts as not suggested, and its share is a score, too.
    """
    right = [
        prediction.known and matches(prediction.answer, example.answer)
        for prediction, example in _pairs(predictions, examples)
    ]
    wrong = [
        prediction.known and not matches(prediction.answer, example.answer)
        for prediction, example in _pairs(predictions, examples)
    ]
    scores = {"accuracy": wilson(sum(right), len(right)), "wrong_names": wilson(sum(wrong), len(wrong))}
    faces = [
        (prediction.vector, example.answer, prediction.threshold)
        for prediction, example in _pairs(predictions, examples)
        if isinstance(prediction, FacePrediction) and prediction.vector is not None
    ]
    if faces:
        vectors, people = np.stack([vector for vector, _, _ in faces]), np.array([person for _, person, _ in faces])
        scores |= score_vectors(vectors, people, faces[0][2])
    return scores


def _pairs(predictions: Sequence[Prediction], examples: Sequence[Example]) -> list[tuple[Prediction, Example]]:
    return list(zip(predictions, examples, strict=True))


def score_vectors(vectors: Array, people: Array, threshold: float) -> dict[str, Score]:
    """Return the scores of unit vectors [N,D] of faces whose people [N] are known; those that need pairs need some."""
    scores = dict[str, Score]()
    _, same = pair_cosines(vectors, people)
    if same.any() and not same.all():
        scores["verification"] = over_people(lambda v, p: verification(*pair_cosines(v, p), threshold), vectors, people)
        scores["tar_at_far_1e3"] = over_people(lambda v, p: true_accepts(*pair_cosines(v, p)), vectors, people)
    scores["bcubed_f"] = over_people(lambda v, p: bcubed(cluster(v, threshold), p), vectors, people)
    for count in CONFIRMATIONS:
        scores |= _suggestion_scores(vectors, people, count)
    return scores


def pair_cosines(vectors: Array, people: Array) -> tuple[Array, Array]:
    """Return cosine and sameness of each pair of faces."""
    rows, columns = np.triu_indices(len(vectors), 1)
    return np.einsum("nd,nd->n", vectors[rows], vectors[columns]), people[rows] == people[columns]


def verification(cosines: Array, same: Array, threshold: float) -> float:
    """Return the mean of the shares of same and of different pairs that the threshold gets right."""
    if not same.any() or same.all():
        return float("nan")
    return float(((cosines[same] >= threshold).mean() + (cosines[~same] < threshold).mean()) / 2)


def true_accepts(cosines: Array, same: Array, false_accepts: float = FALSE_ACCEPTS) -> float:
    """Return the share of same pairs above the cosine that this share of different ones exceeds."""
    if not same.any() or same.all():
        return float("nan")
    others = np.sort(cosines[~same])[::-1]
    limit = others[min(int(false_accepts * len(others)), len(others) - 1)]
    return float((cosines[same] > limit).mean())


def cluster(vectors: Array, threshold: float) -> Array:
    """Return the group [N] of each face."""
    labels = np.zeros(len(vectors), int)
    for number, members in enumerate(group_faces(vectors, range(len(vectors)), threshold=threshold)):
        labels[members] = number
    return labels


def bcubed(groups: Array, people: Array) -> float:
    """Return BCubed F of groups [N] (Bagga and Baldwin 1998)."""
    together, same = groups[:, None] == groups[None], people[:, None] == people[None]
    both = (together & same).sum(1)
    precision, recall = float((both / together.sum(1)).mean()), float((both / same.sum(1)).mean())
    return 2 * precision * recall / (precision + recall)


def over_people(statistic: Callable[[Array, Array], float], vectors: Array, people: Array, seed: int = 0) -> Score:
    """Return a statistic with the 95 % interval of the percentile bootstrap over people."""
    value = statistic(vectors, people)
    names = sorted(set(people))
    places = [np.flatnonzero(people == name) for name in names]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(names), len(names))
        if len(set(drawn)) < 2:
            continue
        chosen = np.concatenate([places[index] for index in drawn])
        labels = np.concatenate([np.full(len(places[index]), number) for number, index in enumerate(drawn)])
        found = statistic(*_once(vectors[chosen], labels, people[chosen]))
        if np.isfinite(found):
            values.append(found)
    low, high = np.quantile(values, [0.025, 0.975]) if values else (value, value)
    return Score(value, min(float(low), value), max(float(high), value))


def _once(vectors: Array, labels: Array, people: Array) -> tuple[Array, Array]:
    """Return faces, those of a person drawn twice only once: they would be compared with themselves."""
    _, first = np.unique(people, return_index=True)
    chosen = np.isin(labels, labels[first])
    return vectors[chosen], people[chosen]


def _suggestion_scores(vectors: Array, people: Array, count: int) -> Mapping[str, Score]:
    """Return the share of faces rightly suggested after `count` confirmations a person, and of wrong suggestions."""
    rng = np.random.default_rng(count)
    right = wrong = total = 0
    for _ in range(DRAWS):
        found = simulate_suggestions(vectors, people, count, rng)
        right, wrong, total = right + found[0], wrong + found[1], total + found[2]
    if not total:
        return {}
    # Draws repeat the same faces: the interval is that of one draw.
    share = wilson(round(right / DRAWS), max(1, round(total / DRAWS)))
    errors = wilson(round(wrong / DRAWS), max(1, round((right + wrong) / DRAWS)))
    return {
        f"suggested_after_{count}": share._replace(value=right / total),
        f"wrong_suggestions_after_{count}": errors._replace(value=wrong / max(1, right + wrong)),
    }


def simulate_suggestions(vectors: Array, people: Array, count: int, rng: np.random.Generator) -> tuple[int, int, int]:
    """Confirm `count` random faces of each person; return how many others are suggested rightly, wrongly, and all."""
    confirmed, left = [], list[int]()
    for name in sorted(set(people)):
        mine = rng.permutation(np.flatnonzero(people == name))
        if len(mine) > count:
            confirmed.append(Person(str(name), vectors[mine[:count]], np.full(count, np.nan)))
            left += map(int, mine[count:])
    if not left:
        return 0, 0, 0
    head = PeopleHead(confirmed)
    probabilities = head.probabilities(vectors[left], np.full(len(left), np.nan))
    best = probabilities.argmax(1)
    sure = probabilities.max(1) >= MIN_PROBABILITY
    right = np.array([head.people[index].name for index in best]) == people[left].astype(str)
    return int((sure & right).sum()), int((sure & ~right).sum()), len(left)

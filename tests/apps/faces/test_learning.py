"""The head learns from a yes and a no; scores and classical descriptions are what they are defined to be."""

from __future__ import annotations

import numpy as np
import pytest

from pippin.apps.faces.classical import UNIFORM, LbpHistograms, choose_threshold, local_binary_patterns
from pippin.apps.faces.config import FacesConfig
from pippin.apps.faces.people.head import PeopleHead, Person, _years_between
from pippin.apps.faces.predictions import assign_people
from pippin.apps.faces.scoring import bcubed, pair_cosines, score_vectors, true_accepts, verification

from .conftest import vector_of

NO_YEAR = np.array([np.nan])


def known(person: int, looks: range, rejected: np.ndarray | None = None) -> Person:
    vectors = np.stack([vector_of(person, look) for look in looks])
    return Person(
        str(person),
        vectors,
        np.full(len(looks), np.nan),
        np.zeros((0, 128), np.float32) if rejected is None else rejected,
    )


def probability(head: PeopleHead, vector: np.ndarray) -> np.ndarray:
    return head.probabilities(vector[None], NO_YEAR)[0]


def test_a_person_is_told_from_others() -> None:
    head = PeopleHead([known(1, range(3)), known(2, range(3))])
    assert probability(head, vector_of(1, 9))[0] > 0.9
    assert probability(head, vector_of(1, 9))[1] < 0.1
    assert max(probability(head, vector_of(7, 1))) < 0.1


def test_a_rejected_face_and_those_like_it_become_less_likely() -> None:
    vector = vector_of(1, 9)
    before = probability(PeopleHead([known(1, range(3))]), vector)[0]
    like = vector + 0.5 * vector_of(50, 1)
    like /= np.linalg.norm(like)
    after = probability(PeopleHead([known(1, range(3), like[None])]), vector)[0]
    same = probability(PeopleHead([known(1, range(3), vector[None])]), vector)[0]
    assert same < 0.01 < after < before


def test_a_confirmed_face_is_remembered_against_its_looks() -> None:
    odd = vector_of(2, 9)
    one = Person("1", np.stack([*known(1, range(3)).confirmed, odd]), np.full(4, np.nan))
    found = probability(PeopleHead([one, known(2, range(5))]), odd)
    assert found[0] > 0.9 > 0.1 > found[1]


def test_many_answers_give_a_person_weights_of_their_own() -> None:
    rejected = np.stack([vector_of(1, look) + 1.2 * vector_of(60, look) for look in range(20, 26)])
    rejected /= np.linalg.norm(rejected, axis=1, keepdims=True)
    sibling = vector_of(1, 40) + 1.2 * vector_of(60, 40)
    sibling /= np.linalg.norm(sibling)
    before = probability(PeopleHead([known(1, range(6))]), sibling)[0]
    after = probability(PeopleHead([known(1, range(6), rejected)]), sibling)[0]
    assert after < before
    assert probability(PeopleHead([known(1, range(6), rejected)]), vector_of(1, 9))[0] > 0.5


def test_years_count_from_the_nearest_dated_face() -> None:
    person = Person("1", known(1, range(3)).confirmed, np.array([2001.0, 2010.0, np.nan]))
    np.testing.assert_allclose(_years_between(person, np.array([2004.0, 2030.0, np.nan])), [0.3, 2.0, 0.0])


def test_a_photograph_shows_a_person_once() -> None:
    probabilities = np.array([[0.9, 0.6], [0.95, 0.7], [0.8, 0.1]])
    assert assign_people(probabilities, 0.5) == [1, 0, None]
    assert assign_people(np.zeros((2, 0)), 0.5) == [None, None]


def test_bcubed_of_a_small_case_by_hand() -> None:
    groups, people = np.array([0, 0, 0, 1]), np.array(["a", "a", "b", "b"])
    precision, recall = (2 / 3 + 2 / 3 + 1 / 3 + 1) / 4, (1 + 1 + 1 / 2 + 1 / 2) / 4
    assert bcubed(groups, people) == pytest.approx(2 * precision * recall / (precision + recall))


def test_pairs_are_counted_as_defined() -> None:
    cosines, same = np.array([0.9, 0.5, 0.4, 0.1]), np.array([True, True, False, False])
    assert verification(cosines, same, 0.45) == 1
    assert verification(cosines, same, 0.3) == 0.75
    assert true_accepts(cosines, same) == 1
    own, pairs = pair_cosines(np.eye(3), np.array([1, 1, 2]))
    assert own.tolist() == [0, 0, 0]
    assert pairs.tolist() == [True, False, False]


def test_scores_of_faces_that_are_told_apart_are_nearly_one() -> None:
    vectors = np.stack([vector_of(person, look) for person in range(1, 6) for look in range(7)])
    scores = score_vectors(vectors, np.repeat([f"person {n}" for n in range(5)], 7), 0.363)
    for name in ("verification", "tar_at_far_1e3", "bcubed_f", "suggested_after_3"):
        assert scores[name].value == 1, name
        assert scores[name].low <= scores[name].value <= scores[name].high
    assert scores["wrong_suggestions_after_3"].value == 0


def test_patterns_are_those_of_scikit_image() -> None:
    feature = pytest.importorskip("skimage.feature")
    image = np.random.default_rng(0).integers(0, 255, (20, 30)).astype(np.uint8)
    right = feature.local_binary_pattern(image, 8, 1, "default")[1:-1, 1:-1]
    found = local_binary_patterns(image.astype(float))
    # scikit-image interpolates diagonal neighbours and counts from another one: the straight four are comparable.
    ours = [(found >> bit) & 1 for bit in (3, 1, 7, 5)]
    theirs = [(right.astype(int) >> bit) & 1 for bit in (0, 2, 4, 6)]
    for one, other in zip(ours, theirs, strict=True):
        assert (one == other).all()


def test_uniform_patterns_are_58_and_the_rest() -> None:
    assert UNIFORM.max() == 58
    assert (UNIFORM == 58).sum() == 256 - 58
    assert len({UNIFORM[byte] for byte in (0, 255, 1, 3, 7, 128, 129)}) == 7


def test_a_threshold_splits_same_from_different() -> None:
    vectors = np.stack([vector_of(person, look) for person in (1, 2) for look in range(4)])
    limit = choose_threshold(vectors, ["a"] * 4 + ["b"] * 4)
    assert 0.2 < limit < 0.7
    assert LbpHistograms(FacesConfig()).threshold > 0

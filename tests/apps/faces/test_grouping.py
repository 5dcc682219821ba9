"""Groups are those of average linkage, with what must not be together apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.faces.people.grouping import group_faces

from .conftest import vector_of

hierarchy = pytest.importorskip("scipy.cluster.hierarchy")


@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(2, 8), st.floats(0.1, 0.9))
@settings(max_examples=60)
def test_groups_are_those_of_scipys_average_linkage(seed: int, count: int, people: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(people, 16))[rng.integers(0, people, count)] + rng.normal(size=(count, 16)) * 0.7
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    right = hierarchy.fcluster(hierarchy.linkage(vectors, "average", "cosine"), 1 - threshold, "distance")
    found = group_faces(vectors, range(count), threshold=threshold)
    assert sorted(index for group in found for index in group) == list(range(count))
    labels = np.zeros(count, int)
    for number, group in enumerate(found):
        labels[group] = number
    assert ((labels[:, None] == labels) == (right[:, None] == right)).all()


def test_two_faces_of_one_photograph_are_two_people() -> None:
    vectors = np.stack([vector_of(1, 1), vector_of(1, 1), vector_of(1, 2)])
    groups = group_faces(vectors, ["a", "a", "b"])
    assert len(groups) == 2
    assert not any({0, 1} <= set(group) for group in groups)


@given(st.integers(0, 1000))
@settings(max_examples=30)
def test_what_was_taken_apart_stays_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = np.stack([vector_of(int(person), look) for look, person in enumerate(rng.integers(0, 3, 20))])
    pairs = [tuple(map(int, rng.choice(20, 2, replace=False))) for _ in range(8)]
    for group in group_faces(vectors, range(20), pairs):
        assert not any({one, other} <= set(group) for one, other in pairs)


def test_no_faces_are_no_groups() -> None:
    assert group_faces(np.zeros((0, 128)), []) == []

"""Ridge regression kept up to date is the one fitted afresh; what it gives without an example is so, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import Ridge as Reference

from pippin.apps.recognize.pretrained.exemplars import MAX_CHANGES, Examples, Exemplar
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.learn.label_ridge import Ridge, inverted

Points = NDArray[np.float32]
WIDTH = 24


def points(labels: Sequence[str], seed: int = 0) -> Points:
    """A point of length 1 for each label, near its label's own place."""
    rng = np.random.default_rng(seed)
    places = np.stack([np.random.default_rng(ord(label[0])).normal(size=WIDTH) for label in labels])
    rows = places + rng.normal(0, 0.7, places.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def oracle(points_ND: Points, labels: Sequence[str], penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and intercepts as the module's formula has them, in float64."""
    rows, names = points_ND.astype(np.float64), sorted(set(labels))
    owners = np.array([names.index(label) for label in labels])
    means = np.stack([rows[owners == place].mean(axis=0) for place in range(len(names))])
    within, between = rows - means[owners], means - means.mean(axis=0)
    system = (within.T @ within + penalty * np.eye(rows.shape[1])) / len(rows) + between.T @ between / len(names)
    coefficients = np.linalg.solve(system, between.T / len(names))
    return coefficients, 1 / len(names) - means.mean(axis=0) @ coefficients


# Fewer examples than half of the features, and more: the two ways to solve it.
COUNTS = ["a" * 5 + "b" * 3 + "c" * 2, "a" * 60 + "b" * 50 + "c" * 9, "ab" * 2]


@pytest.mark.parametrize("labels", COUNTS)
def test_the_solution_is_what_the_formula_says(labels: str) -> None:
    shown = points(labels)
    ridge = Ridge(shown, labels)
    coefficients, intercepts, left_out = ridge.solution()
    expected = oracle(shown, labels, ridge.penalty)
    np.testing.assert_allclose(coefficients, expected[0], atol=1e-5)
    np.testing.assert_allclose(intercepts, expected[1], atol=1e-5)
    for row in range(len(labels)):
        others = np.arange(len(labels)) != row
        slopes, starts = oracle(shown[others], [labels[other] for other in np.flatnonzero(others)], ridge.penalty)
        np.testing.assert_allclose(left_out[row], shown[row] @ slopes + starts, atol=1e-4)


def test_of_labels_shown_equally_often_it_is_scikit_learns() -> None:
    labels = "abc" * 8
    shown = points(labels)
    ridge = Ridge(shown, labels)
    coefficients, intercepts, _ = ridge.solution()
    targets = np.eye(3)[ridge.owners_N]
    reference = Reference(alpha=ridge.penalty, solver="svd").fit(shown, targets)
    np.testing.assert_allclose(coefficients, reference.coef_.T, atol=1e-5)
    np.testing.assert_allclose(intercepts, reference.intercept_, atol=1e-5)


def test_the_only_example_of_a_label_scores_as_its_own() -> None:
    left_out = Ridge(points("aab"), "aab").solution()[2]
    np.testing.assert_allclose(left_out[2], [0, 1], atol=1e-6)
    np.testing.assert_array_equal(Ridge(points("aa"), "aa").solution()[2], np.ones((2, 1)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 10**6)), min_size=1, max_size=12), st.booleans())
def test_any_changes_come_to_what_a_fit_afresh_does(changes: list[tuple[str, int]], many: bool) -> None:
    labels = list(("ab" if many else "aabb") * (20 if many else 1))
    shown = points(labels)
    ridge = Ridge(shown, labels)
    penalty = ridge.penalty
    for label, number in changes:
        if number % 3 == 0 and len(labels) > 2:
            row = number % len(labels)
            ridge.remove(shown, row)
            shown, labels = np.delete(shown, row, axis=0), labels[:row] + labels[row + 1 :]
        else:
            (point,) = points(label, number)
            ridge.add(shown, point, label)
            shown, labels = np.concatenate([shown, point[None]]), [*labels, label]
    assert ridge.labels == tuple(sorted(set(labels)))
    assert [ridge.labels[owner] for owner in ridge.owners_N] == labels
    ridge.penalty = penalty
    coefficients, intercepts, left_out = ridge.solution()
    if len(ridge.labels) > 1:
        expected = oracle(shown, labels, penalty)
        np.testing.assert_allclose(coefficients, expected[0], atol=1e-4)
        np.testing.assert_allclose(intercepts, expected[1], atol=1e-4)
    afresh = Ridge(shown, labels)
    if afresh.penalty == penalty:
        np.testing.assert_allclose(left_out, afresh.solution()[2], atol=1e-4)


def same(one: Head, other: Head) -> None:
    """Two heads that answer the same."""
    assert one.labels == other.labels
    for name in ("coefficients_DL", "intercepts_L", "sharpness", "examples_MD", "owners_M", "expected_L", "spread_L"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=2e-3, rtol=2e-3, err_msg=name)


def test_corrections_one_by_one_give_the_head_of_all_at_once() -> None:
    """Also where a picture gets another name, twice, and a label comes and goes."""
    labels = list("abc" * 100)
    shown = points(labels)
    items = [Exemplar(label, point, "", str(key)) for key, (label, point) in enumerate(zip(labels, shown, strict=True))]
    one_by_one, head = Examples(), None
    head = one_by_one.add(items[:270], head)
    changes = [*items[270:], items[3]._replace(label="d"), items[4]._replace(label="b"), items[3]._replace(label="a")]
    for change in changes:
        head = one_by_one.add([change], head)
    at_once = Examples()
    last = {item.key: item for item in [*items, *changes]}
    assert len(changes) > MAX_CHANGES
    wanted = at_once.add([last[key] for key in one_by_one.keys], None)
    assert one_by_one.labels == at_once.labels
    assert one_by_one.label_of("3") == "a"
    assert one_by_one.label_of("4") == "b"
    np.testing.assert_array_equal(one_by_one.points, at_once.points)
    same(head, wanted)


def test_a_matrix_is_inverted_by_halves() -> None:
    rows = np.random.default_rng(0).normal(size=(400, 301)).astype(np.float32)
    matrix = rows.T @ rows / 400 + 0.5 * np.eye(301, dtype=np.float32)
    np.testing.assert_allclose(inverted(matrix) @ matrix, np.eye(301), atol=1e-4)

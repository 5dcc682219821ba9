"""Out-of-fold probabilities show which labels are doubtful."""

from __future__ import annotations

import numpy as np

from pippin.learn.confident_learning import check_labels


def test_the_most_doubtful_label_comes_first() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.95, 0.02, 0.03], [0.4, 0.5, 0.1], [0.1, 0.1, 0.8]])
    found = check_labels(probabilities, np.array([0, 1, 2, 0, 2]))
    assert list(found.order[:2]) == [2, 3]
    assert list(found.suggested) == [1, 0, 0, 1, 0]
    np.testing.assert_allclose(found.confidences, [0.9, 0.7, 0.03, 0.4, 0.8])
    np.testing.assert_allclose(found.others, [0.1, 0.2, 0.95, 0.5, 0.1])


def test_only_what_is_confidently_another_is_likely_wrong() -> None:
    # The means where each is given: class 0 (0.9 + 0.6 + 0.1) / 3, class 1 (0.9 + 0.7) / 2.
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.1, 0.9], [0.1, 0.9], [0.3, 0.7], [0.45, 0.55]])
    found = check_labels(probabilities, np.array([0, 0, 0, 1, 1, 1]))
    assert list(found.likely_wrong) == [False, False, True, False, False, False]


def test_a_class_that_is_never_given_has_no_threshold() -> None:
    found = check_labels(np.array([[0.5, 0.5, 0.0], [0.4, 0.1, 0.5]]), np.array([0, 1]))
    assert list(found.suggested) == [1, 2]
    assert not found.likely_wrong[0]

"""Multinomial logistic regression in numpy agrees with scikit-learn's."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from pippin.learn import logistic_regression


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    features, classes = load_digits(return_X_y=True)
    return ((features - features.mean(0)) / (features.std(0) + 1)).astype(np.float32), classes


@pytest.mark.parametrize("c", [0.001, 0.1, 1])
def test_equals_scikit_learn(digits: tuple[np.ndarray, np.ndarray], c: float) -> None:
    features, classes = digits
    model = logistic_regression.fit(features[:900], classes[:900], 10, c)
    oracle = LogisticRegression(C=c, tol=1e-8, max_iter=3000).fit(features[:900], classes[:900])
    probabilities = model.predict(features[900:])
    np.testing.assert_allclose(probabilities, oracle.predict_proba(features[900:]), atol=2e-3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_same_input_gives_the_same_answer(digits: tuple[np.ndarray, np.ndarray]) -> None:
    first, second = (logistic_regression.fit(digits[0][:200], digits[1][:200], 10, 0.1) for _ in range(2))
    np.testing.assert_array_equal(first.weights_DK, second.weights_DK)


def test_noise_asks_for_more_regularisation_than_signal(digits: tuple[np.ndarray, np.ndarray]) -> None:
    features, classes = digits[0][:300], digits[1][:300]
    noise = np.random.default_rng(0).permutation(classes)
    candidates = (1e-4, 1e-2, 1.0)
    assert logistic_regression.choose_c(features, classes, 10, candidates) > logistic_regression.choose_c(
        features, noise, 10, candidates
    )


def test_one_class_and_one_example_are_enough() -> None:
    features = np.ones((1, 3), dtype=np.float32)
    assert logistic_regression.choose_c(features, np.array([0]), 1, (0.1, 1.0)) == 0.1
    assert logistic_regression.fit(features, np.array([0]), 1, 0.1).predict(features) == pytest.approx(1)

"""The measures agree with scikit-learn's and scipy's, and their intervals hold what they promise."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, adjusted_rand_score, balanced_accuracy_score

from pippin.core.errors import PippinError
from pippin.learn import metrics

LABELS = np.array(["apple", "ball", "pear"])


@pytest.fixture
def answers() -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(0)
    truth = rng.choice(LABELS, 200, p=[0.7, 0.2, 0.1])
    predicted = np.where(rng.random(200) < 0.7, truth, rng.choice(LABELS, 200))
    return list(predicted), list(truth)


@pytest.mark.parametrize(("groups", "labels"), [(1, 3), (3, 1), (2, 5), (10, 10), (40, 40)])
def test_the_adjusted_rand_index_equals_the_oracle(groups: int, labels: int) -> None:
    rng = np.random.default_rng(groups)
    truth = rng.integers(0, labels, 60)
    for assigned in (rng.integers(0, groups, 60), np.where(rng.random(60) < 0.3, 0, truth), truth):
        found = metrics.adjusted_rand_index(assigned, truth)
        assert found == pytest.approx(adjusted_rand_score(truth, assigned))


def test_names_of_groups_do_not_change_the_adjusted_rand_index() -> None:
    assert metrics.adjusted_rand_index([0, 0, 1, 1], ["b", "b", "a", "a"]) == 1.0
    assert metrics.adjusted_rand_index(range(5), range(5)) == 1.0


def test_accuracy_and_its_interval_equal_the_oracles(answers: tuple[list[str], list[str]]) -> None:
    predicted, truth = answers
    score = metrics.accuracy(predicted, truth)
    hits = sum(np.array(predicted) == np.array(truth))
    interval = stats.binomtest(int(hits), 200).proportion_ci(method="wilson")
    assert score.value == pytest.approx(accuracy_score(truth, predicted))
    assert score[1:] == pytest.approx((interval.low, interval.high))


def test_balanced_accuracy_equals_the_oracle(answers: tuple[list[str], list[str]]) -> None:
    predicted, truth = answers
    score = metrics.balanced_accuracy(predicted, truth)
    assert score.value == pytest.approx(balanced_accuracy_score(truth, predicted))
    assert score.low < score.value < score.high


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 30, 101])
def test_student_t_equals_the_oracle(freedom: int) -> None:
    assert metrics.student_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)


def test_mean_interval_equals_the_oracle() -> None:
    values = [0.71, 0.74, 0.69, 0.75, 0.72]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert metrics.mean_interval(values) == pytest.approx((np.mean(values), low, high))


def test_bootstrap_of_a_mean_equals_the_oracle() -> None:
    values = np.random.default_rng(1).normal(size=300)
    score = metrics.bootstrap(lambda x: float(x.mean()), values)
    oracle = stats.bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(2))
    assert score.value == values.mean()
    expected = (oracle.confidence_interval.low, oracle.confidence_interval.high)
    assert score[1:] == pytest.approx(expected, abs=0.02)
    assert score == metrics.bootstrap(lambda x: float(x.mean()), values)


def test_calibration_error_of_honest_and_of_boasting_answers() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.uniform(0.5, 1, 20_000)
    honest = metrics.expected_calibration_error(confidence, rng.random(20_000) < confidence)
    assert honest.value < 0.015
    boasting = metrics.expected_calibration_error(np.ones(400), rng.random(400) < 0.6)
    assert boasting.low < 0.4 < boasting.high


def test_calibration_error_by_hand() -> None:
    # Two bins: (0, 0.5] holds 0.2 and 0.5 (one right), (0.5, 1] holds 0.9 (wrong).
    score = metrics.expected_calibration_error([0.2, 0.5, 0.9], [False, True, False], bins=2)
    assert score.value == pytest.approx((abs(1 - 0.7) + 0.9) / 3)
    assert score.low <= score.value <= score.high


def test_wilson_stays_within_0_and_1() -> None:
    assert metrics.wilson(0, 3).low == 0.0
    assert metrics.wilson(3, 3).high == 1.0


def test_nothing_to_score_is_said() -> None:
    with pytest.raises(PippinError, match="at least one"):
        metrics.accuracy([], [])
    with pytest.raises(PippinError, match="at least one"):
        metrics.bootstrap(np.mean, np.zeros(0))
    with pytest.raises(PippinError, match="two results"):
        metrics.mean_interval([0.5])

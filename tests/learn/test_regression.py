"""Numbers: scores, ridge, intervals and weights against oracles and properties."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import LeaveOneOut, PredefinedSplit, cross_val_predict

from pippin.core.data import Example
from pippin.core.inputs import Record
from pippin.core.values import Prediction
from pippin.learn import conformal, ridge
from pippin.learn.ensemble_weights import greedy_weights, loss
from pippin.learn.folds import assign_folds, has_groups, hold_out
from pippin.learn.regression_details import measure, report
from pippin.learn.score_details import score
from pippin.learn.targets import Target


def example(answer: object, number: int) -> Example:
    """An example whose input does not matter."""
    return Example(Record(content=b"{}", name=f"row {number}", media_type="application/json"), answer, f"{number:x}")


@pytest.fixture
def numbers() -> tuple[list[Prediction], list[Example], np.ndarray, np.ndarray]:
    """200 predictions with intervals, one of them failed, and the numbers."""
    rng = np.random.default_rng(0)
    truth = rng.normal(10, 3, 200)
    found = truth + rng.normal(0, 1, 200)
    predictions = [Prediction(float(value), interval=(value - 1.6, value + 1.6)) for value in found]
    predictions[7] = Prediction(None, error="cannot read it")
    examples = [example(float(value), number) for number, value in enumerate(truth)]
    kept = np.arange(200) != 7
    return predictions, examples, found[kept], truth[kept]


def test_scores_of_numbers_equal_the_oracle(numbers: tuple) -> None:
    predictions, examples, found, truth = numbers
    scores = score(predictions, examples)
    assert scores["rmse"].value == pytest.approx(root_mean_squared_error(truth, found))
    assert scores["mae"].value == pytest.approx(mean_absolute_error(truth, found))
    assert scores["r2"].value == pytest.approx(r2_score(truth, found))
    assert scores["coverage"].value == pytest.approx(np.mean(np.abs(truth - found) <= 1.6))
    assert all(one.low <= one.value <= one.high for one in scores.values())


def test_details_of_numbers_show_the_mean_beside(numbers: tuple) -> None:
    predictions, examples, found, truth = numbers
    shown = report(measure(predictions, examples))
    assert shown.payload["mean_baseline"]["rmse"]["value"] == pytest.approx(truth.std())
    assert shown.payload["residuals"]["median"] == pytest.approx(np.median(truth - found))
    assert shown.figures[0].content.count(b"<circle") == len(truth)
    assert report(measure(predictions[7:8], examples[7:8])).notes


def test_a_model_no_better_than_the_mean_is_told() -> None:
    examples = [Example(Record.of({"n": n}), float(n), f"{n}") for n in range(20)]
    (note,) = report(measure([Prediction(9.5)] * 20, examples)).notes
    assert note == "Its errors are no smaller than those of always saying the mean, whose RMSE is 5.766."
    assert not report(measure([Prediction(9.5 + n / 10) for n in range(20)], examples)).notes


@pytest.mark.parametrize("shape", [(60, 8), (20, 40)])
def test_ridge_and_its_leave_one_out_residuals_equal_the_oracle(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=shape)
    truth = rows @ rng.normal(size=shape[1]) + rng.normal(size=shape[0])
    ours, theirs = ridge.fit(rows, truth, 3.0), Ridge(alpha=3.0).fit(rows, truth)
    assert np.allclose(ours.predict(rows), theirs.predict(rows), atol=1e-8)
    strength, residuals = ridge.choose(rows, truth, [3.0])
    assert strength == 3.0
    apart = cross_val_predict(Ridge(alpha=3.0), rows, truth, cv=LeaveOneOut())
    assert np.allclose(residuals, truth - apart, atol=0.05), "the intercept's leverage is 1/N, its shrinkage is not"
    if shape[0] > shape[1]:
        assert np.allclose(residuals, truth - apart, atol=1e-6)


def test_split_conformal_intervals_cover_what_they_promise() -> None:
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        residuals = rng.standard_t(3, size=60)
        covered.append(abs(rng.standard_t(3)) <= conformal.radius(residuals))
    assert 0.86 <= np.mean(covered) <= 0.95
    assert conformal.radius([]) == 0
    assert conformal.radius([1.0, -2.0]) == 2.0, "too few to leave any out"


def test_weights_prefer_what_errs_least_and_sum_to_one() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=300)
    target = Target.fit(list(map(float, truth)))
    outputs = [(truth + rng.normal(0, size, 300))[:, None] for size in (0.5, 0.5, 5.0)]
    weights = greedy_weights(outputs, truth, target)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) >= 0
    assert weights[2] < 0.05 < 0.35 < min(weights[:2])
    mean = sum(weight * one for weight, one in zip(weights, outputs, strict=True))
    assert loss(mean, truth, target) < min(loss(one, truth, target) for one in outputs)


def test_targets_are_encoded_and_decoded() -> None:
    labels, prices = Target.fit(["b", "a", "b"]), Target.fit([1.0, 2.0, 6.0])
    assert (labels.is_number, labels.width, labels.encode(["a", "b"]).tolist()) == (False, 2, [0, 1])
    assert np.allclose(prices.decode(prices.encode([1.0, 2.0, 6.0])), [1, 2, 6])
    assert Target.from_dict(prices.to_dict()) == prices
    assert Target.fit([3.0, 3.0]).scale == 1


def test_every_fold_holds_every_label_though_labels_take_turns() -> None:
    truth = np.arange(40) % 2
    folds = assign_folds(truth, Target(("a", "b")), 4)
    assert all(set(truth[folds == fold]) == {0, 1} for fold in range(4))
    assert np.bincount(folds).tolist() == [10, 10, 10, 10]


def test_no_group_lies_in_two_folds_and_every_label_stays_to_learn_from() -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 30, 200)
    target = Target(("a", "b", "rare"))
    truth = np.where(groups % 3 == 0, 0, 1)
    truth[groups == 7] = 2
    folds = assign_folds(truth, target, 4, groups)
    assert all(len(set(folds[groups == group])) == 1 for group in range(30))
    assert np.bincount(folds).min() >= 25
    held = hold_out(truth, target, groups)
    kept = np.setdiff1d(np.arange(200), held)
    assert not set(groups[held]) & set(groups[kept])
    assert set(truth[kept]) == {0, 1, 2}
    assert not has_groups(np.arange(5))
    assert has_groups(np.array([0, 1, 1]))


def test_ridge_by_folds_equals_the_oracle() -> None:
    rng = np.random.default_rng(1)
    rows, folds = rng.normal(size=(60, 5)), np.arange(60) % 3
    truth = rows @ rng.normal(size=5) + rng.normal(size=60)
    _, residuals = ridge.choose_by_folds(rows, truth, folds, [2.0])
    apart = cross_val_predict(Ridge(alpha=2.0), rows, truth, cv=PredefinedSplit(folds))
    assert np.allclose(residuals, truth - apart, atol=1e-8)

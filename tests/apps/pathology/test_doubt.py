"""Doubt: sets hold what they promise and equal crepes', calibration, kinds of images, the abstention curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.pathology.doubt.abstention import abstention_curve
from pippin.apps.pathology.doubt.calibration import fit_temperature, softmax
from pippin.apps.pathology.doubt.novelty import Novelty, fit_novelty
from pippin.apps.pathology.doubt.sets import held_by_others, is_held, label_set, measure_coverage
from pippin.apps.pathology.predictions import Doubt
from pippin.core.values import Score
from pippin.learn.conformal import label_limits


def draw(seed: int, count: int, strength: float = 1.5, share: float = 0.7) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities [N,3] and labels [N] that agree as often as the strength says."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, count, p=[share, (1 - share) / 2, (1 - share) / 2])
    logits = rng.normal(0, 1, (count, 3))
    logits[np.arange(count), truth] += strength
    return softmax(logits), truth


@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_sets_are_those_of_crepes(coverage: float) -> None:
    crepes = pytest.importorskip("crepes", reason="the judge of conformal sets needs the extra dev")
    shares, truth = draw(0, 301)
    fresh, _ = draw(1, 200)
    limits = label_limits(shares, truth, coverage)
    judge = crepes.ConformalClassifier()
    judge.fit(1 - shares[np.arange(301), truth], bins=truth)
    for label in range(3):
        theirs = judge.predict_set(
            1 - fresh[:, [label]], bins=np.full(200, label), confidence=coverage, smoothing=False
        )
        np.testing.assert_array_equal(theirs[:, 0] == 1, fresh[:, label] >= limits[label])


@given(seed=st.integers(0, 10_000), coverage=st.sampled_from([0.7, 0.9]))
@settings(max_examples=15, deadline=None)
def test_sets_hold_the_right_label_whatever_the_shares_of_labels(seed: int, coverage: float) -> None:
    limits = label_limits(*draw(seed, 2000), coverage)
    for share in (0.7, 0.2):
        shares, truth = draw(seed + 1, 2000, share=share)
        assert is_held(shares, truth, limits.tolist()).mean() >= coverage - 0.04


def test_a_label_with_too_few_images_belongs_to_every_set() -> None:
    shares, truth = draw(0, 300)
    rare = np.concatenate([np.flatnonzero(truth != 2), np.flatnonzero(truth == 2)[:5]])
    limits = label_limits(shares[rare], truth[rare], 0.9)
    assert limits[2] == 0
    assert (limits[:2] > 0).all()
    assert label_set([0.99, 0.01, 0.0], limits.tolist(), ["a", "b", "c"])[-1] == "c"


def test_a_set_is_never_empty_and_begins_with_the_likeliest() -> None:
    assert label_set([0.4, 0.6], [0.9, 0.9], ["a", "b"]) == ("b",)
    assert label_set([0.4, 0.6], [0.3, 0.9], ["a", "b"]) == ("b", "a")
    held = is_held(np.array([[0.4, 0.6], [0.4, 0.6]]), np.array([0, 1]), [0.9, 0.9])
    assert held.tolist() == [False, True]


def test_measured_coverage_leaves_each_fold_out() -> None:
    shares, truth = draw(0, 600)
    folds = np.arange(600) % 5
    found, by_label = measure_coverage(held_by_others(shares, truth, folds, 0.9), truth, 3)
    held = [
        is_held(shares[folds == k], truth[folds == k], label_limits(shares[folds != k], truth[folds != k]).tolist())
        for k in range(5)
    ]
    assert found.value == pytest.approx(np.concatenate(held).mean())
    assert found.low < found.value < found.high
    counts = np.bincount(truth)
    assert sum(s.value * n for s, n in zip(by_label, counts, strict=True)) == pytest.approx(found.value * 600)
    assert max(s.high - s.low for s in by_label) > found.high - found.low


def test_temperature_undoes_too_sharp_logits() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 3))
    truth = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)  # a draw from their softmax
    assert fit_temperature(logits * 3, truth) == pytest.approx(3, rel=0.1)
    assert fit_temperature(logits, truth) == pytest.approx(1, rel=0.1)


def test_another_kind_lies_farther_than_its_own() -> None:
    rng = np.random.default_rng(0)
    mixing = rng.normal(0, 1, (6, 40))
    own = (rng.normal(0, 1, (400, 6)) @ mixing + rng.normal(0, 0.1, (400, 40))).astype(np.float32)
    other = rng.normal(0, 2, (100, 40)).astype(np.float32)
    novelty = fit_novelty(own[:300], np.arange(300) % 5)
    assert (novelty.distances(other) > novelty.limit).mean() > 0.99
    assert (novelty.distances(own[300:]) > novelty.limit).mean() < 0.15
    arrays, numbers = novelty.save()
    np.testing.assert_array_equal(Novelty.load(arrays, numbers).distances(other), novelty.distances(other))


def test_few_images_call_nothing_another_kind() -> None:
    points = np.random.default_rng(0).normal(0, 1, (8, 12)).astype(np.float32)
    novelty = fit_novelty(points, np.arange(8) % 2)
    assert (novelty.distances(points * 50) <= novelty.limit).all()


def test_the_curve_answers_the_surest_first() -> None:
    curve = abstention_curve([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0], (0.5, 0.75, 1.0))
    assert curve == [[0.5, 1.0], [0.75, pytest.approx(2 / 3)], [1.0, 0.5]]


def test_doubt_says_what_would_settle_it() -> None:
    doubt = Doubt(0.9, Score(0.91, 0.88, 0.93), 500, ("a", "b"), (0.4, 0.3))
    assert "a or b, so it abstains between them" in doubt.describe_set(("a", "b"))
    assert "91.0% of such sets" in doubt.describe_set(("a",))
    assert doubt.describe_need(("a", "b"), {"a": 0.6, "b": 0.4}).endswith("b would have to fall from 0.40 below 0.30")
    assert doubt.describe_need(("a",), {"a": 0.9, "b": 0.1}) == ""


def test_doubt_tells_coverage_by_label() -> None:
    shares = Score(0.95, 0.9, 0.98), Score(0.8, 0.7, 0.9)
    doubt = Doubt(0.9, Score(0.91, 0.88, 0.93), 500, ("a", "b"), (0.4, 0.3), shares, (400, 100))
    assert "(88.0% to 93.0%; a 95.0% of 400, b 80.0% of 100)" in doubt.describe_set(("a",))
    measured = doubt.to_dict(("a",), 1.0, 2.0)["doubt"]["measured"]
    assert measured["by_label"]["b"] == {"value": 0.8, "low": 0.7, "high": 0.9, "n": 100}
    many = Doubt(0.9, Score(0.9, 0.8, 1.0), 60, tuple("abcdef"), (0.1,) * 6, (*[shares[0]] * 5, shares[1]), (10,) * 6)
    assert "; lowest, f 80.0% of 10)" in many.describe_set(("a",))

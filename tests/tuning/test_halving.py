"""Successive halving: few rounds, ever fewer trials on ever more, one left on the whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pippin.core.job import Job
from pippin.core.run import Budget
from pippin.tuning.halving import Resource, shares, survivors


def test_twenty_seven_trials_take_four_rounds() -> None:
    assert shares(27, 10_000) == [1 / 27, 1 / 9, 1 / 3, 1.0]
    assert shares(30, 10_000) == shares(27, 10_000)
    assert shares(2, 10_000) == [1.0]
    assert shares(30, 100) == [1 / 3, 1.0], "a ninth of 100 examples tells nothing"
    assert survivors([4, 9, 2, 7, 1, 3], {4: 0.5, 9: 0.1, 2: 0.2, 7: 0.9, 1: 0.3, 3: 0.8}.__getitem__) == [9, 2]


@given(st.integers(1, 500), st.integers(1, 10**6))
def test_one_trial_is_left_for_the_whole(count: int, whole: int) -> None:
    going = list(range(count))
    steps = shares(count, whole)
    for number, share in enumerate(steps, start=1):
        assert share == 1.0 or whole * share >= 20
        if number < len(steps):
            going = survivors(going, lambda trial: trial)
    assert steps[-1] == 1.0
    assert going
    assert going[0] == 0, "the best is never dropped"


def test_a_share_is_of_time_frames_or_examples() -> None:
    job = Job("a", config={"total_frames": 0}, budget=Budget(60.0))
    assert Resource("seconds", 60.0).limit(job, 1 / 3).budget.seconds == 20.0
    assert Resource("frames", 9000.0).limit(job, 1 / 9).config["total_frames"] == 1000
    assert Resource("examples", 900.0).limit(job, 1 / 9).train_size == 100
    assert Resource("examples", 900.0).limit(job, 1.0) is job

"""Datasets: no group torn, smaller ones within larger ones, a fingerprint that means the content."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.core.data import Dataset, Example, split_by_group, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Text


def example(number: int, answer: object, group: str = "") -> Example:
    return Example(Text.of(str(number)), answer, f"{number:04x}", group)


GROUPED = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "g1", "g2", "g3", "g4"])), max_size=60).map(
    lambda rows: [example(i, answer, group) for i, (answer, group) in enumerate(rows)]
)
SEEDS = st.integers(0, 3)


@given(GROUPED, st.floats(0, 0.5), st.floats(0, 0.5), SEEDS)
def test_a_split_tears_no_group_and_loses_nothing(examples: list[Example], val: float, test: float, seed: int) -> None:
    parts = split_by_group(examples, val=val, test=test, seed=seed)
    assert sorted(e.key for part in parts for e in part) == [e.key for e in examples]
    groups = [{e.group or e.key for e in part} for part in parts]
    assert len(set().union(*groups)) == sum(map(len, groups))
    assert split_by_group(examples, val=val, test=test, seed=seed) == parts


@given(GROUPED, SEEDS)
def test_every_answer_keeps_something_to_learn_from(examples: list[Example], seed: int) -> None:
    single = [replace(e, group="") for e in examples]
    train, _, _ = split_by_group(single, val=0.4, test=0.6, seed=seed)
    assert {e.answer for e in train} == {e.answer for e in single}


def test_shares_are_about_those_asked_for() -> None:
    parts = split_by_group([example(i, i % 2) for i in range(200)])
    assert [len(part) for part in parts] == [140, 20, 40]
    assert Counter(e.answer for e in parts[2]) == {0: 20, 1: 20}


@given(GROUPED, st.integers(0, 60), st.integers(0, 60), SEEDS)
def test_smaller_takes_lie_within_larger_ones(examples: list[Example], one: int, other: int, seed: int) -> None:
    data = Dataset("x", tuple(examples[::2]), tuple(examples[1::2]))
    small, large = (data.subsample(count, seed) for count in sorted((one, other)))
    assert len(large.train + large.val) == min(max(one, other), len(examples))
    for few, many, whole in ((small.train, large.train, data.train), (small.val, large.val, data.val)):
        assert few == many[: len(few)]
        assert set(many) <= set(whole)


def test_a_few_examples_hold_as_much_of_each_part_as_all_do() -> None:
    train, val, _ = split_by_group([example(i, i % 2) for i in range(2000)], val=0.1, test=0)
    few = Dataset("x", train, val).subsample(400)  # by the seed that set `val` apart
    assert 20 <= len(few.val) <= 60


@given(GROUPED, SEEDS, st.randoms(use_true_random=False))
def test_every_prefix_is_balanced_whatever_the_order(examples: list[Example], seed: int, rng: random.Random) -> None:
    order = spread(examples, seed)
    available = Counter(e.answer for e in examples)
    for count in range(len(order) + 1):
        taken = Counter(e.answer for e in order[:count])
        highest = max(taken.values(), default=0)
        assert all(taken[answer] >= min(available[answer], highest - 1) for answer in available)
    shuffled = rng.sample(examples, len(examples))
    assert spread(shuffled, seed) == order


@given(GROUPED.filter(bool), st.randoms(use_true_random=False))
def test_a_fingerprint_means_answers_and_parts_not_order(examples: list[Example], rng: random.Random) -> None:
    data = Dataset("x", tuple(examples))
    print_ = data.fingerprint()
    assert len(print_) == 16
    assert Dataset("y", tuple(rng.sample(examples, len(examples)))).fingerprint() == print_
    place = rng.randrange(len(examples))
    changed = [*examples]
    changed[place] = replace(changed[place], answer="another")
    assert Dataset("x", tuple(changed)).fingerprint() != print_
    moved = Dataset("x", tuple(examples[:place] + examples[place + 1 :]), test=(examples[place],))
    assert moved.fingerprint() != print_


@pytest.mark.parametrize("count", [0, 1])
def test_the_smallest_datasets(count: int) -> None:
    examples = [example(i, "a") for i in range(count)]
    assert split_by_group(examples) == (tuple(examples), (), ())
    assert Dataset("x", ()).examples == ()


def test_hidden_answers_reach_no_learner_and_labelled_examples_alone_are_scored() -> None:
    both = Dataset("both", (example(0, "a"), example(1, None)), test=(example(2, "b"),), answers_hidden=True)
    learned = both.for_learning()
    assert [one.answer for one in learned.examples] == [None, None, None]
    assert [one.key for one in learned.examples] == [one.key for one in both.examples]
    assert learned.labels == []
    assert [one.answer for one in both.labelled_only().examples] == ["a", "b"]
    with pytest.raises(PippinError, match="has no labels to score by"):
        learned.labelled_only()
    plain = replace(both, answers_hidden=False)
    assert plain.for_learning() is plain

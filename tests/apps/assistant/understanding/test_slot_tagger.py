"""Slots become tags and tags slots; the path is the best one; few examples teach slots."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.assistant.understanding.slot_tagger import (
    NEVER,
    Slot,
    SlotTagger,
    best_path,
    load_tagger,
    slots_of_tags,
    step_scores,
    tags_of,
    trimmed,
)
from pippin.learn.text.token_encoder import token_encoder, word_spans

NAMES = st.sampled_from(["when", "item"])


@st.composite
def sentences(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[Slot]]:
    """Words of one letter with a space between, and slots of whole words that do not touch."""
    runs = draw(st.lists(st.tuples(st.integers(1, 3), st.none() | NAMES), min_size=1, max_size=6))
    words: list[tuple[int, int]] = []
    slots: list[Slot] = []
    for length, name in runs:
        first = len(words)
        words += [(2 * place, 2 * place + 1) for place in range(first, first + length)]
        if name:
            slots.append(Slot(name, words[first][0], words[-1][1]))
    return words, slots


@given(sentences())
def test_tags_spell_the_slots_they_came_from(sentence: tuple[list[tuple[int, int]], list[Slot]]) -> None:
    words, slots = sentence
    assert list(slots_of_tags(words, tags_of(words, slots))) == slots


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10_000))
def test_the_best_path_has_the_greatest_sum(length: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, steps = rng.normal(size=(length, count)), rng.normal(size=(count + 1, count + 1))

    def total(path: tuple[int, ...]) -> float:
        inner = sum(steps[one, other] for one, other in pairwise(path))
        return float(steps[-1, path[0]] + inner + steps[path[-1], -1] + sum(scores[range(length), path]))

    best = max(total(path) for path in product(range(count), repeat=length))
    assert total(tuple(best_path(scores, steps))) == pytest.approx(best)


def test_an_inside_tag_follows_its_beginning_alone() -> None:
    tags = ["B-a", "B-b", "I-a", "O"]
    steps = step_scores(tags, {("O", "I-a"): 50})
    assert [steps[row, 2] > NEVER for row in range(5)] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("text", "found"), [("at six?", [(0, 6)]), ("  six", [(2, 5)]), (",.", []), ("a.m.", [(0, 3)]), ("", [])]
)
def test_signs_at_the_ends_are_no_part_of_a_slot(text: str, found: list[tuple[int, int]]) -> None:
    assert [(slot.start, slot.end) for slot in trimmed([Slot("when", 0, len(text))], text)] == found


def taught() -> SlotTagger:
    """A tagger that was shown eight sentences."""
    tagger = SlotTagger()
    for order in ("a coffee", "two teas", "a sandwich", "three muffins", "a latte", "one bagel", "some juice", "a pie"):
        text = f"I would like {order} please"
        (encoding,) = token_encoder().encode([text])
        tagger.add(encoding, [Slot("item", 13, 13 + len(order))], "order")
    return tagger


def test_a_slot_is_found_that_was_never_seen_and_only_with_its_intent() -> None:
    tagger, text = taught(), "I would like a brownie please"
    (encoding,) = token_encoder().encode([text])
    assert [text[slot.start : slot.end] for slot in tagger.tag(encoding, "order")] == ["a brownie"]
    assert tagger.tag(encoding, "leave") == ()


def test_saved_and_loaded_it_tags_the_same() -> None:
    tagger = taught()
    again = load_tagger(*tagger.save())
    (encoding,) = token_encoder().encode(["I would like four buns please"])
    assert again.tag(encoding, "order") == tagger.tag(encoding, "order") != ()


def test_a_sentence_without_words_has_no_slots() -> None:
    (encoding,) = token_encoder().encode([" "])
    assert encoding.words == word_spans(" ") == ()
    assert taught().tag(encoding, "order") == ()


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 10_000))
def test_the_loss_is_that_of_all_paths_counted_one_by_one(length: int, count: int, seed: int) -> None:
    import torch

    from pippin.apps.assistant.understanding.tuning import IGNORED, path_loss

    rng = np.random.default_rng(seed)
    scores, steps = rng.normal(size=(length, count)), rng.normal(size=(count + 1, count + 1))
    right = tuple(rng.integers(0, count, length))

    def total(path: tuple[int, ...]) -> float:
        inner = sum(steps[one, other] for one, other in pairwise(path))
        return float(steps[-1, path[0]] + inner + steps[path[-1], -1] + sum(scores[range(length), path]))

    every = np.array([total(path) for path in product(range(count), repeat=length)])
    expected = float(np.log(np.exp(every).sum())) - total(right)
    padded = torch.from_numpy(np.concatenate([scores, np.zeros((2, count))]))[None]
    tags = torch.tensor([[*map(int, right), IGNORED, IGNORED]])
    assert float(path_loss(padded, tags, torch.from_numpy(steps))) == pytest.approx(expected)

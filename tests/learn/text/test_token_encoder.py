"""Tokens have their places in the text; the layers computed here are those of the packaged graph."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pippin.learn.nn.onnx_session import session
from pippin.learn.text.layer_tuning import UpperLayers, pooled_states, upper_weights
from pippin.learn.text.token_encoder import (
    LAYER_WEIGHTS,
    LAYERS,
    MAX_PIECES,
    WEIGHTS,
    WEIGHTS_FILE,
    WIDTH,
    token_encoder,
    with_outputs,
    word_spans,
)

TEXTS = ("What is my schedule for tomorrow?", "hi", "book a table for two at half past seven, please")


@given(st.text(max_size=60))
def test_words_are_in_order_and_leave_out_spaces_alone(text: str) -> None:
    spans = word_spans(text)
    assert all(a < b <= c < d for (a, b), (c, d) in pairwise(spans))
    covered = {place for a, b in spans for place in range(a, b)}
    assert not any(character.isspace() for a, b in spans for character in text[a:b])
    assert all(text[place].isspace() for place in set(range(len(text))) - covered)


def test_a_word_keeps_what_stands_inside_it() -> None:
    text = "o'clock at 3:30 (half-past)?"
    assert [text[a:b] for a, b in word_spans(text)] == ["o'clock", "at", "3:30", "(", "half-past", ")", "?"]


@pytest.mark.parametrize("text", [*TEXTS, "o'clock, 3:30 and naïve café"])
def test_words_one_by_one_are_the_pieces_of_the_whole(text: str) -> None:
    pieces = token_encoder().pieces
    words = [text[a:b] for a, b in word_spans(text)]
    numbers, owners = pieces.of_words(words, MAX_PIECES)
    assert numbers == pieces(text, MAX_PIECES)
    assert owners[0] == owners[-1] == -1
    assert [owner for place, owner in enumerate(owners) if owner != owners[place - 1]][:-1] == list(range(len(words)))


def test_pieces_beyond_the_limit_are_left_out_with_their_words() -> None:
    (found,) = token_encoder().encode(["word " * 500])
    assert len(found.words) == len(found.states) == MAX_PIECES - 2


def test_added_outputs_change_nothing_else() -> None:
    model = WEIGHTS.find(WEIGHTS_FILE).read_bytes()
    numbers, _ = token_encoder().pieces.of_words(["hello", "there"], 10)
    ids = np.array([numbers], np.int64)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    (plain,) = session(model).run(None, given)
    *_, last = session(with_outputs(model, LAYERS[:-1])).run(LAYERS, given)
    np.testing.assert_array_equal(plain, last)


def test_a_text_is_the_same_alone_and_among_others() -> None:
    together = list(token_encoder().encode(TEXTS))
    for text, found in zip(TEXTS, together, strict=True):
        (alone,) = token_encoder().encode([text])
        np.testing.assert_allclose(alone.vector, found.vector, atol=2e-3)
        np.testing.assert_allclose(alone.states, found.states, atol=1e-3)
        assert len(found.vector) == WIDTH * len(LAYERS)
        assert np.linalg.norm(found.vector) == pytest.approx(float(np.linalg.norm(LAYER_WEIGHTS)), abs=1e-3)


def test_likeness_is_that_of_meaning() -> None:
    one, same, other = token_encoder().vectors(
        ["when does my train leave", "departure of my train", "two pizzas please"]
    )
    assert one @ same > one @ other + 0.1


def test_upper_layers_here_are_those_of_the_graph() -> None:
    encoder = token_encoder()
    tuned = encoder.with_upper(upper_weights())
    lowers = list(encoder.lower(TEXTS))
    plain, seen, later = (
        list(found) for found in (encoder.encode(TEXTS), tuned.encode(TEXTS), tuned.from_lower(lowers))
    )
    for own, here, there in zip(plain, seen, later, strict=True):
        np.testing.assert_allclose(own.vector, here.vector, atol=2e-3)
        np.testing.assert_allclose(own.states, here.states, atol=1e-3)
        np.testing.assert_allclose(own.vector, there.vector, atol=5e-3)  # what they are given is in half precision
        assert own.words == here.words == there.words


def test_torch_computes_the_same_layers() -> None:
    network = UpperLayers().eval()
    (lower,) = token_encoder().lower(TEXTS[:1])
    states = torch.from_numpy(lower.states.astype(np.float32))[None]
    real = torch.ones(1, states.shape[1], dtype=torch.bool)
    with torch.no_grad():
        layers = [states, *network(states, real)]
        vector = torch.cat([w * pooled_states(one, real) for w, one in zip(LAYER_WEIGHTS, layers, strict=True)], dim=1)
    (plain,) = token_encoder().encode(TEXTS[:1])
    np.testing.assert_allclose(vector[0].numpy(), plain.vector, atol=5e-3)
    assert set(network.arrays()) == set(upper_weights())

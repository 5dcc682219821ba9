"""The network that is tuned has scores of intents and tags for every sentence, with slots and without."""

from __future__ import annotations

import pytest
import torch

from pippin.apps.assistant.understanding.tuning import Network, word_means
from pippin.learn.text.token_encoder import WIDTH, token_encoder


@pytest.mark.parametrize("tags", [["B-item", "I-item", "O"], []])
def test_it_scores_intents_and_the_tags_of_words(tags: list[str]) -> None:
    network = Network(4, tags).eval()
    (lower,) = token_encoder().lower(["two half-sweet teas"])
    states = torch.from_numpy(lower.states).float()[None]
    words = torch.from_numpy(word_means(lower))[None]
    intents, scores = network(states, torch.ones(states.shape[:2], dtype=torch.bool), words)
    assert states.shape[2] == WIDTH
    assert intents.shape == (1, 4)
    assert scores.shape == (1, 3, max(1, len(tags)))
    assert network.step_scores().shape == (max(1, len(tags)) + 1,) * 2


def test_a_word_is_the_mean_of_its_pieces() -> None:
    (lower,) = token_encoder().lower(["unaffordable tea"])
    means = word_means(lower)
    assert means.shape == (2, len(lower.owners))
    assert means.sum(axis=1) == pytest.approx([1, 1])
    assert means[1][lower.owners.index(1)] == 1

"""A taught sentence counts at once, for itself and for what is like it; for nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from pippin.apps.assistant.understanding.taught import Taught, TaughtSentence

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(6, 64)).astype(np.float32)
POINTS /= np.linalg.norm(POINTS, axis=1, keepdims=True)
LOGITS = np.tile(np.array([[3.0, 0.0, -1.0]], np.float32), (6, 1))
LABELS = ("a", "b", "c")


def moved(taught: Taught) -> np.ndarray:
    """Logits of the six points after what was taught of the first ones."""
    return taught.moved(LOGITS, POINTS, LOGITS[: len(taught)], LABELS)


def test_nothing_taught_moves_nothing() -> None:
    np.testing.assert_array_equal(Taught().moved(LOGITS, POINTS, LOGITS[:0], LABELS), LOGITS)


def test_it_moves_its_own_sentence_and_no_other() -> None:
    found = moved(Taught([TaughtSentence("x", "b", POINTS[0])]))
    assert found[0].argmax() == 1
    assert (found[1:].argmax(axis=1) == 0).all()
    np.testing.assert_allclose(found[1:], LOGITS[1:], atol=0.5)


def test_likeness_shares_the_move() -> None:
    near = POINTS[0] + 0.02 * POINTS[1]
    near /= np.linalg.norm(near)
    found = Taught([TaughtSentence("x", "c", POINTS[0])]).moved(LOGITS[:1], near[None], LOGITS[:1], LABELS)
    assert found[0].argmax() == 2


@pytest.mark.parametrize("intents", [("b", "c"), ("new", "b"), ("new", "newer")])
def test_several_are_all_learned(intents: tuple[str, str]) -> None:
    taught = Taught([TaughtSentence(str(row), intent, POINTS[row]) for row, intent in enumerate(intents)])
    found = moved(taught)
    assert [taught.labels(LABELS)[place] for place in found[:2].argmax(axis=1)] == list(intents)
    assert found.shape == (6, len(taught.labels(LABELS)))


def test_the_last_word_counts() -> None:
    taught = Taught([TaughtSentence("x", "b", POINTS[0])]).with_sentences([TaughtSentence("x", "c", POINTS[0])])
    assert len(taught) == 1
    assert moved(taught)[0].argmax() == 2

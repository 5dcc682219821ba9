"""Rendered mouths: every word can be spoken, lips meet and part when they should, and a seed is always one clip."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.lipread.rendering import phonemes, sample
from pippin.apps.lipread.rendering.mouth_renderer import GEOMETRY, LOOKS
from pippin.apps.lipread.video import y4m

GRID = sorted({word for words in sample.SENTENCE for word in words})
SEEDS = range(8)


def opening(frames: np.ndarray) -> np.ndarray:
    """Pixels of each frame [T] that are as dark as the inside of a mouth, but not as its line when closed."""
    middle = frames[:, 8:36].astype(float)
    return (middle < 0.62 * np.median(middle)).sum((1, 2))


def during(frames: np.ndarray, words: sample.Words, number: int) -> np.ndarray:
    """The frames in which a word is said."""
    begin, end, _ = words[number]
    return frames[int(begin * 25) : int(np.ceil(end * 25))]


def parting(seed: int, word: str) -> np.ndarray:
    """How far open the mouth is in each frame of the word, by its pose."""
    face, rng = sample._person(seed)
    segments, words, seconds = sample._timed([word], face, rng)
    return during(sample.moved(segments, round(seconds * 25), face, rng), words, 0)[:, 0]


def test_grid_has_51_words_and_all_can_be_spoken() -> None:
    assert len(GRID) == 51
    assert set(GRID) <= set(phonemes.WORDS)
    for word in GRID:
        spoken = phonemes.sounds(word)
        assert spoken
        assert all(sound.viseme in sample.POSES and 30 < sound.milliseconds < 250 for sound in spoken)
        assert set(phonemes.visemes(word)) <= set(phonemes.VISEMES.values())


def test_phonemes_are_known_throughout() -> None:
    used = {phoneme for word in phonemes.WORDS.values() for phoneme in word}
    used |= {phoneme for spelt in phonemes.SPELLINGS.values() for phoneme in spelt.split()}
    assert used | set(phonemes.LONG.values()) <= set(phonemes.VISEMES)
    assert set(phonemes.VISEMES) == set(phonemes.MANNERS)
    assert {phonemes.VISEMES[phoneme] for phoneme in "PBM"} == {"lips together"}
    assert {phonemes.VISEMES[phoneme] for phoneme in "FV"} == {"lip to teeth"}


@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=20))
def test_any_word_has_a_sound(word: str) -> None:
    assert all(sound.milliseconds > 0 for sound in phonemes.sounds(word))
    assert phonemes.sounds(word)


def test_spelling_gives_what_is_said() -> None:
    assert phonemes.phonemes("make") == ("M", "EY", "K")
    assert phonemes.phonemes("Sheep") == ("SH", "IY", "P")
    assert phonemes.phonemes("letter") == ("L", "EH", "T", "ER")
    assert phonemes.phonemes("'") == ("AH",)


def test_sentences_follow_the_grammar_and_differ() -> None:
    sentences = [sample.sentence(seed) for seed in range(300)]
    assert len(set(sentences)) == 300
    for said in sentences:
        assert all(word in words for word, words in zip(said.split(), sample.SENTENCE, strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_words_lie_in_order_within_the_clip(seed: int) -> None:
    said = sample.sentence(seed).split()
    frames, words = sample.talking(said, seed)
    assert frames.dtype == np.uint8
    assert frames.shape[1:] == (40, 64)
    assert 50 <= len(frames) <= 90
    assert [word for _, _, word in words] == said
    times = [time for begin, end, _ in words for time in (begin, end)]
    assert times == sorted(times)
    assert times[0] > 0.3
    assert times[-1] < len(frames) / 25 - 0.3


def test_a_seed_is_always_the_same_and_another_looks_different() -> None:
    one, again = (sample.talking(["bin", "blue"], 5)[0] for _ in range(2))
    np.testing.assert_array_equal(one, again)
    firsts = [sample.talking(["bin"], seed)[0][0].astype(float) for seed in SEEDS]
    for number, first in enumerate(firsts):
        for other in firsts[:number]:
            assert np.abs(first - other).mean() > 3


@pytest.mark.parametrize("word", ["b", "p", "m"])
@pytest.mark.parametrize("seed", SEEDS)
def test_lips_meet_for_p_b_and_m(seed: int, word: str) -> None:
    frames, words = sample.talking([word], seed)
    dark = opening(frames)
    assert parting(seed, word).min() == 0
    assert during(dark, words, 0).min() <= dark[:5].max() + 10


@pytest.mark.parametrize("seed", SEEDS)
def test_open_vowels_open_the_mouth(seed: int) -> None:
    frames, words = sample.talking(["r"], seed)
    dark = opening(frames)
    assert parting(seed, "r").max() > 0.5
    assert during(dark, words, 0).max() > dark[:5].max() + 15


def test_b_and_p_differ_by_chance_only() -> None:
    assert phonemes.visemes("b") == phonemes.visemes("p")
    np.testing.assert_array_equal(sample.talking(["b"], 3)[0], sample.talking(["p"], 3)[0])


def test_the_sample_is_drawn_when_it_is_read() -> None:
    clips = sample.rendered(4)
    again = sample.rendered(4)
    assert [clip.name for clip in clips] == [f"rendered-{seed:03d}.y4m" for seed in range(4)]
    assert len({clip.digest() for clip in clips}) == 4
    assert [repr(clip) for clip in clips] == [repr(clip) for clip in again]
    read = y4m.read(clips[2].read(), clips[2].name)
    assert (read.rate, read.remark) == (25, "rendered")
    frames, words = sample.talking(sample.sentence(2).split(), 2)
    np.testing.assert_array_equal(read.frames, frames)
    assert clips[2].words == words


def test_a_strange_mouth_lies_outside_of_every_range_of_geometry():
    face, _ = sample._person(3)
    strange = sample._strange(face, 3, 0.25)
    for field, (low, high) in zip(fields(face)[:GEOMETRY], LOOKS, strict=False):
        value = getattr(strange, field.name)
        assert value < low or value > high
        assert low - 0.25 * (high - low) <= value <= high + 0.25 * (high - low)
    assert all(getattr(strange, field.name) == getattr(face, field.name) for field in fields(face)[GEOMETRY:])
    assert not np.array_equal(sample.talking(["bin"], 3)[0], sample.talking(["bin"], 3, 0.25)[0])

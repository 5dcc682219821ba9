"""Decoding against brute force and against PyTorch's CTC."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.lipread.decoding import ctc
from pippin.apps.lipread.decoding.alphabet import BLANK, CHARACTERS, numbers
from pippin.apps.lipread.decoding.char_lm import CharacterNgram
from pippin.apps.lipread.decoding.grammar import Grammar, read
from pippin.core.errors import PippinError


def logs_of(frames: int, seed: int = 0, sharp: float = 2.0) -> np.ndarray:
    return ctc.log_softmax(sharp * np.random.default_rng(seed).normal(size=(frames, BLANK + 1)))


def spelt(sentence: str, hold: int = 2) -> np.ndarray:
    """Frames that say a sentence almost surely."""
    classes = [number for letter in numbers(sentence) for number in [letter] * hold + [BLANK]]
    logits = np.zeros((len(classes), BLANK + 1))
    logits[np.arange(len(classes)), classes] = 12
    return ctc.log_softmax(logits)


@pytest.mark.parametrize("sentence", ["a", "aa", "bin blue", "see"])
def test_a_sentences_chance_is_that_of_pytorchs_ctc(sentence):
    torch = pytest.importorskip("torch")
    logs = logs_of(12)
    theirs = torch.nn.functional.ctc_loss(
        torch.from_numpy(logs)[:, None], torch.tensor([numbers(sentence)]), torch.tensor([12]),
        torch.tensor([len(sentence)]), blank=BLANK, reduction="sum",
    )  # fmt: skip
    assert ctc.chance(logs, sentence) == pytest.approx(-float(theirs), abs=1e-4)


def test_the_alignment_is_the_likeliest_of_all():
    logs, sentence = logs_of(6, seed=3), "aba"
    best = -np.inf
    for path in itertools.product([BLANK, *set(numbers(sentence))], repeat=6):
        if ctc.text([n for n, _ in itertools.groupby(path)]) == sentence:
            best = max(best, float(logs[np.arange(6), path].sum()))
    found = ctc.aligned(logs, sentence)
    classes = np.full(6, BLANK)
    for letter in found:
        classes[letter.first : letter.last + 1] = numbers(letter.character)[0]
    assert float(logs[np.arange(6), classes].sum()) == pytest.approx(best)


def test_greedy_and_beam_read_what_is_surely_spelt():
    logs = spelt("bin blue at f two now")
    assert ctc.greedy(logs) == "bin blue at f two now"
    assert ctc.beam(logs)[0][0] == "bin blue at f two now"
    assert ctc.greedy(spelt("see")) == "see"


def test_a_wide_beam_finds_the_likeliest_sentence():
    allowed = numbers("ab")
    logs = np.full((5, BLANK + 1), -20.0)
    logs[:, [*allowed, BLANK]] = np.random.default_rng(1).normal(size=(5, 3))
    logs = ctc.log_softmax(logs)
    every = ["".join(letters) for length in range(6) for letters in itertools.product("ab", repeat=length)]
    scores = {sentence: ctc.chance(logs, sentence) for sentence in every}
    found = ctc.beam(logs, width=200)
    assert found[0][0] == max(scores, key=lambda sentence: scores[sentence])
    assert found[0][1] == pytest.approx(max(scores.values()), abs=1e-6)


def test_a_language_model_settles_what_lips_leave_open():
    logits = np.log(np.exp(spelt("bin")) + np.exp(spelt("pin")))
    language = CharacterNgram.fit(["pin", "pin red", "pin it"])
    assert ctc.beam(logits, language, weight=1.0)[0][0] == "pin"
    assert np.exp(language.logs("pi")).sum() == pytest.approx(1.0)


GRAMMAR = Grammar((("ab", "b", "cc"), ("a", ""), ("bb", "c"), ("", "d a")))


@pytest.mark.parametrize("frames", [6, 9, 14])
def test_the_grammars_probabilities_are_those_of_all_its_sentences(frames):
    logs = logs_of(frames, seed=frames)
    chances = {
        phrases: ctc.chance(logs, " ".join(filter(None, phrases))) for phrases in itertools.product(*GRAMMAR.slots)
    }
    total = np.logaddexp.reduce(list(chances.values()))
    found = read(logs, GRAMMAR)
    assert found is not None
    assert found.fit * frames == pytest.approx(total)
    for slot, word in enumerate(found.words):
        for phrase, probability in ((word.phrase, word.probability), *word.others):
            share = [chance for phrases, chance in chances.items() if phrases[slot] == phrase]
            assert probability == pytest.approx(float(np.exp(np.logaddexp.reduce(share) - total)), abs=1e-9)


def test_too_few_frames_have_no_reading():
    assert read(logs_of(3), Grammar((("bin",), ("blue",)))) is None


def test_what_is_spelt_is_read_and_other_things_fit_badly():
    rules = Grammar((("bin", "lay"), ("blue", "red"), ("again", "now")))
    found, other = read(spelt("lay red now"), rules), read(spelt("turn it off"), rules)
    assert found is not None
    assert other is not None
    assert (found.sentence, found.words[1].probability > 0.99) == ("lay red now", True)
    assert other.fit < found.fit - 0.5


def test_a_grammar_as_people_write_it():
    rules = Grammar.parse("# orders\nturn on | turn off\nthe light | the radio\nplease |\n", "orders.txt")
    assert rules.slots == (("turn on", "turn off"), ("the light", "the radio"), ("please", ""))
    assert rules.sentences == 8


def test_a_grammar_knows_its_sentences():
    every = {" ".join(filter(None, phrases)) for phrases in itertools.product(*GRAMMAR.slots)}
    assert all(map(GRAMMAR.says, every))
    others = ["", "ab", "ab a", "b bb d", "abb bb", "cc c d a d a", "bb", "ab a bb d a x"]
    assert not any(GRAMMAR.says(sentence) for sentence in others if sentence not in every)


@pytest.mark.parametrize("written", ["", "# nothing", "| a", "größe | b", "a | b3"])
def test_what_is_no_grammar_is_refused_in_a_sentence(written):
    with pytest.raises(PippinError):
        Grammar.parse(written, "file")


def test_sentences_of_one_form_have_a_grammar_and_others_have_none():
    sentences = [f"{a} {b}" for a in ("bin", "lay") for b in ("blue", "red", "green")] * 4
    found = Grammar.of(sentences)
    assert found is not None
    assert found.slots == (("bin", "lay"), ("blue", "green", "red"))
    assert Grammar.of([*sentences, "one more word here"]) is None
    assert Grammar.of(["alpha beta", "gamma delta"]) is None


@given(st.text(CHARACTERS, max_size=8), st.text(CHARACTERS, max_size=8), st.text(CHARACTERS, max_size=8))
def test_edits_are_a_distance(one, other, third):
    assert ctc.edits(one, one) == 0
    assert ctc.edits(one, other) == ctc.edits(other, one)
    assert abs(len(one) - len(other)) <= ctc.edits(one, other) <= max(len(one), len(other))
    assert ctc.edits(one, third) <= ctc.edits(one, other) + ctc.edits(other, third)

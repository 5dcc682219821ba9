"""Everyday words: what is there and what is not, relatives, danger, and texts in other languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.knowledge.wording import (
    load_family,
    load_option_phrases,
    load_places,
    load_wording,
    option_name,
)
from pippin.apps.symptoms.text.crisis import is_crisis
from pippin.apps.symptoms.text.finding import find_mentions
from pippin.apps.symptoms.text.patterns import find_pattern, parse_pattern
from pippin.apps.symptoms.text.reading import find_age, find_sex, read_text
from pippin.core.errors import PippinError
from pippin.learn.text.english_words import sentences

STRUCTURE = load_structure()


def codes(text: str, status: str = "present") -> set[str]:
    """Return the codes of evidences with a status."""
    return {one.code for one in find_mentions(text) if one.status == status}


@pytest.mark.parametrize(
    ("text", "there", "absent"),
    [
        ("My chest burns after meals.", {"E_173", "E_215"}, set()),
        ("I have a fever, but no cough and no sore throat.", {"E_91"}, {"E_201", "E_97"}),
        ("I can't breathe properly.", {"E_66"}, set()),
        ("I passed out twice and my heart was racing.", {"E_159", "E_155"}, set()),
        ("Not dizzy, just tired all the time.", {"E_89"}, {"E_82"}),
        ("Been throwing up since lunch.", {"E_211"}, set()),
        ("My nose is blocked and green snot comes out.", {"E_182"}, set()),
        ("Nothing hurts.", set(), {"E_53"}),
        ("I am not able to work, lying in bed due to high fever.", {"E_91"}, set()),
    ],
)
def test_what_is_there_and_what_is_not(text: str, there: set[str], absent: set[str]) -> None:
    assert there <= codes(text)
    assert codes(text, "absent") == absent


def test_what_relatives_have_is_their_own_unless_it_is_asked_for() -> None:
    assert "E_91" not in codes("My husband has a fever.")
    assert codes("My mother had asthma.") == {"E_87", "E_142"}
    assert codes("My father had asthma.") == {"E_87"}
    assert "E_124" in codes("I have asthma.")


def test_places_and_kinds_belong_to_a_pain() -> None:
    found = {(one.code, one.option) for one in find_mentions("A stabbing pain in my left knee, 8 out of 10.")}
    assert {("E_55", "V_93"), ("E_54", "V_179"), ("E_56", "8")} <= found
    assert ("E_55", "V_92") not in found
    spread = {(one.code, one.option) for one in find_mentions("A pain in my chest that spreads to my left shoulder.")}
    assert {("E_55", "V_29"), ("E_57", "V_195")} <= spread
    assert ("E_55", "V_195") not in spread
    assert "E_55" not in {one.code for one in find_mentions("No pain in my knee.")}
    assert "E_55" not in {one.code for one in find_mentions("My knee is fine.")}


def test_what_is_listed_is_not_tied_together() -> None:
    assert codes("chest pain and cough") == {"E_53", "E_55", "E_201"}
    assert codes("a cough and my throat hurts") == {"E_201", "E_97"}
    assert "E_221" in codes("It hurts when I cough.")


@pytest.mark.parametrize(("word", "place"), [("headaches", "V_89"), ("migraine", "V_89"), ("Toothache", "V_59")])
def test_words_for_a_pain_name_its_place(word: str, place: str) -> None:
    assert ("E_55", place) in {(one.code, one.option) for one in find_mentions(f"{word} since yesterday")}


def test_travel_needs_a_journey() -> None:
    assert ("E_204", "V_1") in {(one.code, one.option) for one in find_mentions("I just came back from Nigeria.")}
    assert "E_204" not in codes("My neighbour is from Nigeria.")


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "i wanna die",
        "I don't want to live anymore.",
        "I’m going to kill myself",
        "thinking about suicide",
        "My chest hurts and I want to end my life",
        "better off dead",
        "I took all my pills",
        "Ich will sterben",
    ],
)
def test_danger_is_heard(text: str) -> None:
    assert is_crisis(text)


@pytest.mark.parametrize(
    "text",
    [
        "I feel like I am going to die, my heart is racing",
        "I don't want to die",
        "I am not suicidal",
        "this headache is killing me",
        "I cut my finger",
        "my grandmother died of lung cancer",
    ],
)
def test_fear_and_figures_of_speech_are_no_danger(text: str) -> None:
    assert not is_crisis(text)


def test_a_text_that_speaks_of_danger_gives_help_lines_and_no_patient() -> None:
    with pytest.raises(PippinError, match="988"):
        read_text("I have a fever and I want to die", "text")


@pytest.mark.parametrize(
    "text", ["Ich habe Fieber und der Kopf tut mir weh", "😷🤒", "发烧咳嗽", "x" * 10_000, "42", "hello there"]
)
def test_what_cannot_be_read_is_told_with_the_emergency_number(text: str) -> None:
    with pytest.raises(PippinError, match="112"):
        read_text(text, "text")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=80, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    for one in find_mentions(text):
        assert one.code in STRUCTURE.index
        assert 0 <= one.start < one.end <= len(text)


def test_age_and_sex_are_those_of_the_writer() -> None:
    assert (find_age("I am a 45 year old woman."), find_sex("I am a 45 year old woman.")) == (45, "F")
    assert (find_age("I have had it for 45 days"), find_sex("The man next door is ill")) == (None, None)


def test_every_evidence_and_option_has_words_of_ours() -> None:
    words = load_wording()
    assert set(words) == set(STRUCTURE.index)
    for question in STRUCTURE.questions:
        assert words[question.code].name
        assert words[question.code].question.strip()[-1] in "?."
        assert all(option_name(question, number) for number in range(len(question.options)))
    phrases = [phrase for one in words.values() for phrase in one.phrases]
    phrases += [phrase for _, found, _ in load_family() for phrase in found]
    phrases += [phrase for _, _, found in load_option_phrases() for phrase in found]
    phrases += [phrase for place in load_places() for phrase in place.phrases]
    assert all(parse_pattern(phrase) for phrase in phrases)


def test_patterns_do_not_reach_over_a_denial() -> None:
    (tokens,) = sentences("pain but no breathing problem")
    assert find_pattern(parse_pattern("pain breath*"), tokens) == []
    (tokens,) = sentences("pain when I am breathing")
    assert find_pattern(parse_pattern("pain breath*"), tokens) == [(0, 5)]


@pytest.mark.parametrize(
    "text",
    [
        "sucidal thoughts and headache",
        "I'm sucidial, cough",
        "I whant to die, I have a cough",
        "I w4nt to d1e, fever",
        "i wish i werent here anymore",
        "I've been cutting my arms",
        "I swallowed 40 paracetamol, feel sick",
        "want to jump off a bridge",
        "my family would be better off if I was gone",
        "I can't go on anymore",
        "kms, fever",
        "I want to sleep and never wake up",
        "nobody would miss me if I died",
        "Ich möchte nicht mehr leben",
        "I'd like to die",
        "please let me die",
        "I have nothing to live for",
        "I lost the will to live, and I can't eat",
        "what's the point of living",
        "I want to d i e",
        "my son wants to kill himself",
        "хочу умереть",
        "我不想活了",
        "je ne veux plus vivre",
    ],
)
def test_danger_is_heard_with_slips_and_in_other_words(text: str) -> None:
    assert is_crisis(text)
    with pytest.raises(PippinError, match="help line"):
        read_text(text, "text")


@pytest.mark.parametrize(
    "text",
    [
        "I'm afraid to die, chest pain",
        "my grandfather killed himself, I have a fever",
        "this cough is killing me",
        "I hurt my leg playing football",
        "I took 40 mg of aspirin",
        "I can't go to the toilet",
        "I was scared I was going to die",
        "I wish it would stop hurting",
        "I'm tired of living with this cough",
        "the rash should be gone by now",
        "I can't go on the bus, I get dizzy",
    ],
)
def test_pain_and_fear_are_no_danger(text: str) -> None:
    assert not is_crisis(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("I am perfectly fine, no fever, no pain.", "nothing is ranked; that does not mean that you are well"),
        ("  ", "The text is empty"),
    ],
)
def test_a_text_without_a_symptom_is_not_ranked(text: str, sentence: str) -> None:
    with pytest.raises(PippinError, match=sentence):
        read_text(text, text)

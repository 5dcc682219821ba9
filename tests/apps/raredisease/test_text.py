"""Findings in text: negation, family, doubt, spelling, other languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.text.finding import find_mentions, find_patient
from pippin.apps.raredisease.text.lay_words import PHRASES
from pippin.core.errors import PippinError
from pippin.learn.text.spelling import Spelling, is_one_slip


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return load_knowledge().ontology


def statuses(text: str, ontology: Ontology) -> dict[str, str]:
    return {one.name: one.status for one in find_mentions(text, ontology)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She has seizures and short stature.", {"Seizure": "present", "Short stature": "present"}),
        ("No seizures.", {"Seizure": "excluded"}),
        ("He denies fever, vomiting or diarrhoea.", dict.fromkeys(("Fever", "Vomiting", "Diarrhea"), "excluded")),
        ("No fever, but he had a cough.", {"Fever": "excluded", "Cough": "present"}),
        ("Cardiomyopathy was ruled out.", {"Cardiomyopathy": "excluded"}),
        ("Hypotonia is not present.", {"Hypotonia": "excluded"}),
        ("Absent speech and microcephaly.", {"Absent speech": "present", "Microcephaly": "present"}),
        ("Not only ataxia but also tremor.", {"Ataxia": "present", "Tremor": "present"}),
        ("His mother has migraine.", {"Migraine": "family"}),
        ("Epilepsy in her brother.", {"Seizure": "family"}),
        ("Mother reports that he is floppy.", {"Hypotonia": "present"}),
        ("His sister is deaf; he has scoliosis.", {"Hearing impairment": "family", "Scoliosis": "present"}),
        ("He is at risk of stroke.", {"Stroke": "doubtful"}),
        ("Enlarged liver and anaemia.", {"Hepatomegaly": "present", "Anemia": "present"}),
        ("ANEMIA\nSeizures", {"Anemia": "present", "Seizure": "present"}),
        ("Nothing at all.", {}),
        ("Cleft lip or palate was not seen.", {"Cleft lip": "excluded", "Cleft palate": "excluded"}),
        ("Low-set, posteriorly rotated ears.", {"Low-set ears": "present", "Posteriorly rotated ears": "present"}),
        ("His hair is sparse and brittle.", {"Sparse hair": "present", "Brittle hair": "present"}),
        ("We suspected hypothyroidism, which was excluded.", {"Hypothyroidism": "excluded"}),
        ("Ataxia cannot be assessed.", {"Ataxia": "doubtful"}),
        ("Should he develop seizures, call us.", {"Seizure": "doubtful"}),
        ("Her aunt is deaf, and her own skin is dry.", {"Hearing impairment": "family", "Dry skin": "present"}),
        ("Her son has seizures and she is short.", {"Seizure": "family", "Short stature": "present"}),
        ("Seizures: none. Tremor: present.", {"Seizure": "excluded", "Tremor": "present"}),
        ("Normal hearing. He is not short.", {"Hearing impairment": "excluded", "Short stature": "excluded"}),
        ("Muscle weaknes and persistant diarrhea.", {"Muscle weakness": "present", "Diarrhea": "present"}),
        ("Inguinal hernias; he drools a lot.", {"Inguinal hernia": "present", "Drooling": "present"}),
        ("No rash, and he has a cough.", {"Skin rash": "excluded", "Cough": "present"}),
    ],
)
def test_who_has_what(text: str, expected: dict[str, str], ontology: Ontology) -> None:
    assert statuses(text, ontology) == expected


def test_every_lay_phrase_means_a_finding_of_the_ontology(ontology: Ontology) -> None:
    assert [id for id in PHRASES if id not in ontology.index] == []


def test_quotes_are_the_words_themselves(ontology: Ontology) -> None:
    text = "A girl with a small head, no fits."
    for one in find_mentions(text, ontology):
        assert text[one.start : one.end] == one.quote


def test_what_was_understood_is_said_for_a_yes_or_no(ontology: Ontology) -> None:
    found = find_patient("She has fits, no fever. Her mother is deaf.", ontology, "x")
    assert "present: Seizure ('fits')" in found.notes[0]
    assert "absent: Fever ('fever')" in found.notes[0]
    assert "of relatives, not counted: Hearing impairment ('deaf')" in found.notes[0]
    assert len(found.present) == len(found.excluded) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Die Patientin hat keine Anfälle und ist nicht gewachsen.", "not to be English"),
        ("Le patient est une fille avec des crises dans la nuit.", "not to be English"),
        ("Good morning, how are you?", "No finding"),
        ("", "No finding"),
        ("His mother has migraine.", "No finding of the patient"),
        ("x" * 200_001, "at most 200,000"),
    ],
)
def test_texts_without_a_finding_are_refused(text: str, reason: str, ontology: Ontology) -> None:
    with pytest.raises(PippinError, match=reason):
        find_patient(text, ontology, "text")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ataxia", "ataxia", False),
        ("seizure", "siezure", True),
        ("tremor", "tremr", True),
        ("tremor", "tremmor", True),
        ("tremor", "tramor", True),
        ("tremor", "tramur", False),
        ("", "a", True),
    ],
)
def test_one_slip_is_one_letter(one: str, other: str, expected: bool) -> None:
    assert is_one_slip(one, other) is is_one_slip(other, one) is expected


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_slips_are_those_of_the_edit_distance(one: str, other: str) -> None:
    size = len(one)
    edits = {one[:at] + one[at + 1 :] for at in range(size)}
    edits |= {one[:at] + sign + one[at:] for at in range(size + 1) for sign in "abc"}
    edits |= {one[:at] + sign + one[at + 1 :] for at in range(size) for sign in "abc"}
    edits |= {one[:at] + one[at + 1] + one[at] + one[at + 2 :] for at in range(size - 1)}
    assert is_one_slip(one, other) is (other in edits - {one})


def test_known_words_and_short_ones_are_never_corrected() -> None:
    spelling = Spelling(["seizure", "ataxia", "dysplasia", "dysplasic"])
    assert spelling.correct("siezure") == "seizure"
    assert spelling.correct("ataxa") == "ataxa"
    assert spelling.correct("dysplasix") == "dysplasix"  # two words are as near


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(text: str) -> None:
    ontology = load_knowledge().ontology
    for one in find_mentions(text, ontology):
        assert one.term in ontology.index
        assert text[one.start : one.end]

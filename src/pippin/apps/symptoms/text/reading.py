"""A text as a patient: what it says is there, what it says is not, and what to check."""

from __future__ import annotations

import re

from pippin.apps.symptoms.knowledge.structure import SEVERAL, YES_NO, load_structure
from pippin.apps.symptoms.knowledge.wording import load_wording
from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.text.crisis import is_crisis
from pippin.apps.symptoms.text.finding import Mention, find_mentions
from pippin.core.errors import PippinError
from pippin.learn.text.english_words import is_foreign

MAX_CHARACTERS = 5000
EMERGENCY = "If it may be an emergency, call your emergency number (112, 911 or 999) now."
_AGE = re.compile(
    r"\b(?:i(?:'m| am)|aged?|patient is)\s+(\d{1,3})\b|\b(\d{1,3})[- ]?(?:years?|yrs?|y)[- /]?(?:old|o)\b", re.I
)
_SEX = re.compile(r"\b(?:i(?:'m| am) an? |\d+[- ]year[- ]old )?(woman|female|girl|lady|man|male|boy|guy)\b", re.I)


def check_text(text: str, name: str) -> None:
    """Raise PippinError for a text that cannot be understood: too long, or not in English."""
    if len(text) > MAX_CHARACTERS:
        raise PippinError(
            f"The text has {len(text):,} characters; give at most {MAX_CHARACTERS:,}. {EMERGENCY}", input=name[:60]
        )
    if not text.strip():
        raise PippinError(
            f"The text is empty; say what is wrong, or answer questions: pippin symptoms ask. {EMERGENCY}"
        )
    if is_foreign(text) or not re.search(r"[A-Za-z]{2}", text):
        raise PippinError(
            f"{text[:40]!r} seems not to be English; write in English, or answer questions instead. {EMERGENCY}",
            input=name[:60],
        )


def read_text(text: str, name: str) -> Patient:
    """Return the patient a text describes; PippinError where nothing is recognised in it."""
    if is_crisis(text):
        from pippin.apps.symptoms.text.crisis import HELP

        raise PippinError(HELP, input=name[:60])
    check_text(text, name)
    mentions = find_mentions(text)
    answers = answers_of(mentions)
    if not answers:
        raise PippinError(
            f"No symptom was recognised in {text[:40]!r}; use other words, or answer questions: pippin symptoms ask. "
            f"{EMERGENCY}",
            input=name[:60],
        )
    structure = load_structure()
    if all(options == (structure.questions[position].default,) for position, options in answers.items()):
        raise PippinError(
            f"No symptom is said to be there in {text[:40]!r}, so nothing is ranked; that does not mean that you are "
            f"well. {EMERGENCY}",
            input=name[:60],
        )
    return Patient(answers, find_age(text), find_sex(text), name=name, notes=tuple(_notes(mentions)))


def answers_of(mentions: list[Mention]) -> dict[int, tuple[int, ...]]:
    """Return the answers that mentions give."""
    structure = load_structure()
    found: dict[int, tuple[int, ...]] = {}
    for one in mentions:
        position = structure.index[one.code]
        question = structure.questions[position]
        if one.status == "present" and one.option:
            option = question.options.index(one.option)
            earlier = found.get(position, ()) if question.kind == SEVERAL else ()
            found[position] = tuple(dict.fromkeys((*earlier, option)))
        elif one.status in ("present", "absent") and question.kind == YES_NO:
            found[position] = (int(one.status == "present"),)
    return found


def find_age(text: str) -> int | None:
    """Return the age a text tells."""
    match = _AGE.search(text)
    age = int(match[1] or match[2]) if match else -1
    return age if 0 <= age <= 120 else None


def find_sex(text: str) -> str | None:
    """Return the sex a text tells of who writes it."""
    match = _SEX.search(text) if re.search(r"\b(?:i'm|i am|year[- ]old|yo)\b", text, re.I) else None
    if match is None:
        return None
    return "F" if match[1].lower() in ("woman", "female", "girl", "lady") else "M"


def _notes(mentions: list[Mention]) -> list[str]:
    """Return one sentence on what was understood, to be confirmed by a person."""
    wording, parts = load_wording(), []
    for status, words in (
        ("present", "there"),
        ("absent", "not there"),
        ("family", "of relatives, not counted"),
        ("doubtful", "in doubt, not counted"),
    ):
        named = dict.fromkeys(f"{wording[one.code].name} ({one.quote!r})" for one in mentions if one.status == status)
        if named:
            parts.append(f"{words}: {', '.join(named)}")
    return [f"understood as {'; '.join(parts)}. Check this."]

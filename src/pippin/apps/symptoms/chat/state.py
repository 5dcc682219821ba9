"""What a person said in a chat: age, sex and answers by code, in their order; read from JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pippin.apps.symptoms.knowledge.structure import SEVERAL, YES_NO, Question, load_structure
from pippin.apps.symptoms.knowledge.wording import load_wording, option_name
from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.patients.rows import read_age, read_sex
from pippin.core.errors import PippinError

UNKNOWN = "unknown"
MAX_ANSWERS = 300
MAX_NAMED = 16  # options that a message names
YES_WORDS = {"y": "yes", "n": "no", "yes": "yes", "no": "no", "true": "yes", "false": "no", "yep": "yes", "nope": "no"}
NONE_WORDS = frozenset(["no", "none", "nowhere", "nothing", "n"])
UNKNOWN_WORDS = frozenset(["unknown", "?", "don't know", "dont know", "do not know", "skip", "not sure", "no idea"])


@dataclass
class ChatState:
    """Answers by code: codes of the options chosen, or `unknown`; `confirmed` are answers given twice.

    `flags` are keys of red flags, which stay once they were raised.
    """

    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    age: int | None = None
    sex: str | None = None
    confirmed: frozenset[str] = frozenset()
    flags: tuple[str, ...] = ()

    def patient(self) -> Patient:
        """Return what is known as a patient."""
        structure = load_structure()
        found = {}
        for code, options in self.answers.items():
            if options != (UNKNOWN,):
                position = structure.index[code]
                found[position] = tuple(structure.questions[position].options.index(option) for option in options)
        return Patient(found, self.age, self.sex)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values from which `read_state` makes the same state."""
        return {
            "answers": {code: list(options) for code, options in self.answers.items()},
            "age": self.age,
            "sex": self.sex,
            "confirmed": sorted(self.confirmed),
            "flags": list(self.flags),
        }


def read_state(text: str) -> ChatState:
    """Read a state from JSON; an empty text is an empty state; PippinError for what is none."""
    if not text.strip():
        return ChatState()
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise PippinError(
            "The answers are not valid JSON; begin the chat again, or send what `step` gave."
        ) from problem
    answers = stored.get("answers", {}) if isinstance(stored, dict) else None
    if not isinstance(answers, dict) or len(answers) > MAX_ANSWERS:
        raise PippinError('The answers must be JSON such as {"answers": {"E_91": ["yes"]}, "age": 40, "sex": "F"}.')
    confirmed, flags = stored.get("confirmed") or [], stored.get("flags") or []
    return ChatState(
        {code: read_answer(code, options) for code, options in answers.items()},
        read_age(stored.get("age"), "The chat"),
        read_sex(stored.get("sex"), "The chat"),
        frozenset(str(code) for code in confirmed if isinstance(confirmed, list)),
        tuple(str(key) for key in flags if isinstance(flags, list)),
    )


def read_answer(code: str, value: Any) -> tuple[str, ...]:
    """Return the options that a value chooses; PippinError for a code or an option that is none."""
    structure = load_structure()
    if code not in structure.index:
        raise PippinError(
            f"{code[:40]!r} must be the code of a question; `pippin symptoms questions` lists them.", input=code[:40]
        )
    question = structure.questions[structure.index[code]]
    values = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if [one.strip().lower() for one in values] == [UNKNOWN]:
        return (UNKNOWN,)
    options = tuple(dict.fromkeys(_option(question, one) for one in values))
    if not options or (len(options) > 1 and question.kind != SEVERAL):
        raise PippinError(_choices(question, str(value)[:40]), input=str(value)[:40])
    return options


def _option(question: Question, value: str) -> str:
    if question.kind == YES_NO:
        value = YES_WORDS.get(value.strip().lower(), value)
    elif question.kind == SEVERAL and value.strip().lower() in NONE_WORDS:
        value = question.options[question.default]
    if value not in question.options:
        raise PippinError(_choices(question, value[:40]), input=value[:40])
    return value


def _choices(question: Question, value: str) -> str:
    name = load_wording()[question.code].question
    shown = [option_name(question, number) for number in range(min(len(question.options), MAX_NAMED))]
    more = len(question.options) - len(shown)
    allowed = ", ".join([*shown, f"one of {more} more"] if more else shown)
    return f"The answer to {name!r} must be {allowed} or {UNKNOWN}, not {value!r}."


def with_answer(state: ChatState, code: str, options: tuple[str, ...]) -> ChatState:
    """Return the state with an answer given or changed; the same answer once more confirms it."""
    again = state.answers.get(code) == options
    confirmed = state.confirmed | {code} if again else state.confirmed - {code}
    return replace(state, answers={**state.answers, code: options}, confirmed=confirmed)


def merge(state: ChatState, answers: Mapping[str, tuple[str, ...]]) -> ChatState:
    """Return the state with answers added that were not given before."""
    new = {code: options for code, options in answers.items() if code not in state.answers}
    return replace(state, answers={**state.answers, **new})

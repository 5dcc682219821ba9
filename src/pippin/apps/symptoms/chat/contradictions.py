"""Answers that contradict one another, told in a sentence; none is dropped."""

from __future__ import annotations

from pippin.apps.symptoms.chat.state import UNKNOWN, ChatState
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.knowledge.wording import load_wording

# Pairs of which hardly both can be answered with yes.
PAIRS = (
    ("E_79", "E_191"),
    ("E_70", "E_208"),
    ("E_207", "E_183"),
    ("E_207", "E_195"),
    ("E_195", "E_183"),
)
ONLY_FEMALE = ("E_167", "E_145", "E_163", "E_11", "E_141")


def contradictions(state: ChatState) -> list[str]:
    """Return a sentence for each contradiction."""
    names = {code: wording.name for code, wording in load_wording().items()}
    found = [_child(code, names) for code in state.answers if _is_child_of_no(state, code)]
    for one, other in PAIRS:
        if _says(state, one, "yes") and _says(state, other, "yes"):
            found.append(f"You said yes to both {names[one]!r} and {names[other]!r}; please check which one holds.")
    if state.sex == "M":
        found += [
            f"You said yes to {names[code]!r}, and that you are male; please check."
            for code in ONLY_FEMALE
            if _says(state, code, "yes")
        ]
    return found


def _says(state: ChatState, code: str, option: str) -> bool:
    return state.answers.get(code) == (option,)


def _is_child_of_no(state: ChatState, code: str) -> bool:
    structure = load_structure()
    question = structure.questions[structure.index[code]]
    if question.parent < 0 or state.answers[code] in ((UNKNOWN,), (question.options[question.default],)):
        return False
    return _says(state, structure.questions[question.parent].code, "no")


def _child(code: str, names: dict[str, str]) -> str:
    structure = load_structure()
    parent = structure.questions[structure.questions[structure.index[code]].parent].code
    return f"You said no to {names[parent]!r}, and answered {names[code]!r}; that counts once you change the no."

"""One step of a chat as plain values: for the terminal and the page."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.symptoms.chat.contradictions import contradictions
from pippin.apps.symptoms.chat.questions import next_question, options_of
from pippin.apps.symptoms.chat.red_flags import red_flags
from pippin.apps.symptoms.chat.state import UNKNOWN, ChatState
from pippin.apps.symptoms.evidence import weigh_answers
from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.running import Interviewer, take_answers_of
from pippin.apps.symptoms.interviewer import TableInterviewer, recall
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.knowledge.wording import answer_name, load_wording

BEFORE = "Learned from made-up patients with 49 conditions; yours may be none of them."
NEVER_WELL = "Nothing here can tell that you are well. If you are worried, see a doctor."
NOTHING = "You have said yes to no symptom yet, so nothing is ranked. That does not mean that you are well."
N_SHOWN, MIN_SHOWN = 8, 3
MIN_SHARE = 0.005  # probability below which conditions are not shown, the first ones aside


def step(interviewer: TableInterviewer, state: ChatState, earlier: list[str]) -> dict[str, Any]:
    """Return ranking, next question, answers and red flags; `earlier` are keys of red flags that stay."""
    beliefs = believe(interviewer, state)
    posterior = interviewer.posterior(beliefs)
    none = float(interviewer.none(beliefs)[0]) if state.answers else 0.0
    recalled = interviewer.memory.recall(state.patient()) if state.answers else None
    posterior, none = recall(posterior, none, recalled)
    shares = posterior[0] * (1 - none)
    following = next_question(interviewer, beliefs, posterior, state)
    is_ranked = has_symptom(state)
    return {
        "state": state.to_json(),
        "ranked": rank(shares) if is_ranked else [],
        "none": round(none, 4) if is_ranked else None,
        "next": following.question,
        "stopped": following.stopped,
        "answered": describe_answers(state, beliefs, posterior[0]),
        "flags": [one._asdict() for one in red_flags(state.patient(), posterior[0] * is_ranked, earlier)],
        "contradictions": contradictions(state),
        "notes": [BEFORE, NEVER_WELL] if is_ranked else [BEFORE, NOTHING],
    }


def believe(interviewer: Interviewer, state: ChatState) -> Beliefs:
    """Return what is believed after the answers of a chat."""
    beliefs = Beliefs(interviewer.tables, [state.age], [state.sex])
    take_answers_of(beliefs, 0, state.patient())
    index = beliefs.structure.index
    skipped = [index[code] for code, options in state.answers.items() if options == (UNKNOWN,)]
    beliefs.skip(np.zeros(len(skipped), int), np.array(skipped, int))
    return beliefs


def has_symptom(state: ChatState) -> bool:
    """Return whether any symptom is there, past illnesses aside."""
    structure = load_structure()
    for code, options in state.answers.items():
        question = structure.questions[structure.index[code]]
        if not question.is_history and options not in ((UNKNOWN,), (question.options[question.default],)):
            return True
    return False


def rank(shares: np.ndarray) -> list[dict[str, Any]]:
    """Return the first conditions with their probabilities."""
    structure = load_structure()
    return [
        {
            "name": structure.names[position],
            "icd10": structure.conditions[position].icd10,
            "probability": round(float(shares[position]), 4),
            "severe": bool(structure.severe[position]),
        }
        for number, position in enumerate(np.argsort(-shares, kind="stable")[:N_SHOWN])
        if number < MIN_SHOWN or shares[position] >= MIN_SHARE
    ]


def describe_answers(state: ChatState, beliefs: Beliefs, posterior: np.ndarray) -> list[dict[str, Any]]:
    """Return the answers in order, each with what it does for the first condition."""
    structure, words = load_structure(), load_wording()
    weights = {one["code"]: one["weight"] for one in weigh_answers(beliefs, 0, posterior, int(posterior.argmax()))}
    patient, found = state.patient(), []
    for code, options in state.answers.items():
        position = structure.index[code]
        known = patient.answers.get(position)
        found.append(
            {
                "code": code,
                "question": words[code].question,
                "options": list(options),
                "text": answer_name(position, known) if known is not None else f"{words[code].name}: you do not know",
                "weight": weights.get(code),
                "kind": structure.questions[position].kind,
                "choices": options_of(beliefs, posterior, position),
            }
        )
    return found

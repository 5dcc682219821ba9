"""Which question comes next in a chat: what it should tell, against what it costs to answer; and when to stop."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pippin.apps.symptoms.chat.state import UNKNOWN, ChatState
from pippin.apps.symptoms.evidence import reason_for_question
from pippin.apps.symptoms.interview.beliefs import Beliefs, softmax
from pippin.apps.symptoms.interview.information import build_outcomes, information_gains
from pippin.apps.symptoms.interview.running import MIN_SCORE, Interviewer
from pippin.apps.symptoms.knowledge.structure import SEVERAL, YES_NO, Question, load_structure
from pippin.apps.symptoms.knowledge.wording import answer_name, load_wording, option_name

Array = np.ndarray
SURE = 0.97  # probability of the first condition from which asking ends
MIN_QUESTIONS, MAX_QUESTIONS = 5, 40
MIN_GAIN = 0.01  # nats that the best question is expected to tell, below which asking no longer pays
MISFIT = 0.03  # probability, given all others, below which an answer is asked again
SHARPNESS = 4.0  # of scores in logarithms of information, see question_features
# What a question costs to answer, a plain yes or no being 1.
COSTS = {SEVERAL: 1.5}
PERSONAL = frozenset(["E_115", "E_27", "E_2", "E_189", "E_61", "E_62", "E_78", "E_163", "E_80"])
PERSONAL_COST = 2.0


class Next(NamedTuple):
    """The next question, or None and why there is none."""

    question: dict[str, Any] | None
    stopped: str = ""


def cost(question: Question) -> float:
    """Return what a question costs to answer."""
    return PERSONAL_COST if question.code in PERSONAL else COSTS.get(question.kind, 1.0)


def next_question(interviewer: Interviewer, beliefs: Beliefs, posterior: Array, state: ChatState) -> Next:
    """Return what to ask next; `posterior` is [1, C]."""
    misfit = find_misfit(beliefs, posterior, state)
    if misfit:
        return Next(misfit)
    count = n_symptoms(state)
    if len(state.answers) >= MAX_QUESTIONS:
        return Next(None, f"You answered {len(state.answers)} questions; more would tell little.")
    if count >= MIN_QUESTIONS and posterior.max() >= SURE:
        return Next(
            None, "Among the 49 conditions your answers point to one so clearly that more questions would tell little."
        )
    questions = load_structure().questions
    costs = np.array([cost(one) for one in questions])
    scores = interviewer.question_scores(beliefs, posterior, min(count, 10))[0]
    scores = np.where(scores > MIN_SCORE, scores - SHARPNESS * np.log(costs), scores)
    position = int(scores.argmax())
    if scores[position] <= MIN_SCORE:
        return Next(None, "Every question was asked.")
    gain = float(information_gains(build_outcomes(interviewer.tables)[0], posterior, beliefs)[0, position])
    if count >= MIN_QUESTIONS and gain / costs[position] < MIN_GAIN:
        return Next(None, "No further question is expected to tell much.")
    return Next(describe(beliefs, posterior[0], position, gain))


def n_symptoms(state: ChatState) -> int:
    """Return how many answers are about symptoms: past illnesses may all be told beforehand."""
    structure = load_structure()
    return sum(not structure.questions[structure.index[code]].is_history for code in state.answers)


def describe(beliefs: Beliefs, posterior: Array, position: int, gain: float) -> dict[str, Any]:
    """Return a question with its options and why it is asked."""
    question = load_structure().questions[position]
    return {
        "code": question.code,
        "kind": question.kind,
        "question": load_wording()[question.code].question,
        "options": options_of(beliefs, posterior, position),
        "why": reason_for_question(beliefs, 0, posterior, position),
        "gain": round(gain, 3),
        "again": False,
    }


def options_of(beliefs: Beliefs, posterior: Array, position: int) -> list[dict[str, str]]:
    """Return the options of a question; of many, first "nowhere", then what likely conditions show."""
    question = load_structure().questions[position]
    order = list(range(len(question.options)))
    if question.kind == SEVERAL:
        shares = beliefs.tables.options[question.span] @ posterior
        order.sort(key=lambda option: (option != question.default, -float(shares[option])))
    return [{"code": question.options[option], "name": option_name(question, option)} for option in order]


def find_misfit(beliefs: Beliefs, posterior: Array, state: ChatState) -> dict[str, Any] | None:
    """Return the question whose answer fits least with all others, once there are enough; None where all fit."""
    count = int(beliefs.n_terms[0])
    if count < MIN_QUESTIONS:
        return None
    few, many = beliefs.terms[0, :count, 0], beliefs.terms[0, :count, -1]
    others = softmax(beliefs.logs[-1, 0] - many)  # what all other answers say, where many may be wrong
    expected = (others * np.exp(few)).sum(1)
    for number in np.argsort(expected):
        position = int(beliefs.term_questions[0, number])
        question = beliefs.structure.questions[position]
        asked = question.code in state.answers and question.code not in state.confirmed and question.kind == YES_NO
        if expected[number] < MISFIT and asked and state.answers[question.code] != (UNKNOWN,):
            found = describe(beliefs, posterior[0], position, 0.0)
            chosen = tuple(int(option) for option in np.flatnonzero(beliefs.bits[0, question.span]))
            name = answer_name(position, chosen)
            why = f"You answered {name!r}, which fits little with your other answers. Is it right?"
            return {**found, "why": why, "again": True}
    return None

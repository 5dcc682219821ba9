"""Evidence for people: what speaks for and against a condition, answer by answer, and why a question is asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import askable
from pippin.apps.symptoms.interview.running import Trace
from pippin.apps.symptoms.knowledge.structure import YES_NO, load_structure
from pippin.apps.symptoms.knowledge.wording import answer_name, load_wording
from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.predictions import NOTICE
from pippin.apps.symptoms.tables.likelihood import log_likelihoods

Array = np.ndarray
MAX_WEIGHTS = 40
MIN_DIFFERENCE = 0.1  # of shares of a yes, below which they are not told


def weigh_answers(beliefs: Beliefs, row: int, posterior: Array, condition: int) -> list[dict[str, Any]]:
    """Return what each answer does for a condition against the others, as log likelihood ratios, the largest first."""
    structure = beliefs.structure
    others = np.where(np.arange(len(posterior)) == condition, 0, posterior + 1e-6)
    others = others / others.sum()
    found: list[dict[str, Any]] = []
    for position, question in enumerate(structure.questions):
        bits = beliefs.bits[row : row + 1, question.span]
        if not bits.any():
            continue
        likelihoods = np.exp(log_likelihoods(beliefs.tables, position, bits)[0, 0])
        weight = float(np.log(likelihoods[condition]) - np.log(likelihoods @ others))
        options = tuple(int(option) for option in np.flatnonzero(bits[0]))
        found.append({"code": question.code, "name": answer_name(position, options), "weight": round(weight, 3)})
    return sorted(found, key=lambda one: -abs(one["weight"]))[:MAX_WEIGHTS]


def describe_answer(trace: Trace, row: int, patient: Patient, best: str) -> tuple[Any, ...]:
    """Return evidence for the first condition: weighed answers, and what to know of the text."""
    structure = load_structure()
    rows = weigh_answers(trace.beliefs, row, trace.posteriors[-1, row], structure.condition_index[best])
    parts = []
    for sign, words in ((1, "for"), (-1, "against")):
        names = [one["name"] for one in rows if sign * one["weight"] > 0.1][:5]
        if names:
            parts.append(f"{words} {best}: {', '.join(names)}")
    return (*patient.notes, *parts, NOTICE)


def reason_for_question(beliefs: Beliefs, row: int, posterior: Array, position: int) -> str:
    """Return why a question is asked: which of the likely conditions its answer tells apart."""
    structure = beliefs.structure
    question = structure.questions[position]
    order = np.argsort(-posterior, kind="stable")[:6]
    names = [structure.names[condition] for condition in order]
    if question.kind == YES_NO:
        shares = beliefs.tables.options[question.start + 1, order]
        most, least = int(shares.argmax()), int(shares.argmin())
        if shares[most] - shares[least] < MIN_DIFFERENCE:
            return "By what was learned, its answer tells more now than that of most other questions."
        return (
            f"Of 10 made-up patients with {names[most]}, about {round(10 * float(shares[most]))} say yes; with "
            f"{names[least]}, about {round(10 * float(shares[least]))}."
        )
    return f"The answers differ between {names[0]}, {names[1]} and {names[2]}."


def could_ask(beliefs: Beliefs, row: int) -> bool:
    """Return whether any question is left."""
    return bool(askable(beliefs)[row].any())


def question_text(position: int) -> str:
    """Return the question in our words."""
    return load_wording()[load_structure().questions[position].code].question

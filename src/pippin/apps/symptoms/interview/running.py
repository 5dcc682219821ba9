"""Interviews with whole patients, whose answers are all known: for scores."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.patients.drawing import draw_answers
from pippin.apps.symptoms.patients.noise import add_errors
from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.tables.learned_tables import Tables

Array = np.ndarray
N_QUESTIONS = 10
SEED = 5


class Interviewer(Protocol):
    """What questions patients: beliefs in conditions, and the worth of each question."""

    @property
    def tables(self) -> Tables:
        """The learned tables."""

    def posterior(self, beliefs: Beliefs) -> Array:
        """Return the probabilities [N, C] of conditions, if it is one of them."""

    def question_scores(self, beliefs: Beliefs, posterior: Array, step: int) -> Array:
        """Return a score [N, Q] for each question; those that may not be asked are below MIN_SCORE."""

    def none(self, beliefs: Beliefs) -> Array:
        """Return the probabilities [N] that it is none of the conditions."""


MIN_SCORE = -1e8


class Trace(NamedTuple):
    """An interview of N patients: posteriors [T + 1, N, C], questions [T, N] (-1: none was left), none [N]."""

    posteriors: Array
    questions: Array
    none: Array
    beliefs: Beliefs


class Conduct(NamedTuple):
    """How patients answer: which share wrongly, by which seed, and whether past illnesses are told beforehand."""

    noise: float = 0.0
    seed: int = 0
    profile: bool = False
    n_questions: int = N_QUESTIONS
    excluded: int = -1
    """A condition that is taken for unknown."""


def interview(interviewer: Interviewer, patients: Sequence[Patient], conduct: Conduct) -> Trace:
    """Question patients one answer at a time."""
    tables = interviewer.tables
    answers = patient_answers(tables, patients, conduct)
    beliefs = begin(tables, patients, conduct)
    if conduct.profile:
        _take_history(beliefs, answers)
    found, asked = [interviewer.posterior(beliefs)], []
    rows = np.arange(len(patients))
    for step in range(conduct.n_questions):
        scores = interviewer.question_scores(beliefs, found[-1], step)
        positions = scores.argmax(1)
        is_open = scores[rows, positions] > MIN_SCORE
        beliefs.answer(rows[is_open], positions[is_open], answers)
        asked.append(np.where(is_open, positions, -1))
        found.append(interviewer.posterior(beliefs))
    return Trace(np.stack(found), np.array(asked), interviewer.none(beliefs), beliefs)


def begin(tables: Tables, patients: Sequence[Patient], conduct: Conduct) -> Beliefs:
    """Return what is believed after age, sex and complaint; of patients that are not whole, after all they said."""
    beliefs = Beliefs(tables, [one.age for one in patients], [one.sex for one in patients])
    if conduct.excluded >= 0:
        beliefs.exclude(np.arange(len(patients)), np.full(len(patients), conduct.excluded))
    for row, one in enumerate(patients):
        if one.is_whole and one.complaint >= 0:
            bits = np.zeros_like(beliefs.bits)
            bits[row, beliefs.structure.questions[one.complaint].start + 1] = 1
            beliefs.answer(np.array([row]), np.array([one.complaint]), bits)
        elif not one.is_whole:
            take_answers_of(beliefs, row, one)
    return beliefs


def take_answers_of(beliefs: Beliefs, row: int, patient: Patient) -> None:
    """Take all answers of a patient that is not whole, parents first."""
    bits = np.zeros_like(beliefs.bits)
    bits[row] = patient.bits(beliefs.structure)
    questions = beliefs.structure.questions
    for position in sorted(patient.answers, key=lambda one: questions[one].parent >= 0):
        if not beliefs.closed[row, position]:
            beliefs.answer(np.array([row]), np.array([position]), bits)


def patient_answers(tables: Tables, patients: Sequence[Patient], conduct: Conduct) -> Array:
    """Return all answers [N, O]; which are wrong depends on the patient and the seed, not on who else is asked."""
    bits = np.stack([one.bits() for one in patients])
    if not conduct.noise:
        return bits
    found = []
    for row in bits:
        digest = hashlib.sha256(row.tobytes() + conduct.seed.to_bytes(8, "little")).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        other = draw_answers(tables, rng.choice(len(tables.prior), 1), rng)
        found.append(add_errors(row[None], other, conduct.noise, rng)[0])
    return np.stack(found)


def _take_history(beliefs: Beliefs, answers: Array) -> None:
    """Take all past illnesses and circumstances."""
    rows = np.arange(len(answers))
    for position in np.flatnonzero(beliefs.structure.history):
        beliefs.answer(rows, np.full(len(rows), position), answers)

"""Interviews with drawn patients: answers by whom the tables allow, some wrong, some missing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import Outcomes, information_gains
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.patients.combinations import Combinations
from pippin.apps.symptoms.patients.drawing import draw_answers, draw_complaints, draw_profiles
from pippin.apps.symptoms.patients.noise import add_errors
from pippin.apps.symptoms.tables.learned_tables import SEXES, Tables, draw_tables

Array = np.ndarray
N_STEPS = 10
HONEST = 0.6  # share of patients none of whose answers is wrong
MAX_ERRORS = 0.3  # share of wrong answers of the others, at most
MISSING = 0.04  # share of questions that a patient has no answer to
EVEN = 0.1  # share of patients whose condition is drawn from all alike
MAX_HISTORY = 40  # past illnesses that are told beforehand, at most
NO_PROFILE = 0.1  # share of patients whose age and sex are not known
AGES = (0, 3, 10, 22, 37, 52, 67, 80)  # one age of each range of AGE_EDGES


class DrawnPatients(NamedTuple):
    """N drawn patients: conditions, answers [N, O] with errors, complaints, missing answers [N, Q], ages and sexes."""

    conditions: Array
    bits: Array
    complaints: Array
    missing: Array
    ages: list[int | None]
    sexes: list[str | None]

    def begin(self, tables: Tables) -> Beliefs:
        """Return what is believed after age, sex and complaint."""
        beliefs = Beliefs(tables, self.ages, self.sexes)
        begin_with_complaints(beliefs, self.complaints)
        return beliefs


def begin_with_complaints(beliefs: Beliefs, complaints: Array) -> None:
    """Take the yes each patient came with (-1: none)."""
    rows = np.flatnonzero(complaints >= 0)
    bits = np.zeros_like(beliefs.bits)
    starts = np.array([one.start for one in beliefs.structure.questions])
    bits[rows, starts[complaints[rows]] + 1] = 1
    beliefs.answer(rows, complaints[rows], bits)


class PatientSource(NamedTuple):
    """What patients are drawn from: tables, and combinations of several options as they were chosen together."""

    tables: Tables
    combinations: Combinations

    def draw(self, count: int, rng: np.random.Generator, conditions: Array | None = None) -> DrawnPatients:
        """Return patients of tables as likely as these; conditions by their shares, unless given."""
        tables = self.tables
        drawn = draw_tables(tables, rng)
        if conditions is None:
            shares = (1 - EVEN) * tables.prior.astype(float) / tables.prior.sum(dtype=float) + EVEN / len(tables.prior)
            conditions = rng.choice(len(shares), count, p=shares / shares.sum())
        bits = self._draw_answers(drawn, conditions, rng)
        others = self._draw_answers(tables, rng.choice(len(tables.prior), count), rng)
        rates = np.where(rng.random(count) < HONEST, 0.0, MAX_ERRORS * rng.random(count))
        age_ranges, sexes = draw_profiles(tables, conditions, rng)
        unknown = rng.random(count) < NO_PROFILE
        return DrawnPatients(
            conditions,
            add_errors(bits, others, rates, rng),
            draw_complaints(bits, rng),
            rng.random((count, len(load_structure().questions))) < MISSING,
            [None if hidden else AGES[age] for age, hidden in zip(age_ranges, unknown, strict=True)],
            [None if hidden else SEXES[sex] for sex, hidden in zip(sexes, unknown, strict=True)],
        )

    def _draw_answers(self, tables: Tables, conditions: Array, rng: np.random.Generator) -> Array:
        bits = draw_answers(tables, conditions, rng)
        self.combinations.put_into(bits, conditions, rng)
        return bits


def take_answers(beliefs: Beliefs, patients: DrawnPatients, positions: Array) -> None:
    """Take each patient's answer to a question, unless it is missing."""
    rows = np.arange(len(positions))
    missing = patients.missing[rows, positions]
    beliefs.skip(rows[missing], positions[missing])
    beliefs.answer(rows[~missing], positions[~missing], patients.bits)


def tell_history(beliefs: Beliefs, patients: DrawnPatients, rng: np.random.Generator) -> None:
    """Take a random part of past illnesses and circumstances, the same questions for all."""
    history = np.flatnonzero(beliefs.structure.history)
    for position in rng.choice(history, rng.integers(1, MAX_HISTORY + 1), replace=False):
        take_answers(beliefs, patients, np.full(len(patients.conditions), position))


def explore(
    outcomes: Outcomes, beliefs: Beliefs, posterior: Array, curiosity: Array, rng: np.random.Generator
) -> Array:
    """Return one question [N] each: by information, with some chance in it."""
    gains = information_gains(outcomes, posterior, beliefs)
    chance = rng.gumbel(size=gains.shape) * curiosity[:, None]
    return np.asarray(np.where(gains < 0, -np.inf, np.log(np.maximum(gains, 1e-6)) + chance).argmax(1))

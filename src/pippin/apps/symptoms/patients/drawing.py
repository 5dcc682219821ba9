"""Patients drawn from the tables: made up, no people."""

from __future__ import annotations

import numpy as np

from pippin.apps.symptoms.knowledge.structure import SEVERAL, load_structure
from pippin.apps.symptoms.tables.learned_tables import Tables

Array = np.ndarray


def draw_answers(tables: Tables, conditions: Array, rng: np.random.Generator) -> Array:
    """Return all answers [N, O] of patients with the conditions [N]; children of a no have their defaults."""
    structure = load_structure()
    bits = np.zeros((len(conditions), structure.n_options), np.float32)
    yes = structure.yes_options
    says_yes = rng.random((len(conditions), len(yes))) < tables.options[yes][:, conditions].T
    bits[:, yes], bits[:, yes - 1] = says_yes, ~says_yes
    for question in structure.with_options:
        shares = tables.options[question.span][:, conditions].T
        if question.kind == SEVERAL:
            drawn = (rng.random(shares.shape) < shares).astype(np.float32)
            drawn[drawn.sum(1) == 0, question.default] = 1
        else:
            marks = shares.cumsum(1)
            chosen = (rng.random((len(conditions), 1)) * marks[:, -1:] > marks).sum(1)
            drawn = np.eye(len(question.options), dtype=np.float32)[np.minimum(chosen, len(question.options) - 1)]
        if question.parent >= 0:
            absent = bits[:, structure.questions[question.parent].start + 1] == 0
            drawn[absent] = 0
            drawn[absent, question.default] = 1
        bits[:, question.span] = drawn
    return bits


def draw_complaints(bits: Array, rng: np.random.Generator) -> Array:
    """Return the question [N] whose yes each patient comes with: a symptom by chance, -1 where there is none."""
    structure = load_structure()
    symptoms = [
        position
        for position, one in enumerate(structure.questions)
        if not one.is_history and one.parent < 0 and len(one.options) == 2
    ]
    shown = bits[:, [structure.questions[position].start + 1 for position in symptoms]]
    scores = shown * (0.1 + rng.random(shown.shape))
    return np.where(shown.any(1), np.array(symptoms)[scores.argmax(1)], -1)


def draw_profiles(tables: Tables, conditions: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return positions of age ranges [N] and sexes [N]."""
    return _draw(tables.ages, conditions, rng), _draw(tables.sexes, conditions, rng)


def _draw(shares: Array, conditions: Array, rng: np.random.Generator) -> Array:
    marks = shares[:, conditions].T.cumsum(1)
    found = (rng.random((len(conditions), 1)) * marks[:, -1:] > marks).sum(1)
    return np.minimum(found, len(shares) - 1)

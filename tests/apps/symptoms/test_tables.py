"""Learned tables: shares by hand, structural zeros, and draws around them."""

from __future__ import annotations

import numpy as np
from symptoms_patients import whole

from pippin.apps.symptoms.knowledge.structure import SEVERAL, YES_NO, load_structure
from pippin.apps.symptoms.tables.learned_tables import (
    MIN_SHARE,
    SMOOTHING,
    Tables,
    draw_tables,
    fit_tables,
)

STRUCTURE = load_structure()
PATIENTS = [whole("Influenza", "E_91", "E_201"), whole("Influenza", "E_91"), whole("GERD", "E_173")]


def test_the_structure_is_that_of_ddxplus() -> None:
    assert len(STRUCTURE.conditions) == 49
    assert len(STRUCTURE.questions) == 223
    assert sum(STRUCTURE.severe) == 17
    assert all(one.parent < 0 or STRUCTURE.questions[one.parent].kind == YES_NO for one in STRUCTURE.questions)


def test_shares_are_smoothed_towards_the_mean_of_conditions_that_may_show_them() -> None:
    tables = fit_tables(PATIENTS)
    cough = STRUCTURE.index["E_201"]
    listed = STRUCTURE.listed[:, cough]
    numbers = np.bincount([STRUCTURE.condition_index[one.condition] for one in PATIENTS], minlength=49)
    mean = (1 + 0.5) / (numbers[listed].sum() + 1)
    expected = (1 + SMOOTHING * mean) / (2 + SMOOTHING)
    influenza = STRUCTURE.condition_index["Influenza"]
    assert np.isclose(tables.options[STRUCTURE.questions[cough].start + 1, influenza], expected)


def test_what_a_condition_never_shows_has_the_smallest_share() -> None:
    tables = fit_tables(PATIENTS)
    for position, question in enumerate(STRUCTURE.questions):
        if question.kind == YES_NO:
            never = ~STRUCTURE.listed[:, position]
            assert np.allclose(tables.options[question.start + 1, never], MIN_SHARE)


def test_drawn_tables_are_shares_and_lie_around_the_learned_ones() -> None:
    tables = fit_tables(PATIENTS)
    rng = np.random.default_rng(0)
    drawn = [draw_tables(tables, rng) for _ in range(60)]
    for question in STRUCTURE.questions:
        if question.kind != SEVERAL:
            assert np.allclose(drawn[0].options[question.span].sum(0), 1, atol=1e-4)
    fever = STRUCTURE.questions[STRUCTURE.index["E_91"]].start + 1
    gerd = STRUCTURE.condition_index["Influenza"]
    assert abs(np.mean([one.options[fever, gerd] for one in drawn]) - tables.options[fever, gerd]) < 0.1


def test_tables_are_the_same_once_stored() -> None:
    tables = fit_tables(PATIENTS)
    again = Tables.load(tables.save())
    assert np.allclose(again.options, tables.options)

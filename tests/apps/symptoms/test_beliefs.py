"""Beliefs and information gain against arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from symptoms_patients import whole

from pippin.apps.symptoms.interview.beliefs import Beliefs, softmax
from pippin.apps.symptoms.interview.information import askable, build_outcomes, information_gains
from pippin.apps.symptoms.knowledge.structure import YES_NO, load_structure
from pippin.apps.symptoms.tables.learned_tables import Tables, fit_tables
from pippin.apps.symptoms.tables.likelihood import ERROR_RATES

STRUCTURE = load_structure()
NAMES = ("Influenza", "GERD", "Anemia")
SYMPTOMS = ("E_91", "E_201", "E_173", "E_82", "E_154", "E_97")


@pytest.fixture(scope="module")
def tables() -> Tables:
    patients = [
        whole("Influenza", "E_91", "E_201", "E_97"),
        whole("GERD", "E_173", "E_201"),
        whole("Anemia", "E_82", "E_154"),
    ]
    return fit_tables(patients)


def believe(tables: Tables, answers: dict[str, bool]) -> Beliefs:
    """Return beliefs after answers with yes or no."""
    beliefs = Beliefs(tables, [None], [None])
    for code, says_yes in answers.items():
        bits = np.zeros_like(beliefs.bits)
        position = STRUCTURE.index[code]
        bits[0, STRUCTURE.questions[position].start + says_yes] = 1
        beliefs.answer(np.array([0]), np.array([position]), bits)
    return beliefs


@given(st.dictionaries(st.sampled_from(SYMPTOMS), st.booleans()))
@settings(max_examples=25, deadline=None)
def test_posteriors_are_bayes_by_hand(answers: dict[str, bool]) -> None:
    learned = fit_tables([whole("Influenza", "E_91"), whole("GERD", "E_173"), whole("Anemia", "E_82")])
    expected = np.repeat(learned.prior[None].astype(float), len(ERROR_RATES), 0)
    for code, says_yes in answers.items():
        yes = learned.options[STRUCTURE.questions[STRUCTURE.index[code]].start + 1].astype(float)
        for row, rate in enumerate(ERROR_RATES):
            told = (1 - rate) * yes + rate * (1 - yes)
            expected[row] *= told if says_yes else 1 - told
    expected /= expected.sum(1, keepdims=True)
    assert np.allclose(believe(learned, answers).posteriors()[:, 0], expected, atol=1e-4)


@given(st.permutations(SYMPTOMS))
@settings(max_examples=10, deadline=None)
def test_the_order_of_answers_does_not_matter(order: list[str]) -> None:
    learned = fit_tables([whole("Influenza", "E_91", "E_201"), whole("GERD", "E_173")])
    first = believe(learned, dict.fromkeys(SYMPTOMS, True)).posteriors()
    assert np.allclose(believe(learned, dict.fromkeys(order, True)).posteriors(), first)


def test_information_gain_is_the_expected_fall_of_entropy(tables: Tables) -> None:
    beliefs = believe(tables, {"E_201": True})
    rate, posterior = ERROR_RATES[0], beliefs.posteriors()[0]
    gains = information_gains(build_outcomes(tables)[0], posterior, beliefs)[0]
    for code in ("E_91", "E_173", "E_82"):
        position = STRUCTURE.index[code]
        yes = tables.options[STRUCTURE.questions[position].start + 1].astype(float)
        told = (1 - rate) * yes + rate * (1 - yes)
        fall = entropy(posterior[0])
        for likelihood in (told, 1 - told):
            joint = posterior[0] * likelihood
            fall -= joint.sum() * entropy(joint / joint.sum())
        assert gains[position] == pytest.approx(fall, abs=1e-3)


def entropy(shares: np.ndarray) -> float:
    """Return the entropy in nats."""
    return float(-(shares * np.log(shares + 1e-12)).sum())


def test_what_was_answered_and_children_of_a_no_are_not_asked(tables: Tables) -> None:
    pain, strength, place = (STRUCTURE.index[code] for code in ("E_53", "E_56", "E_55"))
    fresh = askable(believe(tables, {}))[0]
    assert fresh[pain]
    assert fresh[place]  # "where does it hurt" also answers whether
    assert not fresh[strength]
    assert askable(believe(tables, {"E_53": True}))[0][strength]
    denied = askable(believe(tables, {"E_53": False}))[0]
    assert not denied[pain]
    assert not denied[place]
    assert not denied[strength]


def test_a_place_says_that_there_is_a_pain(tables: Tables) -> None:
    beliefs = Beliefs(tables, [None, None], [None, None])
    place = STRUCTURE.index["E_55"]
    question = STRUCTURE.questions[place]
    bits = np.zeros_like(beliefs.bits)
    bits[0, question.start + 5] = 1
    bits[1, question.start + question.default] = 1
    beliefs.answer(np.arange(2), np.array([place, place]), bits)
    assert beliefs.yes[:, STRUCTURE.index["E_53"]].tolist() == [1, 0]
    assert beliefs.closed[:, STRUCTURE.index["E_53"]].all()


def test_many_answers_need_more_room_than_there_was_at_first(tables: Tables) -> None:
    codes = [one.code for one in STRUCTURE.questions if one.kind == YES_NO and one.parent < 0][:40]
    beliefs = believe(tables, dict.fromkeys(codes, False))
    assert beliefs.n_terms[0] == 40
    assert np.allclose(beliefs.terms[0, :40].sum(0), beliefs.likelihoods[:, 0], atol=1e-3)


def test_softmax_of_large_logits_is_finite() -> None:
    assert softmax(np.array([1e4, -1e4])).tolist() == [1, 0]

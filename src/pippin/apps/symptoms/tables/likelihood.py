"""Likelihood of answers under each condition, where some answers are wrong."""

from __future__ import annotations

import numpy as np

from pippin.apps.symptoms.knowledge.structure import SEVERAL, Question, load_structure
from pippin.apps.symptoms.tables.learned_tables import AGE_EDGES, SEXES, Tables

Array = np.ndarray
# Shares of wrong answers under which beliefs are kept side by side.
ERROR_RATES = (0.005, 0.15)


def answer_likelihood(tables: Tables, question: Question, bits: Array) -> Array:
    """Return the likelihood [N, C] of answers [N, K] to a question, none of them wrong."""
    shares = tables.options[question.span]
    if question.kind == SEVERAL:
        present, absent = np.log(shares), np.log1p(-shares)
        return np.exp(bits @ (present - absent) + absent.sum(0))
    return bits @ shares


def wrong_likelihood(question: Question, likelihood: Array) -> Array:
    """Return the likelihood [N, C] (or [N, 1]) of the same answers if they are wrong.

    A wrong answer is any other option; of several options, what another person would choose.
    """
    if question.kind == SEVERAL:
        return likelihood.mean(1, keepdims=True)
    return (1 - likelihood) / (len(question.options) - 1)


def log_likelihoods(tables: Tables, position: int, bits: Array) -> Array:
    """Return log likelihoods [E, N, C] of answers [N, K] to a question, for each of ERROR_RATES."""
    question = load_structure().questions[position]
    right = answer_likelihood(tables, question, bits)
    wrong = wrong_likelihood(question, right)
    return np.stack([np.log(np.maximum((1 - rate) * right + rate * wrong, 1e-30)) for rate in ERROR_RATES])


def log_prior(tables: Tables, ages: list[int | None], sexes: list[str | None]) -> Array:
    """Return log priors [N, C] given ages and sexes, where they are known."""
    found = np.repeat(np.log(tables.prior)[None], len(ages), 0)
    for row, (age, sex) in enumerate(zip(ages, sexes, strict=True)):
        if age is not None:
            found[row] += np.log(tables.ages[np.digitize(age, AGE_EDGES)])
        if sex in SEXES:
            found[row] += np.log(tables.sexes[SEXES.index(sex)])
    return found

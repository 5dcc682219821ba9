"""Expected information gain of questions: the mutual information of answer and condition, in nats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pippin.apps.symptoms.interview.beliefs import NO, UNKNOWN, YES, Beliefs
from pippin.apps.symptoms.knowledge.structure import SEVERAL, Question, load_structure
from pippin.apps.symptoms.tables.learned_tables import Tables
from pippin.apps.symptoms.tables.likelihood import ERROR_RATES, answer_likelihood, wrong_likelihood

Array = np.ndarray
PER_CONDITION = 2  # answers of each condition that stand for all combinations of several options
SEED = 11


class Outcomes(NamedTuple):
    """Answers of all questions under one error rate: `shares` [R, C], `starts` [Q + G], `entropy` [Q + G, C].

    The last G rows are gateways asked before their parent: "nowhere" is an answer of theirs.
    """

    shares: Array
    starts: Array
    entropy: Array
    gateways: tuple[int, ...]


def build_outcomes(tables: Tables) -> tuple[Outcomes, ...]:
    """Return the outcomes under each of ERROR_RATES."""
    structure = load_structure()
    rng = np.random.default_rng(SEED)
    answers = [representative_answers(tables, question, rng) for question in structure.questions]
    gateways = tuple(position for position, one in enumerate(structure.questions) if one.is_gateway)
    found = []
    for rate in ERROR_RATES:
        blocks = [
            _noisy(tables, question, bits, rate) for question, bits in zip(structure.questions, answers, strict=True)
        ]
        for position in gateways:
            no, yes = blocks[structure.questions[position].parent]
            blocks.append(np.concatenate([no[None], yes * blocks[position]]))
        starts = np.cumsum([0, *(len(block) for block in blocks)])[:-1]
        shares = np.concatenate(blocks).astype(np.float32)
        entropy = np.add.reduceat(-shares * np.log(shares + 1e-12), starts, axis=0)
        found.append(Outcomes(shares, starts, entropy, gateways))
    return tuple(found)


def representative_answers(tables: Tables, question: Question, rng: np.random.Generator) -> Array:
    """Return answers [R, K] that stand for all: each option, or combinations drawn for each condition."""
    count = len(question.options)
    if question.kind != SEVERAL:
        return np.eye(count, dtype=np.float32)
    shares = np.tile(tables.options[question.span].T, (PER_CONDITION, 1))
    drawn = (rng.random(shares.shape) < shares).astype(np.float32)
    drawn[drawn.sum(1) == 0, question.default] = 1
    return np.unique(drawn, axis=0)


def _noisy(tables: Tables, question: Question, bits: Array, rate: float) -> Array:
    right = answer_likelihood(tables, question, bits)
    if question.kind == SEVERAL:
        right = right / right.sum(0)
    noisy = (1 - rate) * right + rate * wrong_likelihood(question, right)
    return np.asarray(noisy / noisy.sum(0))


def information_gains(outcomes: Outcomes, posterior: Array, beliefs: Beliefs) -> Array:
    """Return expected information gains [N, Q] in nats; closed questions have -1."""
    marginal = posterior.astype(np.float32) @ outcomes.shares.T
    entropy = np.add.reduceat(-marginal * np.log(marginal + 1e-12), outcomes.starts, axis=1)
    gains = entropy - posterior.astype(np.float32) @ outcomes.entropy.T
    n_questions = beliefs.closed.shape[1]
    found = gains[:, :n_questions]
    questions = beliefs.structure.questions
    for number, position in enumerate(outcomes.gateways):
        is_open = beliefs.yes[:, questions[position].parent] == UNKNOWN
        found[:, position] = np.where(is_open, gains[:, n_questions + number], found[:, position])
    return np.where(askable(beliefs), np.maximum(found, 0), -1.0)


def askable(beliefs: Beliefs) -> Array:
    """Return which questions [N, Q] may be asked: open ones whose parent was answered with yes, if they have one."""
    allowed = ~beliefs.closed
    for position, question in enumerate(beliefs.structure.questions):
        if question.parent >= 0:
            parent = beliefs.yes[:, question.parent]
            allowed[:, position] &= (parent == YES) | ((parent == UNKNOWN) & question.is_gateway)
            allowed[:, position] &= parent != NO
    return np.asarray(allowed)

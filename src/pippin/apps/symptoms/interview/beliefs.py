"""Beliefs of several patients side by side: log likelihoods of all conditions, and which questions remain open."""

from __future__ import annotations

import numpy as np

from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.tables.learned_tables import Tables
from pippin.apps.symptoms.tables.likelihood import ERROR_RATES, log_likelihoods, log_prior

Array = np.ndarray
UNKNOWN, NO, YES = -1, 0, 1
EXCLUDED = -1e4  # log prior of a condition that is taken for impossible
N_SLOTS = 12


class Beliefs:
    """What is believed of N patients after some answers.

    `prior` [N, C] are log priors; `terms` [N, T, E, C] log likelihoods of single answers under each error rate, in the
    order they came, `term_questions` [N, T] what they answer (-1: none yet); `likelihoods` [E, N, C] their sums;
    `background` [E, N] the logs if answers did not depend on conditions. `bits` [N, O] are the options chosen, `closed`
    [N, Q] the questions that need no asking, and `yes` [N, Q] is what is known of parents.
    """

    def __init__(self, tables: Tables, ages: list[int | None], sexes: list[str | None]) -> None:
        self.structure, self.tables = load_structure(), tables
        n_patients, n_questions = len(ages), len(self.structure.questions)
        self.prior = log_prior(tables, ages, sexes)
        self.likelihoods = np.zeros((len(ERROR_RATES), *self.prior.shape))
        self.background = np.zeros((len(ERROR_RATES), n_patients))
        self.terms = np.zeros((n_patients, N_SLOTS, len(ERROR_RATES), self.prior.shape[1]), np.float32)
        self.term_questions = np.full((n_patients, N_SLOTS), -1)
        self.n_terms = np.zeros(n_patients, int)
        self.bits = np.zeros((n_patients, self.structure.n_options), np.float32)
        self.closed = np.zeros((n_patients, n_questions), bool)
        self.yes = np.full((n_patients, n_questions), UNKNOWN, np.int8)

    def answer(self, rows: Array, positions: Array, bits: Array) -> None:
        """Take one answer of each patient in `rows`: to the question at `positions`, out of answers [N, O]."""
        for position in np.unique(positions):
            chosen = rows[positions == position]
            self._answer_one(chosen, int(position), bits[chosen])

    def skip(self, rows: Array, positions: Array) -> None:
        """Close questions that a patient has no answer to."""
        self.closed[rows, positions] = True

    def _answer_one(self, rows: Array, position: int, bits: Array) -> None:
        question = self.structure.questions[position]
        if question.parent >= 0:
            open_rows = self.yes[rows, question.parent] == UNKNOWN
            nowhere = open_rows & question.is_gateway & (bits[:, question.start + question.default] > 0)
            self._take_parent(rows[open_rows & ~nowhere], question.parent, YES)
            self._take_parent(rows[nowhere], question.parent, NO)
            rows, bits = rows[~nowhere], bits[~nowhere]
        self._take(rows, position, bits)

    def _take_parent(self, rows: Array, position: int, answer: int) -> None:
        bits = np.zeros((len(rows), self.structure.n_options), np.float32)
        bits[:, self.structure.questions[position].start + answer] = 1
        self._take(rows, position, bits)

    def _take(self, rows: Array, position: int, bits: Array) -> None:
        if not len(rows):
            return
        span = self.structure.questions[position].span
        self._add_terms(rows, position, log_likelihoods(self.tables, position, bits[:, span]))
        self.bits[rows, span] = bits[:, span]
        self.closed[rows, position] = True
        if position in self.structure.children:
            says_yes = bits[:, span.start + 1] > 0
            self.yes[rows, position] = np.where(says_yes, YES, NO)
            for child in self.structure.children[position]:
                self.closed[rows[~says_yes], child] = True

    def _add_terms(self, rows: Array, position: int, found: Array) -> None:
        if self.n_terms[rows].max() == self.terms.shape[1]:
            self.terms = np.concatenate([self.terms, np.zeros_like(self.terms)], 1)
            self.term_questions = np.concatenate([self.term_questions, np.full_like(self.term_questions, -1)], 1)
        self.terms[rows, self.n_terms[rows]] = found.swapaxes(0, 1)
        self.term_questions[rows, self.n_terms[rows]] = position
        self.n_terms[rows] += 1
        self.likelihoods[:, rows] += found
        self.background[:, rows] += np.log(np.exp(found).mean(-1))

    def exclude(self, rows: Array, conditions: Array) -> None:
        """Take a condition for impossible, as if it were not known."""
        self.prior[rows, conditions] = EXCLUDED

    @property
    def logs(self) -> Array:
        """Log joint probabilities [E, N, C] of condition and answers."""
        return self.prior + self.likelihoods

    def posteriors(self) -> Array:
        """Return the posteriors [E, N, C] under each error rate."""
        return softmax(self.logs)

    def log_evidence(self) -> Array:
        """Return log probabilities [E, N] of the answers."""
        logs = self.logs
        top = logs.max(-1)
        return np.asarray(top + np.log(np.exp(logs - top[..., None]).sum(-1)))

    def n_answered(self) -> Array:
        """Return how many answers [N] were given."""
        return self.n_terms


def softmax(logits: Array) -> Array:
    """Return probabilities along the last axis."""
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(shares / shares.sum(-1, keepdims=True))

"""What the posterior network sees of a patient: the prior, and of each answer its likelihood and its kind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.knowledge.structure import SEVERAL, YES_NO

Array = np.ndarray
KINDS = ("no", "yes", "scale or choice", "several", "history")


class NetworkInput(NamedTuple):
    """Log priors [N, C], log likelihoods [N, T, E, C] of answers, and their kinds [N, T, K] (all 0: no answer)."""

    prior: Array
    terms: Array
    kinds: Array


def network_input(beliefs: Beliefs) -> NetworkInput:
    """Return what the posterior network sees after the answers so far."""
    count = max(1, int(beliefs.n_terms.max()))
    positions = beliefs.term_questions[:, :count]
    kinds = _kinds(beliefs)[positions] * (positions >= 0)[..., None]
    says_yes = np.take_along_axis(beliefs.bits, _yes_options(beliefs)[positions], 1) > 0
    is_yes_no = kinds[..., 0] > 0
    kinds[..., 0], kinds[..., 1] = is_yes_no & ~says_yes, is_yes_no & says_yes
    prior = np.maximum(beliefs.prior - beliefs.prior.max(1, keepdims=True), -100)
    return NetworkInput(prior.astype(np.float32), beliefs.terms[:, :count], kinds.astype(np.float32))


def _kinds(beliefs: Beliefs) -> Array:
    """Return kinds [Q, K] of questions; a yes or no question is a "no" until its answer is known."""
    found = np.zeros((len(beliefs.structure.questions), len(KINDS)), np.float32)
    for position, question in enumerate(beliefs.structure.questions):
        column = 0 if question.kind == YES_NO else 3 if question.kind == SEVERAL else 2
        found[position, column] = 1
        found[position, 4] = question.is_history
    return found


def _yes_options(beliefs: Beliefs) -> Array:
    """Return the positions [Q] of the option "yes" (of other kinds: of the second option)."""
    return np.array([question.start + 1 for question in beliefs.structure.questions])

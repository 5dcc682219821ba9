"""Classical methods: naive Bayes on the tables, questions by information gain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import Outcomes, build_outcomes, information_gains
from pippin.apps.symptoms.interview.running import MIN_SCORE
from pippin.apps.symptoms.interviewer import TableInterviewer
from pippin.apps.symptoms.memory import Memory
from pippin.apps.symptoms.tables.learned_tables import Tables
from pippin.core.data import Dataset
from pippin.core.values import SavedState

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
NONE_SCALE = 1.0  # natural logarithms by which answers are less likely than by chance, for even odds of none


class NaiveBayes(TableInterviewer):
    """Multiplies the likelihoods of answers, and asks what is expected to tell most about the condition."""

    rate: ClassVar[int] = 0
    """Which of the error rates is expected."""

    def __init__(self, config: SymptomsConfig) -> None:
        super().__init__(config)
        self._outcomes: tuple[Outcomes, ...] = ()

    def fit(self, data: Dataset, run: Run) -> None:
        """Count answers by condition."""
        self.fit_tables(data)
        self._outcomes = ()

    def posterior(self, beliefs: Beliefs) -> Array:
        """Return the posteriors [N, C]."""
        return np.asarray(beliefs.posteriors()[self.rate])

    def question_scores(self, beliefs: Beliefs, posterior: Array, step: int) -> Array:
        """Return expected information gains [N, Q]."""
        self._outcomes = self._outcomes or build_outcomes(self.tables)
        gains = information_gains(self._outcomes[self.rate], posterior, beliefs)
        return np.where(gains < 0, 10 * MIN_SCORE, gains)

    def none(self, beliefs: Beliefs) -> Array:
        """Return a probability [N] that grows where answers are less likely than if conditions did not matter."""
        excess = beliefs.background[self.rate] - beliefs.log_evidence()[self.rate]
        return np.asarray(1 / (1 + np.exp(-np.clip(excess - NONE_SCALE, -30, 30))))

    def save(self) -> SavedState:
        """Return the tables and the corrections."""
        return SavedState(self.tables.save(), {"taught": self.memory.save()})

    def load(self, saved: SavedState) -> None:
        """Become the learner that `saved` came from."""
        self._tables, self._outcomes = Tables.load(saved.tensors), ()
        self.memory = Memory.load(saved.config["taught"])


class CautiousNaiveBayes(NaiveBayes):
    """The same, expecting that 15 % of the answers are wrong."""

    rate: ClassVar[int] = 1

"""The learner: tables, a posterior network, a policy, and "none of these"; trained in torch, answering in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import Outcomes, build_outcomes
from pippin.apps.symptoms.interview.network_input import network_input
from pippin.apps.symptoms.interview.networks import NoneLayers, PolicyLayers, PosteriorLayers
from pippin.apps.symptoms.interview.none_features import none_features
from pippin.apps.symptoms.interview.question_features import question_features
from pippin.apps.symptoms.interviewer import NOT_TRAINED, TableInterviewer
from pippin.apps.symptoms.memory import Memory
from pippin.apps.symptoms.patients.combinations import Combinations
from pippin.apps.symptoms.tables.learned_tables import Tables
from pippin.core.data import Dataset
from pippin.core.errors import PippinError, missing_extra
from pippin.core.values import SavedState

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray


class SymptomsLearner(TableInterviewer):
    """Believes by the posterior network, and asks by the policy."""

    def __init__(self, config: SymptomsConfig) -> None:
        super().__init__(config)
        self._outcomes: tuple[Outcomes, ...] = ()
        self._networks: tuple[PosteriorLayers, PolicyLayers, NoneLayers] | None = None

    @property
    def outcomes(self) -> tuple[Outcomes, ...]:
        """What may be answered to each question, under each error rate."""
        self._outcomes = self._outcomes or build_outcomes(self.tables)
        return self._outcomes

    @property
    def networks(self) -> tuple[PosteriorLayers, PolicyLayers, NoneLayers]:
        """The three networks; PippinError where nothing was learned."""
        if self._networks is None:
            raise PippinError(NOT_TRAINED)
        return self._networks

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn the tables from these data, and the networks from patients drawn from them."""
        try:
            from pippin.apps.symptoms.training.drawn_interviews import PatientSource
            from pippin.apps.symptoms.training.fitting import fit_networks
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        patients = self.fit_tables(data)
        self._outcomes = ()
        self._networks = fit_networks(PatientSource(self.tables, Combinations(patients)), self.config, run)

    def posterior(self, beliefs: Beliefs) -> Array:
        """Return the probabilities [N, C] of conditions, if it is one of them."""
        return self.networks[0].probabilities(network_input(beliefs))

    def question_scores(self, beliefs: Beliefs, posterior: Array, step: int) -> Array:
        """Return the scores [N, Q] of the policy."""
        return self.networks[1].scores(question_features(self.outcomes, beliefs, posterior, step))

    def none(self, beliefs: Beliefs) -> Array:
        """Return the probabilities [N] that it is none of the conditions."""
        return self.networks[2].probabilities(none_features(self.outcomes, beliefs))

    def save(self) -> SavedState:
        """Return tables and networks, and the corrections."""
        tensors = self.tables.save()
        for network in self.networks:
            tensors |= network.save()
        return SavedState(tensors, {"taught": self.memory.save()})

    def load(self, saved: SavedState) -> None:
        """Become the learner that `saved` came from."""
        self._tables, self._outcomes = Tables.load(saved.tensors), ()
        self._networks = (
            PosteriorLayers.load(saved.tensors),
            PolicyLayers.load(saved.tensors),
            NoneLayers.load(saved.tensors),
        )
        self.memory = Memory.load(saved.config["taught"])

"""The learner: a set encoder and a re-ranker, trained in torch, answering in numpy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.memory import Memory
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.ranking.encoder import SetEncoder
from pippin.apps.raredisease.ranking.features import (
    N_FEATURES,
    Scorer,
    candidate_features,
    candidates,
    patient_features,
)
from pippin.apps.raredisease.ranking.reranker import Reranker
from pippin.apps.raredisease.ranking_learner import Ranking, RankingLearner
from pippin.core.data import Dataset
from pippin.core.errors import PippinError, missing_extra
from pippin.core.values import SavedState

if TYPE_CHECKING:
    from pippin.core.run import Run


class RareDiseaseLearner(RankingLearner):
    """Scores all diseases, and re-ranks the best candidates."""

    def __init__(self, config: RareDiseaseConfig) -> None:
        super().__init__(config)
        self.encoder: SetEncoder | None = None
        self._scorer: Scorer | None = None
        self.reranker = Reranker([])

    @property
    def scorer(self) -> Scorer:
        """What scores all diseases, with the encoder's vectors of them; made again for newer files."""
        if self.encoder is None:
            raise PippinError("This model has learned nothing yet; train it: pippin raredisease train.")
        knowledge = self.knowledge
        if self._scorer is None or self._scorer.knowledge is not knowledge:
            self._scorer = Scorer(knowledge, self.encoder.align(knowledge))
        return self._scorer

    def fit(self, data: Dataset, run: Run) -> None:
        """Train the encoder on simulated patients, and the re-ranker on real ones of other diseases than those tested.

        Rows that only the papers of these data support are never read by the encoder.
        """
        try:
            from pippin.apps.raredisease.training.fitting import fit_encoder, fit_reranker
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        self.encoder = builtin_encoder() if self.config.encoder == "builtin" else fit_encoder(self, data, run)
        self._scorer = None
        self.reranker = fit_reranker(self, data, run)

    def rank(self, patient: Patient, *, leave_paper_out: bool) -> Ranking:
        """Return the ranking of a patient."""
        knowledge = self.knowledge  # once: to look for newer files takes longer than to score a disease
        table = self.scorer.scores(patient, leave_paper_out=leave_paper_out)
        chosen = candidates(table)
        rows, whole = (
            candidate_features(table, chosen, patient),
            patient_features(knowledge, table, chosen, patient),
        )
        probabilities, none = self.reranker.probabilities(rows, whole)
        order = np.argsort(-probabilities, kind="stable")
        return Ranking([knowledge.ids[disease] for disease in chosen[order]], probabilities[order], none)

    def save(self) -> SavedState:
        """Return the weights of both networks, and the corrections."""
        if self.encoder is None:
            raise PippinError("This model has learned nothing yet; train it: pippin raredisease train.")
        arrays, numbers = self.reranker.save()
        config = {
            "calibration": numbers,
            "terms": " ".join(self.encoder.ids),
            "taught": self.memory.save(),
            "versions": [self.knowledge.ontology.version, self.knowledge.version],
        }
        return SavedState({**self.encoder.save(), **arrays}, config)

    def load(self, saved: SavedState) -> None:
        """Become the learner that `saved` came from."""
        self.encoder = SetEncoder.load(saved.config["terms"].split(" "), saved.tensors)
        self.reranker = Reranker.load(saved.tensors, saved.config["calibration"])
        if any(network.hidden.shape[1] != N_FEATURES for network in self.reranker.networks):
            raise PippinError(
                "This model was made for other scores than these; train it again: pippin raredisease train."
            )
        self.memory = Memory.load(saved.config["taught"])
        self._scorer = None


def builtin_encoder() -> SetEncoder:
    """Return the encoder of the built-in model; PippinError where there is none."""
    from pippin.core.artifact import read_artifact

    folder = Path(__file__).with_name("model") / "default"
    if not (folder / "artifact.json").exists():
        raise PippinError("There is no built-in model to take the encoder of; leave out --encoder builtin.")
    saved = read_artifact(folder).part("model")
    return SetEncoder.load(saved.config["terms"].split(" "), saved.tensors)

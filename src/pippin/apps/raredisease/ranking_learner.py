"""What all methods share: patients in, ranked diseases out, with evidence; single corrections count at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.evidence import describe_ranking
from pippin.apps.raredisease.memory import Memory
from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.predictions import MAX_RANKED, NONE, RankedPrediction
from pippin.core.errors import PippinError, unforeseen
from pippin.core.inputs import Input
from pippin.core.values import Correction, Prediction
from pippin.core.workspace import Workspace

Array = np.ndarray


class Ranking(NamedTuple):
    """Diseases by id with their probabilities if it is one of them, best first; and the probability of none."""

    ids: list[str]
    probabilities: Array
    none: float


class Ranks(Protocol):
    """What ranks diseases for a patient."""

    def rank(self, patient: Patient, *, leave_paper_out: bool) -> Ranking:
        """Return the ranking of a patient."""


class RankingLearner:
    """A learner around `rank`; it reads inputs, answers, and remembers corrections."""

    def __init__(self, config: RareDiseaseConfig) -> None:
        self.config = config
        self.workspace: Workspace | None = None
        self.memory = Memory()

    @property
    def knowledge(self) -> Knowledge:
        """What is known of diseases: of the package, or of the user's newer files."""
        return load_knowledge(self.workspace, self.config.catalogue, self.config.hpo)

    def use_workspace(self, workspace: Workspace | None) -> None:
        """Answer by the newer files of this workspace, where it has any."""
        self.workspace = workspace

    def rank(self, patient: Patient, *, leave_paper_out: bool) -> Ranking:
        """Return the ranking of a patient."""
        raise NotImplementedError

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict the disease of each patient, or none of these."""
        for item in inputs:
            try:
                yield self.answer(read_patient(item, self.knowledge.ontology))
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
            except (ValueError, MemoryError, RecursionError) as problem:
                yield Prediction(None, error=unforeseen(item.name, problem))

    def answer(self, patient: Patient) -> RankedPrediction:
        """Return the ranking of a patient as a prediction, with corrections taken into account."""
        knowledge = self.knowledge
        cited = knowledge.affected(patient.papers)
        leaves_out = self.config.leave_paper_out
        ranking = self._ranking(patient, leave_paper_out=leaves_out)
        usual = self._ranking(patient, leave_paper_out=False).ids[:MAX_RANKED] if cited and leaves_out else ranking.ids
        shares = [(id, float(share) * (1 - ranking.none)) for id, share in _pairs(ranking)]
        whole = sorted([*shares, (NONE, ranking.none)], key=lambda pair: -pair[1])
        if ranking.none <= 0.5 and whole[0][0] == NONE:  # none of these is said where it is more likely than not
            whole.insert(1, whole.pop(0))
        (best, confidence), *rest = whole
        return RankedPrediction(
            best,
            confidence=confidence,
            alternatives=tuple(rest[:MAX_RANKED]),
            evidence=describe_ranking(knowledge, patient, ranking.ids, ranking.none, leave_paper_out=leaves_out),
            ranked=tuple(ranking.ids[:MAX_RANKED]),
            first=float(ranking.probabilities[0]),
            none=ranking.none,
            usual=tuple(usual[:MAX_RANKED]),
            cited=tuple(knowledge.ids[disease] for disease in cited),
        )

    def _ranking(self, patient: Patient, *, leave_paper_out: bool) -> Ranking:
        """Return the ranking with corrections taken into account."""
        ranking = self.rank(patient, leave_paper_out=leave_paper_out)
        recalled = self.memory.recall(self.knowledge, patient)
        if recalled is None:
            return ranking
        answer, share = recalled
        if answer == NONE:
            return ranking._replace(none=ranking.none * (1 - share) + share)
        shares = dict.fromkeys([answer], 0.0) | dict(_pairs(ranking))
        mixed = {id: (1 - share) * value + share * (id == answer) for id, value in shares.items()}
        ids = sorted(mixed, key=lambda id: -mixed[id])
        return Ranking(ids, np.array([mixed[id] for id in ids]), ranking.none * (1 - share))

    def update(self, items: Sequence[Correction]) -> None:
        """Remember what these patients have; a later correction of the same patient replaces an earlier one."""
        for item in items:
            self.memory.add(self.knowledge, read_patient(item.input, self.knowledge.ontology), str(item.answer))


def _pairs(ranking: Ranking) -> list[tuple[str, float]]:
    return list(zip(ranking.ids, ranking.probabilities.tolist(), strict=True))

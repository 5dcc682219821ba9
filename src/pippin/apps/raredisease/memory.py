"""Corrections: patients that were taught, recalled for patients with much the same findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.patients.patient import Patient

REACH = 0.05  # by how much less similar a patient must be to be recalled for a third as much
MAX_SHARE = 0.95  # of the probability that a correction of the same patient takes


@dataclass
class Memory:
    """Taught patients as ids of findings (present, excluded), each with its answer."""

    taught: list[tuple[list[str], list[str], str]] = field(default_factory=list)

    def add(self, knowledge: Knowledge, patient: Patient, answer: str) -> None:
        """Remember an answer."""
        present, excluded = _ids(knowledge, patient)
        self.taught = [one for one in self.taught if one[:2] != (present, excluded)]
        self.taught.append((present, excluded, answer))

    def recall(self, knowledge: Knowledge, patient: Patient) -> tuple[str, float] | None:
        """Return the answer of the most similar taught patient, and the share of probability it takes."""
        if not self.taught:
            return None
        similarities = [_similarity(knowledge, patient, one) for one in self.taught]
        best = int(np.argmax(similarities[::-1]))  # of equals, the last one taught
        share = MAX_SHARE * float(np.exp((similarities[::-1][best] - 1) / REACH))
        return (self.taught[::-1][best][2], share) if share > 1e-3 else None

    def save(self) -> list[Any]:
        """Return JSON values to store."""
        return [list(one) for one in self.taught]

    @classmethod
    def load(cls, stored: list[Any]) -> Memory:
        """Return the memory of stored values."""
        return cls([(list(present), list(excluded), str(answer)) for present, excluded, answer in stored])


def _ids(knowledge: Knowledge, patient: Patient) -> tuple[list[str], list[str]]:
    ids = knowledge.ontology.ids
    return sorted(ids[term] for term in patient.present), sorted(ids[term] for term in patient.excluded)


def _similarity(knowledge: Knowledge, patient: Patient, taught: tuple[list[str], list[str], str]) -> float:
    """Return the information shared, divided by that of both, of findings and all more general ones (0 to 1)."""
    index = knowledge.ontology.index
    total = shared = 0.0
    for own, other in zip((patient.present, patient.excluded), taught[:2], strict=True):
        mine = knowledge.ontology.closure(own)
        theirs = knowledge.ontology.closure(index[id] for id in other if id in index)
        shared += float(knowledge.information[np.intersect1d(mine, theirs)].sum())
        total += float(knowledge.information[np.union1d(mine, theirs)].sum())
    return shared / total if total else 1.0

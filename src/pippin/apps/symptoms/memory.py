"""Corrections: patients that were taught, recalled for patients with the same or nearly the same answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.patients.patient import Patient

REACH = 0.05  # by how much less similar a patient must be to be recalled for a third as much
MAX_SHARE = 0.95  # of the probability that a correction of the same patient takes
MIN_SHARE = 1e-3


@dataclass
class Memory:
    """Taught patients as codes of evidences, each with its answer."""

    taught: list[tuple[list[str], str]] = field(default_factory=list)

    def add(self, patient: Patient, answer: str) -> None:
        """Remember an answer."""
        codes = evidence_codes(patient)
        self.taught = [one for one in self.taught if one[0] != codes]
        self.taught.append((codes, answer))

    def recall(self, patient: Patient) -> tuple[str, float] | None:
        """Return the answer of the most similar taught patient, and the share of probability it takes."""
        if not self.taught:
            return None
        codes = set(evidence_codes(patient))
        similarities = [_similarity(codes, set(one)) for one, _ in self.taught[::-1]]  # of equals, the last one taught
        best = int(np.argmax(similarities))
        share = MAX_SHARE * float(np.exp((similarities[best] - 1) / REACH))
        return (self.taught[::-1][best][1], share) if share > MIN_SHARE else None

    def save(self) -> list[Any]:
        """Return JSON values to store."""
        return [list(one) for one in self.taught]

    @classmethod
    def load(cls, stored: list[Any]) -> Memory:
        """Return the memory of stored values."""
        return cls([(list(codes), str(answer)) for codes, answer in stored])


def evidence_codes(patient: Patient) -> list[str]:
    """Return codes of all answers but those that nothing is there, sorted; no of a patient in text counts too."""
    questions = load_structure().questions
    found = []
    for position, options in patient.answers.items():
        question = questions[position]
        for option in options:
            if option != question.default or not patient.is_whole:
                found.append(f"{question.code}={question.options[option]}")
    return sorted(found)


def _similarity(codes: set[str], others: set[str]) -> float:
    return len(codes & others) / max(len(codes | others), 1)

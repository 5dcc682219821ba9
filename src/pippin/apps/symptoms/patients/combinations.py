"""Combinations of several options as patients chose them together: places of a pain go together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pippin.apps.symptoms.knowledge.structure import SEVERAL, load_structure
from pippin.apps.symptoms.patients.patient import Patient

Array = np.ndarray
OBSERVED = 0.7  # share of drawn answers that are combinations as a patient chose them


class Combinations:
    """Answers to questions with several options, by question and condition."""

    def __init__(self, patients: Sequence[Patient]) -> None:
        structure = load_structure()
        self.answers: dict[tuple[int, int], Array] = {}
        found: dict[tuple[int, int], list[Array]] = {}
        for one in patients:
            bits = one.bits(structure)
            for position in self.positions():
                question = structure.questions[position]
                if question.parent < 0 or bits[structure.questions[question.parent].start + 1]:
                    key = position, structure.condition_index[one.condition]
                    found.setdefault(key, []).append(bits[question.span])
        self.answers = {key: np.stack(rows) for key, rows in found.items()}

    @staticmethod
    def positions() -> list[int]:
        """Return the positions of questions with several options."""
        return [position for position, one in enumerate(load_structure().questions) if one.kind == SEVERAL]

    def put_into(self, bits: Array, conditions: Array, rng: np.random.Generator) -> None:
        """Replace some of the answers [N, O] of drawn patients by combinations of patients with the same condition."""
        structure = load_structure()
        for position in self.positions():
            question = structure.questions[position]
            asked = rng.random(len(bits)) < OBSERVED
            if question.parent >= 0:
                asked &= bits[:, structure.questions[question.parent].start + 1] > 0
            for condition in np.unique(conditions[asked]):
                rows = np.flatnonzero(asked & (conditions == condition))
                pool = self.answers.get((position, int(condition)))
                if pool is not None:
                    bits[rows, question.span] = pool[rng.integers(len(pool), size=len(rows))]

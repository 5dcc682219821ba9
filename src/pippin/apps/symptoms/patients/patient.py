"""A patient: age, sex, answers to questions, and the condition where it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pippin.apps.symptoms.knowledge.structure import Structure, load_structure

Array = np.ndarray
Answers = Mapping[int, tuple[int, ...]]
"""Positions of the options chosen, by the position of the question."""


@dataclass(frozen=True)
class Patient:
    """What is known of a patient; `is_whole` says that what is not answered is not there.

    `complaint` is the position of the question whose yes the patient came with, -1 where there is none.
    """

    answers: Answers = field(default_factory=dict)
    age: int | None = None
    sex: str | None = None
    condition: str = ""
    complaint: int = -1
    is_whole: bool = False
    name: str = ""
    notes: tuple[str, ...] = ()

    def bits(self, structure: Structure | None = None) -> Array:
        """Return the options chosen [O] as 0 and 1; of a whole patient, the defaults too."""
        structure = structure or load_structure()
        found = np.zeros(structure.n_options, np.float32)
        for position, question in enumerate(structure.questions):
            chosen = self.answers.get(position)
            if chosen is None and self.is_whole:
                chosen = (question.default,)
            for option in chosen or ():
                found[question.start + option] = 1
        return found

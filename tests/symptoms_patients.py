"""Patients of `symptoms` that are easy to tell, for its tests."""

from __future__ import annotations

from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.patients.patient import Patient


def whole(condition: str, *codes: str, complaint: str = "E_91") -> Patient:
    """Return a whole patient with a yes to each code."""
    index = load_structure().index
    answers = {index[code]: (1,) for code in codes}
    return Patient(answers, 40, "F", condition, index[complaint], is_whole=True)

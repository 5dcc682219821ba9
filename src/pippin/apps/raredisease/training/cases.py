"""Cases to train a re-ranker on: candidates of a patient with their features, and which of them is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.ranking.features import Scorer, candidate_features, candidates, patient_features

Array = np.ndarray


@dataclass(frozen=True)
class Case:
    """Features of candidates [C, F] and of the patient [G]; `right` is a candidate, or -1 for none of them.

    `missed` says that the right disease is known but not among the candidates. Cases of one `group` (a disease, with
    those published in the same papers) stay together in folds.
    """

    rows: Array
    patient: Array
    right: int
    group: str
    missed: bool = False


def make_case(scorer: Scorer, patient: Patient, disease: str, group: str = "") -> Case:
    """Return the case of a patient, leave-paper-out; a disease that is not known means none of them."""
    target = scorer.knowledge.index.get(disease, -1)
    return make_case_from(scorer.scores(patient), patient, group or disease, target)


def hide_disease(scorer: Scorer, patient: Patient, disease: int, group: str = "") -> Case:
    """Return the case of a patient as if the disease were unknown to the annotations."""
    kept = np.delete(scorer.scores(patient), disease, 0)
    return make_case_from(kept, patient, group or scorer.knowledge.ids[disease], -1)


def make_case_from(table: Array, patient: Patient, group: str, target: int) -> Case:
    """Return the case of a patient from the scores of all diseases; `target` is the right one, or -1."""
    chosen = candidates(table)
    found = np.flatnonzero(chosen == target)
    right = int(found[0]) if len(found) else -1
    features = candidate_features(table, chosen, patient)
    return Case(features, patient_features(table, chosen, patient), right, group, target >= 0 and right < 0)

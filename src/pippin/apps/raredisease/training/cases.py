"""Cases to train a re-ranker on: candidates of a patient with their features, and which of them is right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.ranking.features import Scorer, candidate_features, candidates, patient_features

Array = np.ndarray


@dataclass(frozen=True)
class Case:
    """Features of candidates [C, F] and of the patient [G]; `right` is a candidate, or -1 for none of them.

    `missed` says that the right disease is known but not among the candidates; `judged` that the case teaches when to
    say "none of these". Cases of one `group` (a disease, with those published in the same papers) stay together in
    folds.
    """

    rows: Array
    patient: Array
    right: int
    group: str
    missed: bool = False
    judged: bool = False

    @property
    def is_none(self) -> bool:
        """Return whether the right answer is "none of these"."""
        return self.right < 0 and not self.missed


def make_case(scorer: Scorer, patient: Patient, disease: str, group: str = "") -> Case:
    """Return the case of a patient, leave-paper-out; a disease that is not known means none of them."""
    target = scorer.knowledge.index.get(disease, -1)
    return make_case_from(scorer.knowledge, scorer.scores(patient), patient, group or disease, target)


def cases_of(
    knowledge: Knowledge, table: Array, patient: Patient, disease: int, group: str, *, recent: bool
) -> list[Case]:
    """Return the case of a patient, and of a recently described disease one more as if it were not yet described.

    "None of these" is learned as it will be met: patients of recently described diseases are unknown, those of older
    ones known.
    """
    fair = make_case_from(knowledge, table, patient, group, disease)
    if not recent:
        return [replace(fair, judged=True)]
    hidden = make_case_from(knowledge, np.delete(table, disease, 0), patient, group, -1)
    return [fair, replace(hidden, judged=True)]


def recent_diseases(diseases: Collection[str]) -> set[str]:
    """Return the third of diseases described last: catalogues number them in that order."""
    by_number = sorted(set(diseases), key=lambda id: int(id.partition(":")[2]))
    return set(by_number[len(by_number) - len(by_number) // 3 :])


def make_case_from(knowledge: Knowledge, table: Array, patient: Patient, group: str, target: int) -> Case:
    """Return the case of a patient from the scores of all diseases; `target` is the right one, or -1."""
    chosen = candidates(table)
    found = np.flatnonzero(chosen == target)
    right = int(found[0]) if len(found) else -1
    features = candidate_features(table, chosen, patient)
    whole = patient_features(knowledge, table, chosen, patient)
    return Case(features, whole, right, group, target >= 0 and right < 0)

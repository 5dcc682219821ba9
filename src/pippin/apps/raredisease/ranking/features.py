"""Features of diseases for a patient: every score of every disease, and how the best candidates compare by them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.profiles import Profiles
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.ranking import scores
from pippin.apps.raredisease.ranking.encoder import SetEncoder
from pippin.apps.raredisease.ranking.kinds import describe_findings
from pippin.apps.raredisease.ranking.overlap import OVERLAPS, information_totals, overlaps
from pippin.apps.raredisease.ranking.scores import Setting

Array = np.ndarray
N_CANDIDATES = 100
# Scores of a disease, in the order of the columns of `Scorer.scores`. How many findings a disease is annotated with,
# and how often it was published, is none of them: it says who was studied, not who is ill.
OWN = ("present", "excluded", "resnik", "reverse", "share", "cosine", "plain_cosine", "covered", "worst", "encoder")
SCORES = OWN + OVERLAPS
SCALES = np.array([10, 5, 5, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10, 10, 1, 1, 1, 1, 1], np.float32)  # of the scores
N_FEATURES = 4 * len(SCORES) + 2  # of a candidate
BLEND = {"present": 0.3, "resnik": 1.0, "cosine": 10.0, "encoder": 8.0}  # what candidates are chosen by


@dataclass(frozen=True)
class Scorer:
    """Scores diseases by what is known of them and by a set encoder."""

    knowledge: Knowledge
    encoder: SetEncoder

    @cached_property
    def vectors(self) -> Array:
        """The encoder's vectors [D, W] of all diseases."""
        return self.encoder.encode_profiles(self.knowledge.profiles, self.knowledge.information)

    def scores(self, patient: Patient, *, leave_paper_out: bool = True) -> Array:
        """Return all scores [D, S]; rows that only the patient's papers support do not count with `leave_paper_out`."""
        table = self.score_profiles(patient, self.knowledge.profiles, self.vectors)
        return self.leave_papers_out(table, patient) if leave_paper_out else table

    def leave_papers_out(self, table: Array, patient: Patient) -> Array:
        """Return the scores without the rows that only the patient's papers support."""
        chosen, changed = self.knowledge.without(patient.papers)
        if not len(chosen):
            return table
        patched = table.copy()
        patched[chosen] = self.score_profiles(patient, changed)
        return patched

    def score_profiles(self, patient: Patient, profiles: Profiles, vectors: Array | None = None) -> Array:
        """Return all scores [D, S] of some diseases; their vectors are computed where they are not given."""
        knowledge, setting = self.knowledge, Setting(self.knowledge, profiles)
        if vectors is None:
            vectors = self.encoder.encode_profiles(profiles, knowledge.information)
        closure = knowledge.ontology.closure(patient.present)
        table = np.zeros((profiles.count, len(SCORES)), np.float32)
        self._score_terms(table, setting, patient)
        if len(closure):
            table[:, 3], table[:, 4] = scores.disease_matches(setting, closure)
            lengths = self._lengths if profiles is knowledge.profiles else None
            table[:, 5] = scores.cosines(setting, closure, weighted=True, lengths=lengths[0] if lengths else None)
            table[:, 6] = scores.cosines(setting, closure, weighted=False, lengths=lengths[1] if lengths else None)
            table[:, 9] = vectors @ self.encoder.encode_set(closure, knowledge.information)
        totals = self._totals if profiles is knowledge.profiles else information_totals(setting)
        table[:, len(OWN) :] = overlaps(setting, patient, closure, totals)
        return table

    @cached_property
    def _totals(self) -> tuple[Array, Array]:
        return information_totals(Setting(self.knowledge, self.knowledge.profiles))

    @cached_property
    def _lengths(self) -> tuple[Array, Array]:
        setting = Setting(self.knowledge, self.knowledge.profiles)
        return scores.norms(setting, weighted=True), scores.norms(setting, weighted=False)

    def _score_terms(self, table: Array, setting: Setting, patient: Patient) -> None:
        """Fill in what is summed over findings: ratios, best matches, how much of each finding is covered."""
        information = self.knowledge.information
        worst = np.ones(len(table), np.float32)
        for term in patient.present:
            ratios, matches = scores.term_scores(setting, term)
            covered = matches / max(float(information[term]), 1e-3)
            table[:, 0] += ratios
            table[:, 2] += matches
            table[:, 7] += covered
            worst = np.minimum(worst, covered)
        for term in patient.excluded:
            table[:, 1] += scores.excluded_ratios(setting, term)
        count = max(len(patient.present), 1)
        table[:, 2] /= count
        table[:, 7] /= count
        table[:, 8] = worst


def blend(table: Array) -> Array:
    """Return one score [D] of each disease, by which candidates are chosen."""
    total = np.zeros(len(table), np.float32)
    for name, weight in BLEND.items():
        total += weight * table[:, SCORES.index(name)]
    return total


def candidates(table: Array, count: int = N_CANDIDATES) -> Array:
    """Return the `count` most promising diseases, best first."""
    order = np.argsort(-blend(table), kind="stable")
    return order[:count]


def candidate_features(table: Array, chosen: Array, patient: Patient) -> Array:
    """Return features [C, F] of candidates: scores, and their distance from the best, in spreads over all diseases."""
    own = table[chosen]
    best, spread = table.max(0), table.std(0) + 1e-6
    gaps = (own - best) / spread
    levels = (own - table.mean(0)) / spread
    context = np.array([np.log1p(len(patient.present)), np.log1p(len(patient.excluded))], np.float32)
    ranks = np.log1p((-own).argsort(0, kind="stable").argsort(0, kind="stable"))
    scaled = own / SCALES
    repeated = np.repeat(context[None], len(chosen), 0)
    return np.concatenate([scaled, gaps / 3, levels / 5, ranks / 3, repeated], 1).astype(np.float32)


def patient_features(knowledge: Knowledge, table: Array, chosen: Array, patient: Patient) -> Array:
    """Return features [G] of a patient: how good the best candidates are, how far they stand out, kinds of findings."""
    own = np.sort(table[chosen], 0)[::-1]
    spread = table.std(0) + 1e-6
    top, gap, lead = (
        own[0],
        (own[0] - own[min(9, len(own) - 1)]) / spread,
        (own[0] - own[min(1, len(own) - 1)]) / spread,
    )
    context = np.array([np.log1p(len(patient.present)), np.log1p(len(patient.excluded))], np.float32)
    levels = (top - table.mean(0)) / spread / 5
    kinds = describe_findings(knowledge, patient)
    return np.concatenate([top / SCALES, gap / 3, lead / 2, levels, context, kinds]).astype(np.float32)

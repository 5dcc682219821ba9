"""Classical methods: likelihood ratio, cosine by information, Resnik best match; each with a fitted temperature."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.memory import Memory
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.ranking.calibration import Ranked, fit_sigmoid, fit_temperature, sigmoid, softmax
from pippin.apps.raredisease.ranking.scores import Setting, cosines, disease_matches, likelihood, term_scores
from pippin.apps.raredisease.ranking_learner import Ranking, RankingLearner
from pippin.core.data import Dataset
from pippin.core.values import SavedState

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
N_RANKED = 100
MAX_FITTED = 400  # patients by which the temperature is fitted


class Classical(RankingLearner):
    """Ranks diseases by one score; learns only how likely its first disease is right."""

    def __init__(self, config: RareDiseaseConfig) -> None:
        super().__init__(config)
        self.temperature, self.scale, self.shift = 1.0, 1.0, 0.0

    def score(self, setting: Setting, patient: Patient) -> Array:
        """Return the scores [D] of diseases."""
        raise NotImplementedError

    def scores(self, patient: Patient, *, leave_paper_out: bool) -> Array:
        """Return the scores [D] of all diseases, with the rows of the patient's papers left out where asked to."""
        knowledge = self.knowledge
        found = self.score(Setting(knowledge, knowledge.profiles), patient)
        if leave_paper_out and patient.papers:
            chosen, profiles = knowledge.without(patient.papers)
            if len(chosen):
                found[chosen] = self.score(Setting(knowledge, profiles), patient)
        return found

    def rank(self, patient: Patient, *, leave_paper_out: bool) -> Ranking:
        """Return the ranking of a patient."""
        knowledge, found = self.knowledge, self.scores(patient, leave_paper_out=leave_paper_out)
        order = np.argsort(-found, kind="stable")[:N_RANKED]
        none = float(sigmoid(self.scale * _strength(found, patient) + self.shift))
        ids = [knowledge.ids[disease] for disease in order]
        return Ranking(ids, softmax(found[order], self.temperature), none)

    def fit(self, data: Dataset, run: Run) -> None:
        """Fit temperature and the probability of none, every disease counting the same."""
        examples = (data.train + data.val)[:MAX_FITTED]
        counts = Counter(example.group or example.answer for example in examples)
        known, strengths, unknown, weights = [], [], [], []
        for example in examples:
            patient = read_patient(example.input, self.knowledge.ontology)
            found = self.scores(patient, leave_paper_out=True)
            weight = 1 / counts[example.group or example.answer]
            target = self.knowledge.index.get(example.answer, -1)
            order = np.argsort(-found, kind="stable")[:N_RANKED]
            if target >= 0:
                known.append(Ranked(found[order], int(order[0]) == target, weight))
            strengths.append(_strength(found, patient))
            unknown.append(float(target < 0))
            weights.append(weight)
        self.temperature = fit_temperature(known)
        self.scale, self.shift = fit_sigmoid(np.array(strengths), np.array(unknown), np.array(weights))

    def save(self) -> SavedState:
        """Return the fitted numbers and the corrections."""
        numbers = {"temperature": self.temperature, "scale": self.scale, "shift": self.shift}
        return SavedState({}, {"calibration": numbers, "taught": self.memory.save()})

    def load(self, saved: SavedState) -> None:
        """Become the learner that `saved` came from."""
        numbers = saved.config["calibration"]
        self.temperature, self.scale, self.shift = (float(numbers[name]) for name in ("temperature", "scale", "shift"))
        self.memory = Memory.load(saved.config["taught"])


def _strength(found: Array, patient: Patient) -> float:
    """Return how far the best score stands out, for one finding."""
    top = np.sort(found)[-10:]
    return float((top[-1] - top[0]) / max(len(patient.present), 1))


class LikelihoodRatio(Classical):
    """The product of likelihood ratios of findings present and excluded (after Robinson et al. 2020)."""

    name: ClassVar[str] = "likelihood ratio"

    def score(self, setting: Setting, patient: Patient) -> Array:
        """Return summed log likelihood ratios [D]."""
        return likelihood(setting, patient.present, patient.excluded)


class Cosine(Classical):
    """The cosine of findings and all more general ones, weighted by information content."""

    name: ClassVar[str] = "cosine"

    def score(self, setting: Setting, patient: Patient) -> Array:
        """Return cosines [D], as large as logits."""
        return 20 * cosines(setting, setting.knowledge.ontology.closure(patient.present))


class Resnik(Classical):
    """The mean of best matches by information content, in both directions (Resnik 1995; Köhler et al. 2009)."""

    name: ClassVar[str] = "Resnik"

    def score(self, setting: Setting, patient: Patient) -> Array:
        """Return mean information [D] shared with the best match, in both directions."""
        total = np.zeros(setting.profiles.count, np.float32)
        for term in patient.present:
            total += term_scores(setting, term)[1]
        reverse, _ = disease_matches(setting, setting.knowledge.ontology.closure(patient.present))
        return total / max(len(patient.present), 1) + reverse

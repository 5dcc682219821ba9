"""Fitting of the learner's two networks: what each may learn from, so that nothing tested was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.predictions import NONE
from pippin.apps.raredisease.ranking.encoder import SetEncoder
from pippin.apps.raredisease.ranking.features import Scorer
from pippin.apps.raredisease.ranking.reranker import Reranker
from pippin.apps.raredisease.training.cases import Case, cases_of, make_case, recent_diseases
from pippin.apps.raredisease.training.encoder_training import train_encoder
from pippin.apps.raredisease.training.reranker_training import train_reranker
from pippin.apps.raredisease.training.simulation import draw_findings, drawable, profiles_without
from pippin.core.data import Dataset, Example
from pippin.core.progress_bar import track

if TYPE_CHECKING:
    from pippin.apps.raredisease.learner import RareDiseaseLearner
    from pippin.core.run import Run


def papers_of(learner: RareDiseaseLearner, examples: Iterable[Example]) -> set[str]:
    """Return the papers that patients were published in."""
    ontology = learner.knowledge.ontology
    return {paper for example in examples for paper in read_patient(example.input, ontology).papers}


def fit_encoder(learner: RareDiseaseLearner, data: Dataset, run: Run) -> SetEncoder:
    """Train the set encoder without the rows of any paper of these data."""
    papers = papers_of(learner, data.examples)
    return train_encoder(learner.knowledge, learner.config.steps, run, papers, run.seed)


def fit_reranker(learner: RareDiseaseLearner, data: Dataset, run: Run) -> Reranker:
    """Train the re-ranker on patients, some of them simulated, of other diseases than those tested."""
    rng = np.random.default_rng(run.seed)
    tested = {example.answer for example in data.test} - {NONE}
    real = _real_cases(learner, data.train + data.val)
    papers = papers_of(learner, data.examples)
    cases = real + simulated_cases(learner.scorer, learner.config.simulated, papers, tested, rng)
    return train_reranker(cases, learner.config.reranker_epochs, run.seed)


def _real_cases(learner: RareDiseaseLearner, examples: Iterable[Example]) -> list[Case]:
    """Return cases of patients, at most some of each disease; those of no known disease teach nothing."""
    counts: Counter[str] = Counter()
    chosen = []
    for example in examples:
        name = example.group or example.answer
        counts[name] += 1
        if counts[name] <= learner.config.per_disease and example.answer in learner.knowledge.index:
            chosen.append(example)
    recent = recent_diseases({example.answer for example in chosen})
    cases = []
    for example in track(chosen, len(chosen), "raredisease reads"):
        patient = read_patient(example.input, learner.knowledge.ontology)
        table, disease = learner.scorer.scores(patient), learner.knowledge.index[example.answer]
        group, late = example.group or example.answer, example.answer in recent
        cases += cases_of(learner.knowledge, table, patient, disease, group, recent=late)
    return cases


def simulated_cases(
    scorer: Scorer, count: int, papers: set[str], tested: set[str], rng: np.random.Generator
) -> list[Case]:
    """Return cases of simulated patients of other diseases than those tested."""
    knowledge = scorer.knowledge
    parts = profiles_without(knowledge, papers)
    possible = [disease for disease in drawable(parts) if knowledge.ids[disease] not in tested]
    chosen, rates = rng.choice(possible, count), knowledge.rates.astype(np.float64)
    cases = []
    for disease in track(chosen, count, "raredisease draws"):
        terms, shares = parts[disease]
        found = draw_findings(knowledge.ontology, terms, shares, rates, rng)
        patient = Patient(tuple(knowledge.ontology.most_specific(found)))
        cases.append(make_case(scorer, patient, knowledge.ids[disease]))
    return cases

"""How well `raredisease` ranks diseases of published patients: clean, leave-paper-out, as usual; and how sure it is.

Needs the published patients (`--data`). Five folds share no disease and no paper; each fold and seed trains its own
re-ranker; the set encoder is the built-in one, which never read a row that only papers of these patients support.
Constants were chosen on one half of the diseases; the rows that count are those of the other half.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from _results import DATA, Row, write

from pippin.apps.raredisease.classical import Cosine, LikelihoodRatio, Resnik
from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.data import load
from pippin.apps.raredisease.learner import RareDiseaseLearner, builtin_encoder
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.predictions import MAX_RANKED, NONE, RankedPrediction
from pippin.apps.raredisease.ranking.features import candidate_features, candidates, patient_features
from pippin.apps.raredisease.ranking.reranker import Reranker
from pippin.apps.raredisease.scoring import score
from pippin.apps.raredisease.text.finding import find_mentions
from pippin.apps.raredisease.training.cases import Case, cases_of, recent_diseases
from pippin.apps.raredisease.training.reranker_training import train_reranker
from pippin.core.data import Example, folds
from pippin.core.values import Score
from pippin.learn.metrics import bootstrap

N_FOLDS, SEEDS = 5, 3
# 100 sentences each: by the author of the code after it, and by another author who had not seen it; not tuned on.
SENTENCES = {
    "the author of the code": Path(__file__).with_name("raredisease_sentences.json"),
    "another person": Path(__file__).with_name("raredisease_sentences_unseen.json"),
}
ABLATED = ("clean_top1_per_disease", "clean_top10_per_disease", "clean_top1", "clean_top10", "usual_top1")
AIMS = {
    "clean_top1_per_disease": "at least 0.30",
    "clean_top10_per_disease": "at least 0.60",
    "clean_top1": "at least 0.17",
    "clean_top10": "at least 0.42",
    "ece": "at most 0.06",
    "none_auroc": "at least 0.70",
}


@dataclass(frozen=True)
class View:
    """A patient's candidates as one setting sees them."""

    case: Case
    ids: list[str]
    counts: np.ndarray  # log of how many findings each candidate is annotated with: for an ablation alone


@dataclass(frozen=True)
class Scored:
    """A patient with its candidates, leave-paper-out and as usual, and one with its disease hidden if recent."""

    example: Example
    cited: tuple[str, ...]
    fair: View
    usual: View
    hidden: Case | None


def view(learner: RareDiseaseLearner, patient: Patient, example: Example, table: np.ndarray) -> View:
    """Return the candidates of a patient with their features."""
    chosen = candidates(table)
    ids = [learner.knowledge.ids[disease] for disease in chosen]
    right = ids.index(example.answer) if example.answer in ids else -1
    missed = right < 0 and example.answer in learner.knowledge.index
    rows = candidate_features(table, chosen, patient)
    whole = patient_features(learner.knowledge, table, chosen, patient)
    sizes = np.diff(learner.knowledge.profiles.starts)[chosen]
    return View(Case(rows, whole, right, example.group, missed), ids, np.log1p(sizes).astype(np.float32))


def read(learner: RareDiseaseLearner, examples: Sequence[Example], recent: set[str]) -> list[Scored]:
    """Return all patients with their candidates."""
    return [read_one(learner, example, recent) for example in examples]


def read_one(learner: RareDiseaseLearner, example: Example, recent: set[str]) -> Scored:
    """Return a patient with its candidates; of recent diseases also a case with the disease hidden."""
    knowledge = learner.knowledge
    patient = read_patient(example.input, knowledge.ontology)
    cited = tuple(knowledge.ids[disease] for disease in knowledge.affected(patient.papers))
    whole = learner.scorer.scores(patient, leave_paper_out=False)
    table = learner.scorer.leave_papers_out(whole, patient)
    fair = view(learner, patient, example, table)
    usual = view(learner, patient, example, whole) if example.answer in cited else fair
    disease = knowledge.index.get(example.answer)
    hidden = None
    if disease is not None and example.answer in recent:
        hidden = cases_of(knowledge, table, patient, disease, example.group, recent=True)[1]
    return Scored(example, cited, fair, usual, hidden)


def training_cases(patients: list[Scored], tested: set[str], per_disease: int) -> list[Case]:
    """Return the cases of other groups than those tested, at most some of each; none of unknown diseases."""
    counts: dict[str, int] = defaultdict(int)
    cases = []
    for one in patients:
        group = one.example.group
        counts[group] += 1
        if group in tested or counts[group] > per_disease or one.example.answer == NONE:
            continue
        cases += [replace(one.fair.case, judged=True)] if one.hidden is None else [one.fair.case, one.hidden]
    return cases


def predict(reranker: Reranker, one: Scored) -> RankedPrediction:
    """Return the prediction of one patient."""
    probabilities, none = reranker.probabilities(one.fair.case.rows, one.fair.case.patient)
    ranked = [one.fair.ids[index] for index in np.argsort(-probabilities, kind="stable")[:MAX_RANKED]]
    logits, _ = reranker.logits(one.usual.case.rows, one.usual.case.patient)
    usual = [one.usual.ids[index] for index in np.argsort(-logits, kind="stable")[:MAX_RANKED]]
    first = float(probabilities.max())
    return RankedPrediction(
        ranked[0], first, ranked=tuple(ranked), first=first, none=none, usual=tuple(usual), cited=one.cited
    )


def deep_predictions(patients: list[Scored], seed: int, config: RareDiseaseConfig) -> dict[str, RankedPrediction]:
    """Return predictions by key, each from a re-ranker that learned from other diseases and papers."""
    found = {}
    for part in folds([one.example for one in patients], N_FOLDS, seed):
        tested, keys = {example.group for example in part}, {example.key for example in part}
        reranker = train_reranker(training_cases(patients, tested, config.per_disease), config.reranker_epochs, seed)
        found.update({one.example.key: predict(reranker, one) for one in patients if one.example.key in keys})
    return found


def with_counts(one: Scored) -> Scored:
    """Return a patient whose candidates tell how many findings they are annotated with."""

    def change(view: View) -> View:
        rows = np.concatenate([view.case.rows, view.counts[:, None]], 1)
        return replace(view, case=replace(view.case, rows=rows))

    hidden = one.hidden
    if hidden is not None:  # "none of these" alone is learned from it
        hidden = replace(hidden, rows=np.concatenate([hidden.rows, np.zeros((len(hidden.rows), 1), np.float32)], 1))
    return replace(one, fair=change(one.fair), usual=change(one.usual), hidden=hidden)


def is_reported(example: Example) -> bool:
    """Whether an example's disease lies in the half on which no constant was chosen."""
    return int(example.group, 16) % 2 == 1


def mean_score(scores: list[Score]) -> Score:
    """Return the mean over seeds of values and interval bounds (the interval is that of patients or diseases)."""
    return Score(*np.mean([list(one) for one in scores], 0).tolist())


def classical_scores(patients: list[Scored], limit: int) -> dict[str, dict[str, Score]]:
    """Return scores of the classical methods on at most `limit` clean patients of each disease."""
    counts: dict[str, int] = defaultdict(int)
    chosen = []
    for one in patients:
        answer = one.example.answer
        counts[answer] += 1
        if counts[answer] <= limit and answer != NONE and answer not in one.cited:
            chosen.append(one.example)
    found = {}
    for name, method in (("likelihood ratio", LikelihoodRatio), ("cosine", Cosine), ("Resnik", Resnik)):
        predictions = list(method(RareDiseaseConfig()).predict([example.input for example in chosen]))
        found[name] = score(predictions, chosen)
    return found


def text_score(learner: RareDiseaseLearner, author: str) -> Row:
    """Return F1 of findings with their status in 100 sentences."""
    sentences = json.loads(SENTENCES[author].read_text())
    counts = []
    for sentence in sentences:
        right = {(id, status) for status in ("present", "excluded") for id in sentence[status]}
        mentions = find_mentions(sentence["text"], learner.knowledge.ontology)
        found = {(one.term, one.status) for one in mentions if one.status in ("present", "excluded")}
        counts.append((len(right & found), len(found - right), len(right - found)))

    def f1(chosen: np.ndarray) -> float:
        hits, extra, missed = chosen.sum(0)
        return float(2 * hits / (2 * hits + extra + missed))

    found_f1 = bootstrap(f1, np.array(counts))
    what, aim = f"terms from 100 sentences by {author}, F1", "at least 0.75" if author == "another person" else ""
    return Row(what, found_f1.value, low=found_f1.low, high=found_f1.high, aim=aim, note="not tuned on")


def main() -> None:
    """Measure, and write the results."""
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "raredisease" / "phenopackets.jsonl.gz")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--classical-limit", type=int, default=10)
    options = parser.parse_args()
    started = time.process_time()
    config = RareDiseaseConfig()
    learner = RareDiseaseLearner(config)
    learner.encoder = builtin_encoder()
    data = load(str(options.data))
    begun = time.process_time()
    recent = recent_diseases({example.answer for example in data.examples} - {NONE})
    read(learner, data.examples[:50], recent)
    seconds = (time.process_time() - begun) / 50
    parts = [data.examples[start :: options.processes] for start in range(options.processes)]
    with ProcessPoolExecutor(options.processes) as pool:
        patients = [
            one for part in pool.map(partial(read, recent=recent), [learner] * len(parts), parts) for one in part
        ]
    patients.sort(key=lambda one: one.example.key)
    runs = [deep_predictions(patients, seed, config) for seed in range(options.seeds)]
    counted = [with_counts(one) for one in patients]
    ablation = deep_predictions(counted, 0, config)
    rows, halves = [], {"other half of the diseases": is_reported, "all diseases": lambda example: True}
    for half, chosen in halves.items():
        examples = [one.example for one in patients if chosen(one.example)]
        scores = [score([run[example.key] for example in examples], examples) for run in runs]
        classical = classical_scores(patients, options.classical_limit) if half == "all diseases" else {}
        for name in scores[0]:
            mean = mean_score([one[name] for one in scores])
            own = classical.get("likelihood ratio", {}).get(name)
            per_disease = name.endswith("per_disease") and own is not None
            rows.append(
                Row(
                    f"{name}, {half}",
                    mean.value,
                    low=mean.low,
                    high=mean.high,
                    aim=AIMS.get(name, ""),
                    classical=own.value if per_disease and own is not None else None,
                    note=f"mean of {options.seeds} seeds, {len(examples)} patients",
                )
            )
        for method, found in classical.items():
            rows += [
                Row(f"{method}: {name}", found[name].value, low=found[name].low, high=found[name].high)
                for name in ("clean_top1_per_disease", "clean_top10_per_disease")
            ]
    examples = [one.example for one in patients]
    for name, one in score([ablation[example.key] for example in examples], examples).items():
        if name in ABLATED:
            what, note = f"ablation, with numbers of annotations: {name}", "one seed; no part of the model"
            rows.append(Row(what, one.value, low=one.low, high=one.high, note=note))
    rows.append(Row("one patient against all diseases", seconds, "CPU s", aim="at most 0.1", note="all views of it"))
    rows += [text_score(learner, author) for author in SENTENCES]
    total = time.process_time() - started
    write(
        "raredisease",
        "raredisease: published patients",
        rows,
        cpu_seconds=round(total),
        diseases=len(learner.knowledge.ids),
    )


if __name__ == "__main__":
    main()

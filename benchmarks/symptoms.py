"""How well `symptoms` finds the conditions of made-up patients by its questions, and what it makes of everyday words.

Needs the patients of DDXPlus (`--data`). Five folds; for each fold and seed tables and networks are learned from the
other four. Constants were chosen on one fifth of the patients, which counts in no row. "None of these" leaves each
condition out of all learning in turn. `--work` keeps what was measured of each fold, so that it can be continued.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _results import DATA, Row, write

from pippin.apps.symptoms.classical import CautiousNaiveBayes, NaiveBayes
from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.interview.networks import NoneLayers
from pippin.apps.symptoms.interview.none_features import none_features
from pippin.apps.symptoms.interview.running import Conduct, Trace, interview
from pippin.apps.symptoms.interviewer import TableInterviewer
from pippin.apps.symptoms.knowledge.structure import YES_NO, load_structure
from pippin.apps.symptoms.learner import SymptomsLearner
from pippin.apps.symptoms.patients.combinations import Combinations
from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.patients.reading import packed_input, read_file, read_patient
from pippin.apps.symptoms.patients.rows import read_rows
from pippin.apps.symptoms.tables.learned_tables import fit_tables
from pippin.apps.symptoms.text.finding import find_mentions
from pippin.apps.symptoms.text.reading import read_text
from pippin.apps.symptoms.training.drawn_interviews import PatientSource
from pippin.apps.symptoms.training.fitting import fit_networks
from pippin.apps.symptoms.training.none_training import train_none
from pippin.core.errors import PippinError
from pippin.core.values import Score
from pippin.learn.metrics import bootstrap, expected_calibration_error, wilson
from pippin.learn.roc import auroc

N_FOLDS, SEEDS, NOISE_SEEDS = 5, 1, 2
AFTER = (3, 5, 8, 10)
SENTENCES = Path(__file__).with_name("symptoms_sentences.json")
DEVELOPMENT = Path(__file__).with_name("symptoms_sentences_development.json")
DETAILS = frozenset(["E_54", "E_55", "E_56", "E_57", "E_130", "E_133", "E_152"])
NONE_PATIENTS = 3000
Array = np.ndarray


class NoRun:
    """A run without a budget, a log or checkpoints."""

    should_stop = False
    device = "cpu"
    threads = 1

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def steps(self, per_epoch: int, measure: object, epochs: float) -> int:
        """Return all steps."""
        return int(per_epoch * epochs)

    def log(self, **numbers: object) -> None:
        """Log nothing."""

    def checkpoint_due(self) -> bool:
        """Say that no checkpoint is due."""
        return False

    def save(self, *state: object) -> None:
        """Keep nothing."""

    def restore(self) -> None:
        """Return no checkpoint."""


def load_patients(path: Path) -> list[Patient]:
    """Return all patients with their conditions."""
    rows = list(read_rows(read_file(path), str(path)))
    return [replace(read_patient(packed_input(row.text, "patient")), condition=row.condition) for row in rows]


def deal(patients: Sequence[Patient], seed: int) -> Array:
    """Return a fold for each patient, every condition spread evenly."""
    rng, found = np.random.default_rng(seed), np.zeros(len(patients), int)
    owner = owners(patients)
    for condition in range(len(load_structure().conditions)):
        chosen = rng.permutation(np.flatnonzero(owner == condition))
        found[chosen] = (np.arange(len(chosen)) + rng.integers(N_FOLDS)) % N_FOLDS
    return found


def owners(patients: Sequence[Patient]) -> Array:
    """Return the position of each patient's condition."""
    index = load_structure().condition_index
    return np.array([index[one.condition] for one in patients])


def train(patients: list[Patient], seed: int) -> dict[str, TableInterviewer]:
    """Return the learner and the classical methods, trained."""
    tables, config = fit_tables(patients), SymptomsConfig()
    found: dict[str, TableInterviewer] = {
        "deep": SymptomsLearner(config),
        "naive Bayes": NaiveBayes(config),
        "cautious": CautiousNaiveBayes(config),
    }
    for one in found.values():
        one._tables = tables
    deep = found["deep"]
    assert isinstance(deep, SymptomsLearner)
    torch.manual_seed(seed)
    deep._networks = fit_networks(PatientSource(tables, Combinations(patients)), config, NoRun(seed))  # type: ignore[arg-type]
    return found


def only_yes_no(method: TableInterviewer) -> TableInterviewer:
    """Return a method that asks nothing but yes or no."""
    plain = np.array([one.kind == YES_NO for one in load_structure().questions])
    scores = method.question_scores

    def restricted(beliefs: object, posterior: Array, step: int) -> Array:
        return np.where(plain, scores(beliefs, posterior, step), -1e9)  # type: ignore[arg-type]

    method.question_scores = restricted  # type: ignore[method-assign]
    return method


def measure_fold(patients: list[Patient], folds: Array, fold: int, seed: int) -> dict[str, Array]:
    """Return ranks after questions and first probabilities of the patients of a fold, by setting and method."""
    torch.set_num_threads(1)
    tested = [one for one, own in zip(patients, folds, strict=True) if own == fold]
    methods = train([one for one, own in zip(patients, folds, strict=True) if own != fold], seed)
    found: dict[str, Array] = {}

    def take(setting: str, name: str, method: TableInterviewer, conduct: Conduct, some: list[Patient]) -> None:
        trace = interview(method, some, conduct)
        found[f"{setting}|{name}"] = ranks_and_first(trace, owners(some))

    anonymous = [replace(one, age=None, sex=None) for one in tested]
    for name, method in methods.items():
        take("none wrong", name, method, Conduct(), tested)
        for noise_seed in range(NOISE_SEEDS):
            take(f"15 % wrong {noise_seed}", name, method, Conduct(0.15, noise_seed), tested)
    for name in ("deep", "naive Bayes"):
        take("past illnesses told", name, methods[name], Conduct(profile=True), tested)
        take("age and sex not told", name, methods[name], Conduct(), anonymous)
        take("yes or no only", name, only_yes_no(methods[name]), Conduct(), tested)
    return found


def ranks_and_first(trace: Trace, owner: Array) -> Array:
    """Return [N, 12]: the rank of the right condition after 0 to 10 questions, and the first probability at the end."""
    right = np.take_along_axis(trace.posteriors, owner[None, :, None], 2)
    ranks = (trace.posteriors > right).sum(2) + 1
    return np.concatenate([ranks, trace.posteriors[-1].max(1)[None]]).T


def scores_of(values: Array, owner: Array) -> dict[str, Score]:
    """Return all scores of patients, from what `ranks_and_first` gives."""
    severe = load_structure().severe[owner]
    found = {f"top1_after_{after}": wilson(int((values[:, after] == 1).sum()), len(values)) for after in AFTER}
    found["severe_top3_after_8"] = wilson(int((values[severe, 8] <= 3).sum()), int(severe.sum()))
    found["ece"] = expected_calibration_error(values[:, -1], values[:, 10] == 1)
    return found


def mean_score(scores: list[Score]) -> Score:
    """Return the mean over seeds of values and of the bounds of their intervals (those of patients)."""
    return Score(*np.mean([list(one) for one in scores], 0).tolist())


def leave_conditions_out(patients: list[Patient], folds: Array, work: Path) -> list[Array]:
    """Return [N, 3] for each condition: whether a patient has it, deep and classical probability of none."""
    structure, owner, found = load_structure(), owners(patients), []
    for condition in range(len(structure.conditions)):
        if (owner == condition).sum() < 2:
            continue
        path = work / f"none-{condition}.npy"
        if not path.exists():
            np.save(path, leave_one_out(patients, folds, owner, condition))
        found.append(np.load(path))
    return found


def leave_one_out(patients: list[Patient], folds: Array, owner: Array, condition: int) -> Array:
    """Return [N, 3] of patients of a condition of which nothing was learned, and of those of a fold."""
    fold = condition % N_FOLDS
    learned = [
        one for one, own, which in zip(patients, folds, owner, strict=True) if own != fold and which != condition
    ]
    tested = [number for number in range(len(patients)) if owner[number] == condition or folds[number] == fold]
    tables = fit_tables(learned)
    network = NoneLayers(train_none(PatientSource(tables, Combinations(learned)), NONE_PATIENTS, 0, condition))
    plain = NaiveBayes(SymptomsConfig())
    plain._tables = tables
    trace = interview(plain, [patients[number] for number in tested], Conduct(excluded=condition))
    deep = network.probabilities(none_features(plain._outcomes, trace.beliefs))
    return np.stack([owner[tested] == condition, deep, trace.none], 1).astype(float)


def lay_rows(path: Path, who: str) -> list[Row]:
    """Return F1 of evidences found in sentences, places and kinds of pain aside."""
    counts = []
    for one in json.loads(path.read_text("utf-8")):
        mentions = [mention for mention in find_mentions(one["text"]) if mention.code not in DETAILS]
        present = {mention.code for mention in mentions if mention.status == "present"}
        absent = {mention.code for mention in mentions if mention.status == "absent"} - present
        pairs = ((present, set(one["present"]) - DETAILS), (absent, set(one["excluded"]) - DETAILS))
        counts.append([(len(a & b), len(a - b), len(b - a)) for a, b in pairs])
    table = np.array(counts)
    rows = []
    for number, kind in enumerate(("there", "not there")):
        score = bootstrap(f1, table[:, number])
        aim = "at least 0.70" if kind == "there" and who != TUNED else ""
        rows.append(Row(f"Sentences {who}: evidences {kind}, F1", *score_fields(score), aim=aim))
    return rows


def f1(counts: Array) -> float:
    """Return F1 of summed hits, false alarms and misses [N, 3]."""
    hits, alarms, misses = counts.sum(0)
    return float(2 * hits / max(2 * hits + alarms + misses, 1))


def score_fields(score: Score) -> tuple[float, str, float, float]:
    """Return the fields of a row in their order: value, unit, low, high."""
    return score.value, "", score.low, score.high


# Labels of Symptom2Disease and the conditions that come nearest.
NEAREST = {
    "Pneumonia": "Pneumonia",
    "Bronchial Asthma": "Bronchospasm / acute asthma exacerbation",
    "gastroesophageal reflux disease": "GERD",
    "Common Cold": "URTI",
}
TUNED = "on which the patterns were tuned"
SAME = 0.6  # share of words in common from which two texts count as near duplicates


def text_rows(path: Path, learner: SymptomsLearner) -> list[Row]:
    """Return how often texts say something known, and have the nearest condition among the first three."""
    with path.open(encoding="utf-8") as file:
        texts = [(row["label"], row["text"]) for row in csv.DictReader(file) if row["label"] in NEAREST]
    kept: list[tuple[str, str]] = []
    for label, text in texts:
        if not any(similarity(text, other) >= SAME for _, other in kept):
            kept.append((label, text))
    read, hits = 0, 0
    for label, text in kept:
        try:
            patient = read_text(text, "text")
        except PippinError:
            continue
        read += 1
        ranked = learner.answer([patient], asks=False)[0].ranked_after[0]
        hits += NEAREST[label] in ranked[:3]
    what = f"{len(kept)} texts of Symptom2Disease ({len(texts)} with near duplicates)"
    return [
        Row(f"{what}: an evidence is recognised", *score_fields(wilson(read, len(kept)))),
        Row(f"{what}: nearest condition among three, by the text alone", *score_fields(wilson(hits, len(kept)))),
    ]


def similarity(one: str, other: str) -> float:
    """Return the share of words two texts have in common."""
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) / max(len(first | second), 1)


AIMS = {
    "none wrong": {
        "top1_after_3": "at least 0.77",
        "top1_after_5": "at least 0.87",
        "top1_after_8": "at least 0.93",
        "top1_after_10": "at least 0.95",
        "severe_top3_after_8": "at least 0.95",
        "ece": "at most 0.03",
    },
    "15 % wrong": {"top1_after_8": "at least 0.78", "severe_top3_after_8": "at least 0.88", "ece": "at most 0.05"},
}
NAMES = {
    "top1_after_3": "first after 3 questions",
    "top1_after_5": "first after 5",
    "top1_after_8": "first after 8",
    "top1_after_10": "first after 10",
    "severe_top3_after_8": "severe ones among three after 8",
    "ece": "calibration error",
}


def interview_rows(measured: dict[str, list[Array]], owner: Array) -> list[Row]:
    """Return rows of all settings: the mean over seeds (and over which answers are wrong)."""
    rows = []
    for setting in ("none wrong", "15 % wrong", "past illnesses told", "age and sex not told", "yes or no only"):
        methods: dict[str, dict[str, Score]] = {}
        for name in ("deep", "naive Bayes", "cautious"):
            runs = [
                one
                for key, all_runs in measured.items()
                if key.startswith(setting)
                for one in all_runs
                if key.endswith(f"|{name}")
            ]
            if runs:
                each = [scores_of(run, owner) for run in runs]
                methods[name] = {metric: mean_score([one[metric] for one in each]) for metric in each[0]}
        for metric, score in methods["deep"].items():
            plain = methods["naive Bayes"][metric].value
            note = f"cautious naive Bayes {methods['cautious'][metric].value:.3f}" if "cautious" in methods else ""
            aim = AIMS.get(setting, {}).get(metric, "")
            rows.append(Row(f"{setting}: {NAMES[metric]}", *score_fields(score), aim=aim, classical=plain, note=note))
    return rows


def none_row(measured: list[Array]) -> Row:
    """Return the mean over conditions of AUROC; the interval resamples conditions."""
    deep = np.array([auroc(one[:, 1], one[:, 0] > 0) for one in measured])
    plain = float(np.mean([auroc(one[:, 2], one[:, 0] > 0) for one in measured]))
    score = bootstrap(lambda chosen: float(chosen.mean()), deep)
    what = f"none of these: each of {len(deep)} conditions left out in turn, AUROC"
    return Row(
        what, *score_fields(score), aim="at least 0.75", classical=plain, note=f"worst condition {deep.min():.2f}"
    )


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "symptoms")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--work", type=Path, default=Path("build/symptoms"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    patients = load_patients(options.data / "ddxplus_patients.csv")
    development = deal(patients, 0) == 0
    folds = deal(patients, 1)
    measured: dict[str, list[Array]] = {}
    for seed in range(options.seeds):
        whole: dict[str, Array] = {}
        for fold in range(N_FOLDS):
            path = options.work / f"fold-{seed}-{fold}.npz"
            if not path.exists():
                arrays: dict[str, Any] = dict(measure_fold(patients, folds, fold, seed))
                np.savez(path, **arrays)
            with np.load(path) as stored:
                for key in stored.files:
                    whole.setdefault(key, np.zeros((len(patients), stored[key].shape[1])))[folds == fold] = stored[key]
        for key, values in whole.items():
            measured.setdefault(key, []).append(values[~development])
    rows = interview_rows(measured, owners(patients)[~development])
    rows.append(none_row(leave_conditions_out(patients, folds, options.work)))
    rows += lay_rows(DEVELOPMENT, TUNED)
    if SENTENCES.exists():
        rows += lay_rows(SENTENCES, "by an author who had not seen the code")
    from pippin.core.artifact import read_artifact

    learner = SymptomsLearner(SymptomsConfig())
    learner.load(read_artifact(Path(__file__).parents[1] / "src/pippin/apps/symptoms/model/default").part("model"))
    rows += text_rows(options.data / "Symptom2Disease.csv", learner)
    note = (
        f"{len(patients)} synthetic patients of DDXPlus in {N_FOLDS} folds, {options.seeds} seed(s) of training, "
        f"{NOISE_SEEDS} of wrong answers; rows count the {int((~development).sum())} patients on which no constant was "
        "chosen. Intervals are those of patients."
    )
    write("symptoms", "symptoms: made-up patients", rows, note=note)


if __name__ == "__main__":
    main()

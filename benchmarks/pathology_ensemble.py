"""How well the answer of `pathology` itself, the mean of five networks, tells breast ultrasound images (BreastMNIST).

Needs BreastMNIST (`breastmnist.npz`). Its 624 training and validation images are dealt into five folds, twins kept
together, as benchmarks/pathology_breast.py deals them. On the four others a whole model is trained as `train` trains
the built-in one (five networks, each of which leaves out a fifth of what it is given), and it answers the fold: five
models and 25 networks a seed. Seeds deal and train again; figures are means with the interval over seeds.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _results import RESULTS, Row, arguments, write
from pathology_breast import LABELS, ordered

from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.fitting import assign
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.predictions import PathologyPrediction
from pippin.apps.pathology.scoring import score
from pippin.core.data import Dataset, Example
from pippin.core.inputs import Image
from pippin.core.run import Run
from pippin.core.values import Prediction
from pippin.learn.metrics import mean_interval

NAME, SINGLE = "pathology_ensemble", "pathology_breast"
FOLDS = 5
UNKNOWN = -1
Record = tuple[int, float, int]  # label, probability of the first, bits of the labels in the set or UNKNOWN


class Figure(NamedTuple):
    """What a figure is called, what it should reach, and its name among those of a single network."""

    words: str
    aim: str = ""
    single: str = ""


FIGURES = {
    "auc": Figure("the mean of five networks, five folds, twins together: AUC", "at least 0.86", "auc, small networks"),
    "accuracy": Figure("the same: accuracy", "at least 0.84", "accuracy, small networks"),
    "ece": Figure("calibration error", "", "ece"),
    "coverage": Figure("sets for 90 %: share that hold the right label", "at least 0.9", "coverage"),
    "set_size": Figure("labels in a set", "", "set size"),
    "abstained_accuracy": Figure("accuracy where one label is left", "", "accuracy decided"),
    "refused": Figure("share of these images that get no answer"),
}
LABEL_FIGURES = {f"coverage, {label}": Figure(f"sets for 90 %, {label}: share that hold it") for label in LABELS}


def answer_fold(seed: int, fold: int) -> list[Record]:
    """Return answers to a fold of a model that learned from all others."""
    examples = ordered(seed, twins_together=True)
    classes = np.array([LABELS.index(str(e.answer)) for e in examples])
    folds = assign(examples, classes, LABELS, FOLDS)
    rest = tuple(e for e, own in zip(examples, folds, strict=True) if own != fold)
    away = [e for e, own in zip(examples, folds, strict=True) if own == fold]
    learner = PathologyLearner(PathologyConfig())
    with tempfile.TemporaryDirectory() as folder:
        learner.fit(Dataset("folds", rest), Run(Path(folder), seed=seed))
    answers = learner.predict(example.input for example in away)
    return [_record(answer, str(example.answer)) for answer, example in zip(answers, away, strict=True)]


def _record(answer: Prediction, label: str) -> Record:
    assert isinstance(answer, PathologyPrediction)
    share = dict(answer.shares)[LABELS[0]]
    held = sum(2**number for number, one in enumerate(LABELS) if one in answer.label_set)
    return LABELS.index(label), round(share, 5), held if answer.is_own_kind else UNKNOWN


def restore(record: Record) -> tuple[PathologyPrediction, Example]:
    """Return the answer and the example of a record; every image counts, near-copies too."""
    truth, share, held = record
    rows = sorted(zip(LABELS, (share, 1 - share), strict=True), key=lambda row: -row[1])
    found = tuple(label for label, _ in rows if held != UNKNOWN and held & 2 ** LABELS.index(label))
    answer = PathologyPrediction(*rows[0], alternatives=(rows[1],), label_set=found, is_own_kind=held != UNKNOWN)
    return answer, Example(Image(content=b""), LABELS[truth], "")


def figures_of(folds: Sequence[Sequence[Record]]) -> dict[str, float]:
    """Return every figure of one seed: AUC as the mean over folds, all others over all images."""
    by_fold = [[restore(record) for record in fold] for fold in folds]
    pairs = [pair for fold in by_fold for pair in fold]
    found = {name: one.value for name, one in score(*zip(*pairs, strict=True)).items()}
    found["auc"] = float(np.mean([score(*zip(*fold, strict=True))["auc"].value for fold in by_fold]))
    found["refused"] = float(np.mean([not p.is_own_kind for p, _ in pairs]))
    return found | {f"coverage, {label}": _coverage(pairs, label) for label in LABELS}


def _coverage(pairs: Sequence[tuple[PathologyPrediction, Example]], label: str) -> float:
    return float(np.mean([label in p.label_set for p, e in pairs if e.answer == label and p.is_own_kind]))


def report(records: dict[str, dict[str, list[Record]]], seconds: float) -> None:
    """Write the answers so far, and the results of the seeds that are whole, beside those of a single network."""
    single = json.loads((RESULTS / f"{SINGLE}.json").read_text())["by_seed"]
    by_seed = {seed: figures_of(list(folds.values())) for seed, folds in records.items() if len(folds) == FOLDS}
    rows = []
    for name, (words, aim, other) in {**FIGURES, **LABEL_FIGURES}.items() if by_seed else ():
        values = [figures[name] for figures in by_seed.values()]
        interval = mean_interval(values) if len(values) > 1 else None
        low, high = (interval.low, interval.high) if interval else (None, None)
        note = f"{len(values)} seeds" if interval else "one seed"
        if other:
            note += f"; one network {np.mean([single[seed][other] for seed in by_seed]):.3f}"
        rows.append(Row(words, float(np.mean(values)), "", low, high, aim, None, note))
    title = "Breast ultrasound, the answer of the whole model (BreastMNIST)"
    write(NAME, title, rows, by_seed=by_seed, records=records, cpu_seconds=round(seconds))


def main() -> None:
    """Measure, and write the results after every fold; folds measured before are taken over unless `--afresh 1`."""
    given = arguments(__doc__, seeds=5, folds=FOLDS * 5, afresh=0)
    path = RESULTS / f"{NAME}.json"
    earlier = json.loads(path.read_text()) if path.exists() and not given.afresh else {"records": {}, "cpu_seconds": 0}
    records, start = dict(earlier["records"]), time.process_time() - earlier["cpu_seconds"]
    missing = [(s, f) for s in range(given.seeds) for f in range(FOLDS) if str(f) not in records.get(str(s), {})]
    for seed, fold in missing[: given.folds]:
        records.setdefault(str(seed), {})[str(fold)] = answer_fold(seed, fold)
        report(records, time.process_time() - start)
        print(f"seed {seed}, fold {fold}: {time.process_time():.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()

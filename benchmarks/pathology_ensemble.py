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
from pippin.apps.pathology.scoring import score
from pippin.core.data import Dataset, Example
from pippin.core.run import Run
from pippin.core.values import Prediction
from pippin.learn.metrics import mean_interval

NAME, SINGLE = "pathology_ensemble", "pathology_breast"
FOLDS = 5


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


def answer_fold(
    examples: Sequence[Example], folds: Sequence[int], fold: int, seed: int
) -> tuple[list[Prediction], list[Example]]:
    """Return answers to a fold of a model that learned from all others."""
    rest = tuple(e for e, own in zip(examples, folds, strict=True) if own != fold)
    away = [e for e, own in zip(examples, folds, strict=True) if own == fold]
    learner = PathologyLearner(PathologyConfig())
    with tempfile.TemporaryDirectory() as folder:
        learner.fit(Dataset("folds", rest), Run(Path(folder), seed=seed))
    return list(learner.predict(example.input for example in away)), away


def measure_seed(seed: int) -> dict[str, float]:
    """Return every figure of one seed: AUC as the mean over folds, all others over all images."""
    examples = ordered(seed, twins_together=True)
    classes = np.array([LABELS.index(str(e.answer)) for e in examples])
    folds = assign(examples, classes, LABELS, FOLDS).tolist()
    predictions, truth, aucs = list[Prediction](), list[Example](), list[float]()
    for fold in range(FOLDS):
        answers, away = answer_fold(examples, folds, fold, seed)
        aucs.append(score(answers, away)["auc"].value)
        predictions, truth = predictions + answers, truth + away
        print(f"seed {seed}, fold {fold}: {aucs[-1]:.4f}, {time.process_time():.0f} CPU s", flush=True)
    figures = {name: one.value for name, one in score(predictions, truth).items()} | {"auc": float(np.mean(aucs))}
    figures["refused"] = float(np.mean([not p.is_own_kind for p in predictions]))
    return figures | {f"coverage, {label}": _coverage(predictions, truth, label) for label in LABELS}


def _coverage(predictions: Sequence[Prediction], truth: Sequence[Example], label: str) -> float:
    held = [label in p.label_set for p, e in zip(predictions, truth, strict=True) if e.answer == label and p.known]
    return float(np.mean(held))


def report(by_seed: dict[str, dict[str, float]], seconds: float) -> None:
    """Write the results of the seeds measured so far, beside those of a single network."""
    single = json.loads((RESULTS / f"{SINGLE}.json").read_text())["by_seed"]
    rows = []
    for name, (words, aim, other) in {**FIGURES, **LABEL_FIGURES}.items():
        values = [figures[name] for figures in by_seed.values()]
        interval = mean_interval(values) if len(values) > 1 else None
        low, high = (interval.low, interval.high) if interval else (None, None)
        note = f"{len(values)} seeds" if interval else "one seed"
        if other:
            note += f"; one network {np.mean([single[seed][other] for seed in by_seed]):.3f}"
        rows.append(Row(words, float(np.mean(values)), "", low, high, aim, None, note))
    title = "Breast ultrasound, the answer of the whole model (BreastMNIST)"
    write(NAME, title, rows, by_seed=by_seed, cpu_seconds=round(seconds))


def main() -> None:
    """Measure, and write the results after every seed; with `--first N`, those of earlier seeds are taken over."""
    given = arguments(__doc__, seeds=5, first=0)
    earlier = json.loads((RESULTS / f"{NAME}.json").read_text()) if given.first else {"by_seed": {}, "cpu_seconds": 0}
    by_seed, start = dict(earlier["by_seed"]), time.process_time() - earlier["cpu_seconds"]
    for seed in range(given.first, given.seeds):
        by_seed[str(seed)] = measure_seed(seed)
        report(by_seed, time.process_time() - start)


if __name__ == "__main__":
    main()

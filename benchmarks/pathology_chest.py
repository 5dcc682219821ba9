"""How well `pathology` tells chest X-rays of children with pneumonia from others (PneumoniaMNIST), and what sets cover.

Needs PneumoniaMNIST (`pneumoniamnist.npz`), of which only the training and the validation part were at hand: it learns
from the one, without what has a twin in the other, and is scored on the other. The official test part is harder. Seed 0
is the built-in model; further seeds train again.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import json
import tempfile
import time
from pathlib import Path

import numpy as np
from _results import DATA, RESULTS, Row, arguments, write

import pippin.apps.pathology
from pippin.apps.pathology.classical import HogSupportVectors
from pippin.apps.pathology.config import CHEST, PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.scoring import score
from pippin.core.artifact import read_artifact
from pippin.core.data import Dataset
from pippin.core.run import Run
from pippin.learn.metrics import mean_interval

ARCHIVE, NAME = DATA / "pathology" / "pneumoniamnist.npz", "pathology_chest"
AIMS = {"auc": "at least 0.99", "coverage": "at least 0.9"}
WORDS = {
    "auc": "validation part: AUC",
    "accuracy": "the same: accuracy",
    "ece": "calibration error",
    "coverage": "sets for 90 %: share that hold the right label",
    "set_size": "labels in a set",
    "abstained_accuracy": "accuracy where one label is left",
}


def learn(data: Dataset, seed: int) -> PathologyLearner:
    """Return a trained model; the built-in one for seed 0."""
    learner = PathologyLearner(PathologyConfig(organ=CHEST))
    if seed == 0:
        folder = Path(pippin.apps.pathology.__file__).parent / "model" / CHEST
        learner.load(read_artifact(folder).part("model"))
    else:
        with tempfile.TemporaryDirectory() as folder:
            learner.fit(data, Run(Path(folder), seed=seed))
    return learner


def classical(data: Dataset) -> dict[str, float]:
    """Return scores of support vectors on histograms of gradients."""
    learner = HogSupportVectors(PathologyConfig())
    with tempfile.TemporaryDirectory() as folder:
        learner.fit(data, Run(Path(folder)))
    found = score(list(learner.predict(example.input for example in data.test)), data.test)
    return {name: one.value for name, one in found.items()}


def report(by_seed: dict[str, dict[str, list[float]]], beside: dict[str, float]) -> None:
    """Write the results of the seeds measured so far: of one, its own interval, else that over seeds."""
    rows = []
    for name, words in WORDS.items():
        found = [scores[name] for scores in by_seed.values()]
        values = [one[0] for one in found]
        interval = mean_interval(values) if len(values) > 1 else None
        top = float("inf") if name == "set_size" else 1.0
        low, high = (max(0.0, interval.low), min(top, interval.high)) if interval else found[0][1:]
        note = f"{len(values)} seeds" if interval else "one seed, interval over images"
        rows.append(Row(words, float(np.mean(values)), "", low, high, AIMS.get(name, ""), beside.get(name), note))
    write(NAME, "Chest X-rays of children, 28 x 28 pixels (PneumoniaMNIST)", rows, by_seed=by_seed, classical=beside)


def main() -> None:
    """Measure, and write the results after every seed; with `--first N`, those of earlier seeds are taken over."""
    given = arguments(__doc__, seeds=5, first=0)
    data = load(str(ARCHIVE))
    earlier = json.loads((RESULTS / f"{NAME}.json").read_text()) if given.first else {}
    by_seed, beside = dict(earlier.get("by_seed", {})), earlier.get("classical") or classical(data)
    for seed in range(given.first, given.seeds):
        start = time.process_time()
        learner = learn(data, seed)
        found = score(list(learner.predict(example.input for example in data.test)), data.test)
        by_seed[str(seed)] = {name: list(one) for name, one in found.items()}
        report(by_seed, beside)
        print(seed, round(time.process_time() - start), flush=True)


if __name__ == "__main__":
    main()

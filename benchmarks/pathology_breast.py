"""How well `pathology` tells malignant from other ultrasound images (BreastMNIST), and what its sets cover.

Needs BreastMNIST (`breastmnist.npz`). Its 624 training and validation images are dealt into five folds, twins kept
together; of five networks each leaves out one fold, which it is scored on. So a figure is that of one network; the
model that `train` makes answers by the mean of all five. Seeds deal and train again; figures are means
with the interval over seeds. A head on the pretrained network, with twins
together and torn apart, shows how much they flatter.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from _results import DATA, RESULTS, Row, arguments, write
from numpy.typing import NDArray

from pippin.apps.pathology.classical import HogSupportVectors
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.doubt.abstention import abstention_curve
from pippin.apps.pathology.doubt.sets import is_held, label_set
from pippin.apps.pathology.fitting import assign, fit
from pippin.core.data import Dataset, Example, rank
from pippin.core.run import Run
from pippin.learn.conformal import label_limits
from pippin.learn.metrics import expected_calibration_error, mean_interval

ARCHIVE = DATA / "pathology" / "breastmnist.npz"
LABELS = ("malignant", "normal or benign")
NAME = "pathology_breast"
SHIFTED = 0.62  # share of "normal or benign" images after a shift from 0.73
Out = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]


def ordered(seed: int, *, twins_together: bool) -> tuple[Example, ...]:
    """Return all images in an order of chance, so that folds differ."""
    data = load(str(ARCHIVE))
    # Images that `load` leaves out of train as twins of val belong to these folds, too.
    everything = {example.key: example for example in (*data.examples, *(example for _, example in data.repeats))}
    examples = sorted(everything.values(), key=lambda example: rank(example.key, seed))
    return tuple(e if twins_together else replace(e, group=e.key) for e in examples)


def leave_out(config: PathologyConfig, examples: Sequence[Example], seed: int) -> Out:
    """Return probabilities, labels and folds of images, each judged by the network or head that left it out."""
    with tempfile.TemporaryDirectory() as folder:
        return fit(config, Dataset("folds", tuple(examples)), Run(Path(folder), seed=seed)).left_out


def leave_out_gradients(examples: Sequence[Example], seed: int) -> Out:
    """Return the same of support vectors on histograms of gradients."""
    classes = np.array([LABELS.index(str(e.answer)) for e in examples])
    folds = assign(examples, classes, LABELS, 5)
    shares = np.zeros((len(examples), 2), np.float32)
    for fold in range(5):
        learner = HogSupportVectors(PathologyConfig())
        with tempfile.TemporaryDirectory() as folder:
            kept = tuple(e for e, own in zip(examples, folds, strict=True) if own != fold)
            learner.fit(Dataset("folds", kept), Run(Path(folder), seed=seed))
        away = np.flatnonzero(folds == fold)
        for index, answer in zip(away, learner.predict(examples[i].input for i in away), strict=True):
            both = {answer.answer: answer.confidence, **dict(answer.alternatives)}
            shares[index] = [both[label] for label in LABELS]
    return shares, classes, folds


def auc_by_fold(out: Out) -> float:
    """Return the mean over folds of the area under the ROC curve."""
    shares, truth, folds = out
    return float(np.mean([_auc(shares[folds == fold, 0], truth[folds == fold] == 0) for fold in np.unique(folds)]))


def _auc(values: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    above = values[positive][:, None] > values[~positive]
    equal = values[positive][:, None] == values[~positive]
    return float((above + 0.5 * equal).mean())


def accuracy(out: Out) -> float:
    """Return the share of images named right."""
    return float((out[0].argmax(axis=1) == out[1]).mean())


def coverage(out: Out, seed: int, share: float | None = None) -> tuple[float, float, float]:
    """Return coverage, labels in a set and accuracy where one is left, of each fold by the limits of the others.

    With `share`, that share of the images scored are "normal or benign", drawn by chance.
    """
    shares, truth, folds = out
    held, sizes, right = [], [], []
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        limits = label_limits(shares[folds != fold], truth[folds != fold]).tolist()
        if share is not None:
            own = _shifted(own, truth, share, seed)
        held += is_held(shares[own], truth[own], limits).tolist()
        sets = [label_set(row.tolist(), limits, LABELS) for row in shares[own]]
        sizes += [len(one) for one in sets]
        right += [one[0] == LABELS[truth[i]] for one, i in zip(sets, own, strict=True) if len(one) == 1]
    return float(np.mean(held)), float(np.mean(sizes)), float(np.mean(right))


def _shifted(own: NDArray[np.int64], truth: NDArray[np.int64], share: float, seed: int) -> NDArray[np.int64]:
    ill, well = own[truth[own] == 0], own[truth[own] == 1]
    count = round(len(ill) * share / (1 - share))
    return np.concatenate([ill, np.random.default_rng(seed).permutation(well)[:count]])


def measure_seed(seed: int) -> tuple[dict[str, float], list[list[float]]]:
    """Return every figure of one seed, and its abstention curve."""
    kinds = {"small networks": PathologyConfig(), "pretrained head": PathologyConfig(network="imagenet", side=112)}
    figures: dict[str, float] = {}
    for together in (True, False):
        examples, suffix = ordered(seed, twins_together=together), "" if together else ", twins torn apart"
        chosen = {name: config for name, config in kinds.items() if together or config.network != "auto"}
        outs = {name: leave_out(config, examples, seed) for name, config in chosen.items()}
        outs["gradients SVM"] = leave_out_gradients(examples, seed)
        for name, out in outs.items():
            figures[f"auc, {name}{suffix}"] = auc_by_fold(out)
            figures[f"accuracy, {name}{suffix}"] = accuracy(out)
        if together:
            own = outs["small networks"]
    sure, right = own[0].max(axis=1), own[0].argmax(axis=1) == own[1]
    figures["ece"] = expected_calibration_error(sure, right).value
    for name, shift in (("", None), (" shifted", SHIFTED)):
        for what, value in zip(("coverage", "set size", "accuracy decided"), coverage(own, seed, shift), strict=True):
            figures[f"{what}{name}"] = value
    return figures, abstention_curve(sure, right)


def report(by_seed: dict[str, dict[str, float]], curve: list[list[float]], seconds: float) -> None:
    """Write the results of the seeds measured so far."""

    def row(what: str, name: str, aim: str = "", classical: str = "", note: str = "") -> Row:
        values = [figures[name] for figures in by_seed.values() if name in figures]
        found = mean_interval(values) if len(values) > 1 else None
        beside = [figures[classical] for figures in by_seed.values() if classical in figures]
        low, high = (found.low, found.high) if found else (None, None)
        more = f"{len(values)} seeds" if len(values) > 1 else "one seed"
        mean = float(np.mean(beside)) if beside else None
        return Row(what, float(np.mean(values)), "", low, high, aim, mean, ", ".join(filter(None, (note, more))))

    rows = [
        row("five folds, twins together: AUC", "auc, small networks", "at least 0.86", "auc, gradients SVM"),
        row("the same: accuracy", "accuracy, small networks", "at least 0.84", "accuracy, gradients SVM"),
        row("the same, a head on the pretrained network: AUC", "auc, pretrained head"),
        row(
            "the head, twins torn apart: AUC",
            "auc, pretrained head, twins torn apart",
            classical="auc, gradients SVM, twins torn apart",
            note="twins flatter",
        ),
        row("calibration error", "ece"),
        row("sets for 90 %: share that hold the right label", "coverage", "at least 0.9"),
        row("the same where 62 % are normal or benign, not 73 %", "coverage shifted"),
        row("labels in a set", "set size"),
        row("accuracy where one label is left", "accuracy decided"),
    ]
    facts = {"abstention": curve, "by_seed": by_seed, "cpu_seconds": round(seconds)}
    write(NAME, "Breast ultrasound, 624 images of 28 x 28 pixels (BreastMNIST)", rows, **facts)


def main() -> None:
    """Measure, and write the results after every seed; with `--first N`, those of earlier seeds are taken over."""
    given = arguments(__doc__, seeds=5, first=0)
    earlier = json.loads((RESULTS / f"{NAME}.json").read_text()) if given.first else {"by_seed": {}, "cpu_seconds": 0}
    by_seed, start, curve = (
        dict(earlier["by_seed"]),
        time.process_time() - earlier["cpu_seconds"],
        earlier.get("abstention", []),
    )
    for seed in range(given.first, given.seeds):
        by_seed[str(seed)], drawn = measure_seed(seed)
        curve = curve or drawn
        report(by_seed, curve, time.process_time() - start)


if __name__ == "__main__":
    main()

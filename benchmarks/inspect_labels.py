"""How many of 5 % flipped labels `inspect` lists among the first 10 %: CIFAR-10's images and scikit-learn's digits.

    python benchmarks/inspect_labels.py --seeds 5

Each seed flips other labels, to any other label at random. What ranks labels (self-confidence rather than the
normalised margin) was chosen on the images CHOSEN of CIFAR-10's test part; only others are reported.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import csv
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from _results import DATA, Row, arguments, write

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.data import Dataset, Example
from pippin.learn.metrics import mean_interval
from pippin.verbs.inspect_findings import find_doubtful_labels

SHARE, LISTED, AIM = 0.05, 0.10, "at least 0.80"
CHOSEN, IMAGES = 2000, 2000  # images (in the order of their keys) to choose the ranking on, and to report


def flipped(examples: Sequence[Example], seed: int) -> tuple[list[Example], set[str]]:
    """The examples with a share of labels flipped by `seed`, and the keys of these."""
    rng = random.Random(seed)
    labels = sorted({example.answer for example in examples})
    chosen = set(rng.sample(range(len(examples)), round(SHARE * len(examples))))
    changed = [
        replace(example, answer=rng.choice([label for label in labels if label != example.answer]))
        if index in chosen
        else example
        for index, example in enumerate(examples)
    ]
    return changed, {examples[index].input.name for index in chosen}


def measure_ranking(app: Application, examples: Sequence[Example], seed: int) -> tuple[float, float, float]:
    """Return the share of flipped labels among the first listed, and among all listed; CPU seconds."""
    changed, wrong = flipped(examples, seed)
    start = time.process_time()
    listed = [item.input for item in find_doubtful_labels(app, Dataset("flipped", tuple(changed)), app.defaults)]
    seconds = time.process_time() - start
    first = listed[: round(LISTED * len(examples))]
    return len(wrong & set(first)) / len(wrong), len(wrong & set(listed)) / len(wrong), seconds


def cifar() -> tuple[Application, list[Example]]:
    """Photographs of CIFAR-10's test part on which nothing was chosen."""
    app = registry.get("recognize")
    data = app.load_data(str(DATA / "recognize" / "cifar10_test5k.parquet"), app.defaults)
    return app, sorted(data.examples, key=lambda example: example.key)[CHOSEN : CHOSEN + IMAGES]


def digits() -> tuple[Application, list[Example]]:
    """scikit-learn's digits as rows of 64 numbers."""
    from sklearn.datasets import load_digits

    app, found = registry.get("tables"), load_digits()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "digits.csv"
        with file.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*(f"p{n}" for n in range(64)), "label"])
            rows = zip(found.data, found.target, strict=True)
            writer.writerows([*map(int, row), f"digit {label}"] for row, label in rows)
        data = app.load_data(str(file), {**app.defaults, "label": "label"})
    return app, list(data.examples)


def main() -> None:
    """Measure both sets and write the results."""
    seeds = arguments(__doc__, seeds=5).seeds
    rows = []
    for name, load in (("CIFAR-10, 2,000 images", cifar), ("digits, 1,797 rows", digits)):
        app, examples = load()
        measure_ranking(app, examples, seeds)  # so that features are known before time is taken
        runs = [measure_ranking(app, examples, seed) for seed in range(seeds)]
        first, all_listed, seconds = (mean_interval(values) for values in zip(*runs, strict=True))
        note = f"mean of {seeds} seeds; {len(examples)} examples, features of images known"
        rows += [
            Row(f"{name}: flipped labels among the first 10 % listed", *_with_interval(first), aim=AIM, note=note),
            Row(f"{name}: flipped labels among all that are listed", *_with_interval(all_listed), note=note),
            Row(f"{name}: time to judge all labels", seconds.value, "CPU s", seconds.low, seconds.high, note=note),
        ]
    write("inspect_labels", "Wrong labels found before training", rows, seeds=seeds, share=SHARE, listed=LISTED)


def _with_interval(score: tuple[float, float, float]) -> tuple[float, str, float, float]:
    return score[0], "", score[1], min(1.0, score[2])


if __name__ == "__main__":
    main()

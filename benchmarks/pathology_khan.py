"""Does deep learning help on 63 tumours? Gene expression of four kinds (Khan et al. 2001), learned by `tables`.

Needs the four CSV files of `khan/`: 63 rows to learn from, 20 to score on, 2,308 genes. Each seed draws another
validation part out of the 63 and trains again; the 20 rows stay, so the interval over seeds is of training alone:
one row of the 20 is 0.05.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import csv
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from _results import DATA, Row, arguments, write

from pippin.apps.tables import application
from pippin.core.data import Dataset, split_by_group
from pippin.core.run import Run
from pippin.learn.metrics import mean_interval, wilson

FOLDER = DATA / "pathology" / "khan"
KINDS = {"1": "EWS", "2": "BL", "3": "NB", "4": "RMS"}  # in the data's own order
METHODS = {
    "network": {"combine": "network"},
    "network (plain)": {"combine": "network", "network": "plain"},
    "linear": {},
    "forest": {},
}


def write_table(part: str, folder: Path) -> Path:
    """Write genes and kind as one table; returns its path."""
    with (FOLDER / f"Khan_x{part}.csv").open(newline="") as file:
        names, *rows = list(csv.reader(file))
    with (FOLDER / f"Khan_y{part}.csv").open(newline="") as file:
        kinds = [KINDS[line[0]] for line in list(csv.reader(file))[1:]]
    path = folder / f"{part}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "kind"])
        writer.writerows([*row, kind] for row, kind in zip(rows, kinds, strict=True))
    return path


def score(name: str, seed: int, train: Dataset, test: Dataset, config: object) -> int:
    """Return how many of the 20 rows are named right."""
    classical = application.methods.classical
    learner = classical[name](config) if name in classical else application.learner(config)
    with tempfile.TemporaryDirectory() as folder:
        fit, val, _ = split_by_group(train.examples, val=0.2, test=0.0, seed=seed)
        learner.fit(replace(train, train=fit, val=val, test=()), Run(Path(folder), seed=seed))
    predictions = learner.predict(example.input for example in test.examples)
    return sum(p.answer == e.answer for p, e in zip(predictions, test.examples, strict=True))


def main() -> None:
    """Measure, and write the results."""
    seeds = arguments(__doc__, seeds=3).seeds
    start = time.process_time()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        paths = {part: str(write_table(part, Path(folder))) for part in ("train", "test")}
        for name, settings in METHODS.items():
            config = application.config.read({"label": "kind", **settings})
            train, test = (application.data.load(paths[part], config) for part in ("train", "test"))
            right = [score(name, seed, train, test, config) for seed in range(seeds)]
            count = len(test.examples)
            shares = [one / count for one in right]
            found = mean_interval(shares) if len(set(shares)) > 1 else wilson(right[0], count)
            kind = "over seeds" if len(set(shares)) > 1 else "of 20 rows; all seeds alike"
            rows.append(
                Row(
                    f"{name}: accuracy on 20",
                    float(np.mean(shares)),
                    "",
                    max(0, found.low),
                    min(1, found.high),
                    "",
                    None,
                    kind,
                )
            )
            print(name, right, round(time.process_time() - start), flush=True)
    write("pathology_khan", "Gene expression, 63 tumours and 2,308 genes (Khan)", rows, seeds=seeds)


if __name__ == "__main__":
    main()

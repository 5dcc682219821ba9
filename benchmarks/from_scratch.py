"""What `recognize` learns from nothing within minutes, beside the best hand-made features, tuned, on the same images.

Needs CIFAR-10 as in `PIPPIN_TEST_DATA`/recognize (20,000 to learn from, 5,000 to score on) and Fashion-MNIST as IDX
files (Debian's package dataset-fashion-mnist, or FASHION_MNIST=FOLDER).
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import shutil
import tempfile
import time
from pathlib import Path

from _results import DATA, Row, arguments, write

from pippin.apps.recognize.classical.sklearn_models import SupportVectors
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.data import load
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.core.data import Dataset
from pippin.core.learner import Learner
from pippin.core.run import Budget, Run
from pippin.core.values import Score
from pippin.learn.classification_scores import score

MAX_BY_HAND = 20_000  # images for the SVM, whose cost grows with their square
FASHION = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))


def measured(learner: Learner, data: Dataset, epochs: float | None, seed: int = 0) -> tuple[Score, float]:
    """Accuracy on the test part, and the CPU seconds of the training, one thread."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        learner.fit(data, Run(Path(folder), budget=Budget(epochs=epochs), seed=seed))
        spent = time.process_time() - began
    return score(list(learner.predict(example.input for example in data.test)), data.test)["accuracy"], spent


def rows_of(name: str, data: Dataset, width: int, epochs: float, aim: tuple[str, str]) -> list[Row]:
    """The network's accuracy and cost, the hand-made beside it."""
    accuracy, spent = measured(FromScratch(RecognizeConfig(width=width)), data, epochs)
    print(name, accuracy, spent, flush=True)
    hand_made, hand_made_spent = measured(SupportVectors(RecognizeConfig()), data.subsample(MAX_BY_HAND), None)
    count = f"{len(data.train) + len(data.val):,} images"
    told = f"from nothing, width {width}, {epochs:g} passes"
    beside = "" if len(data.train) + len(data.val) <= MAX_BY_HAND else f"(SVM beside: {MAX_BY_HAND:,} of them)"
    return [
        Row(f"{name}, {count}: accuracy {told}", *_parts(accuracy), aim=aim[0], classical=hand_made.value, note=beside),
        Row(f"{name}: training", spent / 60, "CPU minutes", aim=aim[1], classical=hand_made_spent / 60, note=beside),
    ]


def _parts(accuracy: Score) -> tuple[float, str, float, float]:
    return accuracy.value, "", accuracy.low, accuracy.high


def cifar_folder(within: Path) -> Path:
    """A folder with the 20,000 + 5,000 images and nothing else."""
    folder = within / "CIFAR-10"
    folder.mkdir()
    for path in (DATA / "recognize").glob("cifar10_*.parquet"):
        shutil.copy(path, folder)
    return folder


def main() -> None:
    """Measure both sets, or one: --cifar 0 or --fashion 0 leaves that out."""
    chosen = arguments(__doc__, cifar=1, fashion=1)
    if chosen.cifar:
        with tempfile.TemporaryDirectory() as within:
            rows = rows_of("CIFAR-10", load(str(cifar_folder(Path(within)))), 24, 13, ("at least 0.82", "at most 12"))
        write("from_scratch_cifar", "From nothing: CIFAR-10", rows)
    if chosen.fashion:
        rows = rows_of("Fashion-MNIST", load(str(FASHION)), 16, 10, ("at least 0.935", "at most 10"))
        write("from_scratch_fashion", "From nothing: Fashion-MNIST", rows)


if __name__ == "__main__":
    main()

"""What `recognize --self-supervised` learns from images without labels, beside methods with and without labels.

Needs CIFAR-10 as in `PIPPIN_TEST_DATA`/recognize. Which objective is the default was chosen on one half of the
training images (`--choose 1`: three objectives, each the same number of steps, scored on that half alone). The table
is measured on the other half's labels and the 5,000 test images: the network learns from all 20,000 training images
without labels. Parts are kept in build/selfsupervised, so that it can be measured a piece at a time.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import io
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from _results import DATA, arguments
from numpy.typing import NDArray
from safetensors.numpy import save

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.clustering import cluster
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.selfsupervised.fitting import take_encoder, to_floats
from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.apps.recognize.selfsupervised.training import RECIPE, train_encoder
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.run import Budget, Run
from pippin.learn.metrics import adjusted_rand_index

KEPT = Path(__file__).parents[1] / "build" / "selfsupervised"
OBJECTIVES = ("simclr", "barlow-twins", "vicreg")
OBJECTIVE = RecognizeConfig().objective
STEPS_CHOOSE, SEEDS = 140, 3  # about a CPU minute each
STEPS = {1: 150, 10: 1600}  # by about how many CPU minutes they take
SITTING = float(os.environ.get("SITTING", "86400"))  # seconds after which a training stops, to be gone on with
SHOTS, DRAWS, GROUPS, GROUPED = 5, 20, 10, 5000
Points = NDArray[np.float32]
Pixels = NDArray[np.uint8]


def arrays() -> dict[str, NDArray[Any]]:
    """Return CIFAR-10 as arrays: `train` and `test` [N,32,32,3], `train_y` and `test_y` [N]; decoded once."""
    path = KEPT / "cifar10.npz"
    if not path.exists():
        import duckdb
        from PIL import Image

        found: dict[str, NDArray[Any]] = {}
        for part, name in (("train", "cifar10_train20k"), ("test", "cifar10_test5k")):
            source = str(DATA / "recognize" / f"{name}.parquet")
            rows = duckdb.execute("SELECT image.bytes, label FROM read_parquet(?)", [source]).fetchall()
            images = [np.asarray(Image.open(io.BytesIO(row[0])).convert("RGB")) for row in rows]
            found |= {part: np.stack(images), f"{part}_y": np.array([str(row[1]) for row in rows])}
        KEPT.mkdir(parents=True, exist_ok=True)
        np.savez(path, **found)
    return dict(np.load(path))


def trained(pixels: Pixels, steps: int, seed: int, objective: str, name: str) -> tuple[SelfSupervised, float] | None:
    """Return a learner whose network saw `pixels` for so many steps, and the CPU seconds it took.

    None where the sitting is over before the training: the next call goes on.
    """
    learner = SelfSupervised(RecognizeConfig(self_supervised=True, objective=cast(Any, objective), image_size=32))
    learner.learned, folder = len(pixels), KEPT / name
    (folder / "stop").unlink(missing_ok=True)
    began = time.process_time()
    run = Run(folder, budget=Budget(epochs=steps / (len(pixels) // RECIPE.batch)), seed=seed)
    stopper = threading.Timer(SITTING, (folder / "stop").touch)
    stopper.start()
    encoder = train_encoder(learner.shape, pixels, run)
    stopper.cancel()
    before = read_json(folder / "cpu.json")["cpu"] if (folder / "cpu.json").exists() else 0.0
    spent = before + time.process_time() - began
    write_json(folder / "cpu.json", {"cpu": spent})
    if run.interrupted:
        return None
    take_encoder(learner, encoder, pixels)
    return learner, spent


def right(points: Points, labels: Sequence[str], test: Points, truth: Sequence[str]) -> float:
    """Return the accuracy on `test` of the ridge head fitted to labelled points."""
    head = Head.fit(points, labels)
    return float(
        np.mean(
            [head.labels[best] == one for best, one in zip(head.predict_points(test).argmax(1), truth, strict=True)]
        )
    )


def few(points: Points, labels: Sequence[str], test: Points, truth: Sequence[str], shots: int) -> float:
    """Return the mean accuracy over draws of `shots` examples of each label."""
    rng, given = np.random.default_rng(0), np.array(labels)
    scores = []
    for _ in range(DRAWS):
        shown = np.concatenate(
            [rng.choice(np.flatnonzero(given == one), shots, replace=False) for one in sorted(set(labels))]
        )
        scores.append(right(points[shown], given[shown].tolist(), test, truth))
    return float(np.mean(scores))


def agreement(points: Points, labels: Sequence[str]) -> float:
    """Return the adjusted Rand index of ten groups of points against labels that took no part."""
    assigned, _ = cluster(points[:GROUPED], GROUPS)
    return adjusted_rand_index(assigned, labels[:GROUPED])


def measure(points: Points, labels: Sequence[str], test: Points, truth: Sequence[str]) -> dict[str, float]:
    """Return the three figures of the table for points of labelled images and of test images."""
    return {
        "linear": right(points, labels, test, truth),
        "five": few(points, labels, test, truth, SHOTS),
        "groups": agreement(test, truth),
    }


def choose() -> None:
    """Train with each objective on half of the training images; score on the same half, a part of it held out."""
    data = arrays()
    pixels, labels = data["train"][::2], data["train_y"][::2].tolist()
    for objective in OBJECTIVES:
        path = KEPT / f"choose-{objective}.json"
        if path.exists() or not (found := trained(pixels, STEPS_CHOOSE, 0, objective, f"choose-{objective}")):
            continue
        learner, spent = found
        points = learner.points(to_floats(pixels))
        scores = measure(points[:8000], labels[:8000], points[8000:], labels[8000:])
        write_bytes(KEPT / f"choose-{objective}.safetensors", save(learner.weights))
        write_json(path, {"cpu_seconds": spent, **scores})
        print(objective, spent, scores, flush=True)


def learn(minutes: int, seed: int) -> None:
    """Train on all 20,000 training images without labels; score with the other half's labels on the test images."""
    name, data = f"{minutes}-minutes-{seed}", arrays()
    path = KEPT / f"{name}.json"
    if path.exists() or not (found := trained(data["train"], STEPS[minutes], seed, OBJECTIVE, name)):
        return
    learner, spent = found
    write_bytes(KEPT / f"{name}.safetensors", save(learner.weights))
    points, test = (learner.points(to_floats(images)) for images in (data["train"][1::2], data["test"]))
    scores = measure(points, data["train_y"][1::2].tolist(), test, data["test_y"].tolist())
    write_json(path, {"cpu_seconds": spent, **scores})
    print(name, spent, scores, flush=True)


def main() -> None:
    """Measure what is not yet measured: --choose 1 the objectives, --minutes 1 or 10 trainings, of --seed N alone."""
    chosen = arguments(__doc__, choose=0, minutes=0, seed=-1)
    if chosen.choose:
        choose()
    for seed in range(SEEDS) if chosen.minutes and chosen.seed < 0 else [chosen.seed] * bool(chosen.minutes):
        learn(chosen.minutes, seed)


if __name__ == "__main__":
    main()

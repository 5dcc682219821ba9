"""What `recognize --self-supervised` learns from images without labels, beside methods with and without labels.

Needs CIFAR-10 as in `PIPPIN_TEST_DATA`/recognize. Which objective is the default was chosen on one half of the
training images (`--choose 1`, 2, 3: as many steps of each, scored on that half alone). The table
is measured on the other half's labels and the 5,000 test images: the network learns from all 20,000 training images
without labels. Parts are kept in build/selfsupervised, so that it can be measured a piece at a time.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import gzip
import io
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from _results import DATA, Row, arguments, write
from numpy.typing import NDArray
from safetensors.numpy import save

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.clustering import cluster
from pippin.apps.recognize.pretrained.feature_cache import network
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.scratch.pixels import square_bytes
from pippin.apps.recognize.selfsupervised.fitting import take_encoder, to_floats
from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.apps.recognize.selfsupervised.points import PointSpace
from pippin.apps.recognize.selfsupervised.supervised import train_with_labels
from pippin.apps.recognize.selfsupervised.training import RECIPE, take_random_weights, train_encoder
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Image
from pippin.core.run import Budget, Run
from pippin.core.values import Score
from pippin.core.workspace import cache
from pippin.learn.metrics import adjusted_rand_index, bootstrap, mean_interval, wilson
from pippin.learn.vision import backbone
from pippin.learn.vision.hog import histograms_of_gradients

KEPT = Path(__file__).parents[1] / "build" / "selfsupervised"
OBJECTIVES = ("simclr", "barlow-twins", "vicreg")
OBJECTIVE = RecognizeConfig().objective
STEPS_CHOOSE, SEEDS = 140, 3  # about a CPU minute each
STEPS = {1: 150, 10: 1600}  # by about how many CPU minutes they take
SITTING = float(os.environ.get("SITTING", "86400"))  # seconds after which a training stops, to be gone on with
SHOTS, DRAWS, GROUPS, GROUPED = 5, 20, 10, 5000
LABEL_STEPS, DRAWS_FROM_NOTHING = 400, 3
OTHER_STEPS = 120
PRETRAINED = 1_000  # images: the pretrained network takes 25 ms for each
FASHION = Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
FIGURES = {
    "linear": "linear classifier on 10,000 labels, accuracy",
    "five": "five labels of each, accuracy",
    "groups": "ten groups against labels never shown, adjusted Rand index",
}
AIMS = {"linear": "at least 0.52", "five": "at least 0.30", "groups": "at least 0.10"}
BESIDE = {
    "pixels": "unsupervised",
    "hog": "unsupervised, a rule",
    "random": "unsupervised",
    "labels": "supervised",
    "pretrained": "supervised, by 1.28 million labels of others",
}
SETS = {
    "fashion": "Fashion-MNIST, 5,000 images without labels",
    "fruits": "9 fruits and balls, 1,125 photographs without labels",
}
AGREEMENTS = {
    "labels": "its groups against the labels",
    "colours": "its groups against groups by colour and place",
    "colours_labels": "groups by colour and place against the labels",
    "shapes_labels": "groups by HOG against the labels",
}
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


def new_learner(objective: str, count: int) -> SelfSupervised:
    """Return a learner of `count` images that has learned nothing."""
    learner = SelfSupervised(RecognizeConfig(self_supervised=True, objective=cast(Any, objective), image_size=32))
    learner.learned = count
    return learner


def trained(pixels: Pixels, steps: int, seed: int, objective: str, name: str) -> tuple[SelfSupervised, float] | None:
    """Return a learner whose network saw `pixels` for so many steps, and the CPU seconds it took.

    None where the sitting is over before the training: the next call goes on.
    """
    learner, folder = new_learner(objective, len(pixels)), KEPT / name
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


def few(points: Points, labels: Sequence[str], test: Points, truth: Sequence[str], shots: int) -> list[float]:
    """Return the accuracy of each draw of `shots` examples of each label."""
    rng, given = np.random.default_rng(0), np.array(labels)
    names, scores = sorted(set(labels)), list[float]()
    for _ in range(DRAWS):
        shown = np.concatenate([rng.choice(np.flatnonzero(given == one), shots, replace=False) for one in names])
        scores.append(right(points[shown], given[shown].tolist(), test, truth))
    return scores


def agreement(points: Points, labels: Sequence[str]) -> Score:
    """Return the adjusted Rand index of ten groups of points against labels that took no part; bootstrap interval."""
    assigned, _ = cluster(points[:GROUPED], GROUPS)
    codes = np.unique(np.array(labels[:GROUPED]), return_inverse=True)[1]
    return bootstrap(adjusted_rand_index, assigned, codes, resamples=200)


def measure(points: Points, labels: Sequence[str], test: Points, truth: Sequence[str]) -> dict[str, float]:
    """Return the three figures of the table for points of labelled images and of test images, each with its bounds."""
    accuracy = right(points, labels, test, truth)
    found = {
        "linear": wilson(round(accuracy * len(truth)), len(truth)),
        "five": mean_interval(few(points, labels, test, truth, SHOTS)),
        "groups": agreement(test, truth),
    }
    bounds = {f"{name}_{end}": getattr(score, end) for name, score in found.items() for end in ("low", "high")}
    return {**{name: score.value for name, score in found.items()}, **bounds}


def score(learner: SelfSupervised, data: dict[str, NDArray[Any]]) -> dict[str, float]:
    """Return the figures of a learner: labels of the half that nothing was chosen on, the 5,000 test images."""
    points, test = (learner.points(to_floats(images)) for images in (data["train"][1::2], data["test"]))
    return measure(points, data["train_y"][1::2].tolist(), test, data["test_y"].tolist())


def choose(objective: str) -> None:
    """Train with one objective on half of the training images; score on the same half, a part of it held out."""
    path, data = KEPT / f"choose-{objective}.json", arrays()
    pixels, labels = data["train"][::2], data["train_y"][::2].tolist()
    if path.exists() or not (found := trained(pixels, STEPS_CHOOSE, 0, objective, f"choose-{objective}")):
        return
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
    scores = score(learner, data)
    write_json(path, {"cpu_seconds": spent, **scores})
    print(name, spent, scores, flush=True)


def grey(images: Pixels) -> Points:
    """Return images [N,32,32,3] in grey at 64 x 64 pixels, as HOG takes them."""
    from PIL import Image

    found = [
        np.asarray(Image.fromarray(one).convert("L").resize((64, 64), Image.Resampling.BILINEAR)) for one in images
    ]
    return np.stack(found).astype(np.float32) / np.float32(255)


def hog(images: Pixels) -> Points:
    """Return histograms of gradients [N,1764] of images [N,32,32,3]."""
    return np.concatenate([histograms_of_gradients(grey(images[at : at + 500])) for at in range(0, len(images), 500)])


def pretrained(images: Pixels) -> Points:
    """Return the pretrained network's features [N,1280] of images [N,32,32,3], of the whole image alone."""
    from PIL import Image as Pillow

    opened = network(cache("backbone"))
    rows = [opened.run(["features"], {"pixels": backbone.pixels(Pillow.fromarray(one))[None]})[0] for one in images]
    return np.sqrt(np.maximum(np.concatenate(rows), 0))


def beside(name: str, see: Callable[[Pixels], Points], count: int = 10_000, test: int = 5_000) -> None:
    """Score a way of seeing that learns nothing here, on the same labels and test images (or the first of them)."""
    path, data = KEPT / f"{name}.json", arrays()
    if path.exists():
        return
    began = time.process_time()
    features, seen = see(data["train"][1::2][:count]), see(data["test"][:test])
    space = PointSpace.fit(features)
    labels, truth = data["train_y"][1::2][:count].tolist(), data["test_y"][:test].tolist()
    scores = measure(space.points(features), labels, space.points(seen), truth)
    write_json(path, {"cpu_seconds": time.process_time() - began, "labels": count, "test": test, **scores})
    print(name, scores, flush=True)


def random_weights(seed: int) -> None:
    """Score the network before it has learned anything."""
    path, data = KEPT / f"random-{seed}.json", arrays()
    if path.exists():
        return
    learner = new_learner("simclr", len(data["train"]))
    take_encoder(learner, take_random_weights(learner.shape, data["train"], seed), data["train"])
    write_json(path, scores := score(learner, data))
    print(path.stem, scores, flush=True)


def with_labels(seed: int) -> None:
    """Score the same network trained with the 10,000 labels in about a CPU minute, and with five of each label."""
    path, data = KEPT / f"labels-{seed}.json", arrays()
    if path.exists():
        return
    pixels, labels = data["train"][1::2], data["train_y"][1::2].tolist()
    truth, began = data["test_y"].tolist(), time.process_time()
    learner = supervised(pixels, labels, LABEL_STEPS / (len(pixels) // 128), seed)
    spent = time.process_time() - began
    points, test = (learner.points(to_floats(images)) for images in (pixels, data["test"]))
    found = {"linear": right(points, labels, test, truth), "groups": agreement(test, truth).value}
    few_scores = []
    for draw in range(DRAWS_FROM_NOTHING):
        rng = np.random.default_rng(100 * seed + draw)
        given = np.array(labels)
        names = sorted(set(labels))
        shown = np.concatenate([rng.choice(np.flatnonzero(given == one), SHOTS, replace=False) for one in names])
        small = supervised(pixels[shown], given[shown].tolist(), 40, seed)
        seen = small.points(to_floats(pixels[shown])), small.points(to_floats(data["test"][:2000]))
        few_scores.append(right(seen[0], given[shown].tolist(), seen[1], truth[:2000]))
    write_json(path, {"cpu_seconds": spent, **found, "five": float(np.mean(few_scores))})
    print(path.stem, spent, found, few_scores, flush=True)


def supervised(pixels: Pixels, labels: Sequence[str], epochs: float, seed: int) -> SelfSupervised:
    """Return a learner whose network learned from labels."""
    learner = new_learner("simclr", len(pixels))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), budget=Budget(epochs=epochs), seed=seed)
        encoder = train_with_labels(learner.shape, pixels, labels, run)
    take_encoder(learner, encoder, pixels)
    return learner


def other_set(name: str, seed: int) -> None:
    """Learn without labels on other images; say what the groups agree with: labels, colours, or brightness by place."""
    path = KEPT / f"{name}-{seed}.json"
    if path.exists():
        return
    images, labels = OTHER_SETS[name]()
    found = trained(images, OTHER_STEPS, seed, OBJECTIVE, f"{name}-{seed}")
    assert found is not None
    learner, spent = found
    points, count = learner.points(to_floats(images)), len(set(labels))
    coarse = images.reshape(len(images), 4, 8, 4, 8, 3).mean((2, 4)).reshape(len(images), -1).astype(np.float32)
    groups, _ = cluster(points, count)
    colours, _ = cluster(PointSpace.fit(coarse).points(coarse), count)
    edges = hog(images)
    shapes, _ = cluster(PointSpace.fit(edges).points(edges), count)
    scores = {
        "labels": adjusted_rand_index(groups, labels),
        "colours": adjusted_rand_index(groups, colours),
        "colours_labels": adjusted_rand_index(colours, labels),
        "shapes_labels": adjusted_rand_index(shapes, labels),
    }
    write_json(path, {"cpu_seconds": spent, "images": len(images), **scores})
    print(path.stem, spent, scores, flush=True)


def fashion() -> tuple[Pixels, list[str]]:
    """Return the first 5,000 training images of Fashion-MNIST as [N,32,32,3], and their labels."""
    images = gzip.decompress((FASHION / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((FASHION / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
    count = 5_000
    pixels = np.frombuffer(images, np.uint8)[: count * 784].reshape(count, 28, 28)
    padded = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))[..., None]
    return np.repeat(padded, 3, axis=3), [str(one) for one in labels[:count]]


def fruits() -> tuple[Pixels, list[str]]:
    """Return the photographs of nine fruits and balls as [N,32,32,3], and their labels."""
    files = sorted((DATA / "recognize" / "apple_ball").glob("*/*"))
    pixels = [square_bytes(Image.of(path), 32) for path in files]
    return np.stack(pixels), [path.parent.name for path in files]


OTHER_SETS = {"fashion": fashion, "fruits": fruits}


def report() -> None:
    """Write the results of all parts that were measured."""
    rows = list[Row]()
    for minutes in STEPS:
        if seeds := read_parts(f"{minutes}-minutes"):
            spent = f"{minutes} CPU minute{'s' if minutes > 1 else ''}"
            rows += rows_of(f"without labels, {spent}", f"unsupervised; {cost(seeds)}", seeds, aims=AIMS)
    for name, called in BESIDE.items():
        if seeds := read_parts(name):
            called += f"; {cost(seeds)}" if name == "labels" else ""
            rows += rows_of(name_of(name, seeds), called, seeds)
    for figure, told in FIGURES.items():
        for objective in OBJECTIVES:
            measured = read_json(KEPT / f"choose-{objective}.json")
            what = f"choosing, half of the training images, {told.replace('10,000', '8,000')}: {objective}"
            rows.append(Row(what, measured[figure], note=f"({measured['cpu_seconds'] / 60:.1f} CPU minutes)"))
    for name, title in SETS.items():
        seeds = read_parts(name)
        for figure, told in AGREEMENTS.items() if seeds else ():
            values = [one[figure] for one in seeds]
            note = f"(adjusted Rand index; {cost(seeds)})"
            rows.append(Row(f"{title}: {told}", *interval(values), note=note))
    write("selfsupervised", "Without labels: CIFAR-10", rows)


def rows_of(name: str, called: str, seeds: Sequence[dict[str, float]], aims: dict[str, str] | None = None) -> list[Row]:
    """Return a row for each figure: mean and interval over seeds, or over the test images where there is one."""
    note = f"({called})"
    rows = []
    for figure, told in FIGURES.items():
        values = [one[figure] for one in seeds]
        told = told.replace("10,000", f"{seeds[0].get('labels', 10_000):,}")
        found = interval(values)
        if len(values) == 1:
            found = (values[0], "", seeds[0].get(f"{figure}_low"), seeds[0].get(f"{figure}_high"))
        if len(values) == 1 and figure == "linear" and found[2] is None:
            found = (values[0], "", *wilson(round(5000 * values[0]), 5000)[1:])
        what = f"CIFAR-10, {told}: {name}"
        rows.append(Row(what, *found, aim=(aims or {}).get(figure, ""), note=note))
    return rows


def interval(values: Sequence[float]) -> tuple[float, str, float | None, float | None]:
    """Return mean and Student's t interval over seeds; none where chance has no part."""
    if len(set(values)) == 1:
        return values[0], "", None, None
    found = mean_interval(values)
    return found.value, "", found.low, min(1.0, found.high)


def read_parts(name: str) -> list[dict[str, float]]:
    """Return what was measured under a name, by seed if it has any."""
    return [read_json(path) for path in sorted([*KEPT.glob(f"{name}-[0-9].json"), *KEPT.glob(f"{name}.json")])]


def cost(seeds: Sequence[dict[str, float]]) -> str:
    """Return the mean CPU minutes of trainings and their number, in words."""
    count = f"{len(seeds)} seed{'s' if len(seeds) > 1 else ''}"
    return f"{np.mean([one['cpu_seconds'] for one in seeds]) / 60:.1f} CPU minutes, {count}"


def name_of(name: str, seeds: Sequence[dict[str, float]]) -> str:
    """Return what a part is called in the table."""
    if name == "labels":
        return "the same network with labels"
    if name == "pretrained":
        return f"the pretrained network, {seeds[0]['test']:,} test images"
    return {"pixels": "components of the pixels", "hog": "HOG", "random": "the same network at random weights"}[name]


def main() -> None:
    """Measure what is not yet measured, a part at a time; --report 1 writes what there is."""
    names = ("choose", "minutes", "beside", "labels", "backbone", "others", "report")
    chosen = arguments(__doc__, seed=-1, **dict.fromkeys(names, 0))
    everything = not any(getattr(chosen, name) for name in names)
    seeds = range(SEEDS) if chosen.seed < 0 else [chosen.seed]
    for objective in OBJECTIVES if everything else OBJECTIVES[chosen.choose - 1 : chosen.choose]:
        choose(objective)
    for minutes in STEPS if everything else [chosen.minutes] * bool(chosen.minutes):
        for seed in seeds:
            learn(minutes, seed)
    if chosen.beside or everything:
        beside("pixels", lambda images: images.reshape(len(images), -1).astype(np.float32))
        beside("hog", hog)
        for seed in seeds:
            random_weights(seed)
    if chosen.labels or everything:
        for seed in seeds:
            with_labels(seed)
    if chosen.backbone or everything:
        beside("pretrained", pretrained, PRETRAINED, PRETRAINED)
    if chosen.others or everything:
        for name in OTHER_SETS if everything else list(OTHER_SETS)[chosen.others - 1 : chosen.others]:
            for seed in seeds:
                other_set(name, seed)
    if chosen.report or everything:
        report()


if __name__ == "__main__":
    main()

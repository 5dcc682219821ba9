"""PyTorch and TensorFlow beside each other: CIFAR-10 from nothing, a step's time, every application's formats.

Both frameworks begin with the same weights and see the same batches; each training is one epoch of 20,000 images.
With `--runs FOLDER` each training is kept there, so that a measurement that was cut off goes on.
`--part parity` converts the built-in model of every application that exports and compares 20 real and 50 random inputs.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _results import DATA, Row, write
from from_scratch import cifar_folder

from pippin.core import registry
from pippin.core.execution import execute
from pippin.core.files import read_json, write_json
from pippin.core.job import Job
from pippin.core.run import Budget, Log
from pippin.learn import keras_loop
from pippin.learn.keras_graph.client import shared_worker
from pippin.learn.keras_graph.exporting import gather_feeds, measure_formats
from pippin.learn.nn import training_loop
from pippin.verbs.export_formats import sample_inputs
from pippin.verbs.opening import open_context

SEEDS, EPOCHS, WIDTH = 3, 1, 16
FRAMEWORKS = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}


def learn(data: str, framework: str, seed: int, folder: Path) -> dict[str, Any]:
    """Train on CIFAR-10 from nothing; returns score, seconds a step and the loss of each step."""
    training_loop.LOG_EVERY = keras_loop.LOG_EVERY = -1.0  # so that every step's loss is logged
    job = Job(
        registry.get("recognize").reference,
        data,
        config={"from_scratch": True, "width": WIDTH, "image_size": 32},
        seed=seed,
        budget=Budget(epochs=EPOCHS),
        framework=framework,
        run=str(folder),
    )
    result = execute(job)
    if result.error:
        raise SystemExit(result.error)
    losses = [line["loss"] for line in Log(folder).fresh() if "loss" in line]
    return {"score": list(result.scores["accuracy"]), "losses": losses, "step": result.measures["step_seconds"]}


def measure_training(runs: Path, count: int) -> None:
    """Measure scores over seeds, the first epoch's loss and the time of a step, on one thread."""
    for seed in range(SEEDS):
        for framework in FRAMEWORKS:
            path = runs / f"{framework}-{seed}.json"
            if path.exists():
                continue
            if count == 0:
                return
            count -= 1
            with tempfile.TemporaryDirectory() as name:
                write_json(path, learn(str(cifar_folder(Path(name))), framework, seed, Path(name) / "run"))
    found = {name: [read_json(runs / f"{name}-{seed}.json") for seed in range(SEEDS)] for name in FRAMEWORKS}
    rows = []
    for framework, title in FRAMEWORKS.items():
        scores = np.array([one["score"] for one in found[framework]])
        value, low, high = scores.mean(0)
        note = f"{SEEDS} seeds of {EPOCHS} epochs: {', '.join(f'{one:.3f}' for one in scores[:, 0])}"
        rows.append(Row(f"CIFAR-10 from nothing, {title}", value, low=low, high=high, note=note))
    per_epoch = len(found["pytorch"][0]["losses"]) // EPOCHS
    means = {name: np.mean([one["losses"][:per_epoch] for one in ones], axis=1) for name, ones in found.items()}
    apart = np.abs(means["tensorflow"] / means["pytorch"] - 1)
    aim = "at most 0.01 (the first epoch's mean loss, relative)"
    rows.append(
        Row("First epoch's loss, TensorFlow against PyTorch", apart.max(), aim=aim, note="largest of the seeds")
    )
    steps = {name: np.median([one["step"] for one in ones]) for name, ones in found.items()}
    ratio = steps["tensorflow"] / steps["pytorch"]
    note = f"median step of 128 images: {steps['pytorch'] * 1000:.0f} ms in PyTorch, one thread each"
    rows.append(Row("A TensorFlow step beside a PyTorch step", ratio, "times", aim="at most 1.5", note=note))
    write("frameworks", "PyTorch and TensorFlow: learning", rows)


def measure_parity() -> None:
    """Measure every application's formats, the weights there and back, and the cost of one whole conversion."""
    rows, same = [], []
    for app in registry.all_applications():
        if "export" in app.unsupported:
            continue
        context = open_context(app.name)
        loaded = context.load(context.artifact())
        with tempfile.TemporaryDirectory() as name:
            assert app.export is not None
            try:
                files = app.export.write(loaded.learner, Path(name))
            except Exception as problem:  # an application without a model of its own
                print(f"{app.name}: {problem}", file=sys.stderr)
                continue
            feeds = gather_feeds(app.export.load, Path(name), sample_inputs(app, loaded.artifact.facts["config"], 20))
            found = measure_formats(files, feeds, real=20, random=50)
            same += [_bit_equal(path, Path(name)) for path in files if path.suffix == ".onnx"]
        worst = max(found, key=lambda format: found[format].value)
        told = ", ".join(f"{format} {one.value:.1e}" for format, one in found.items())
        rows.append(Row(f"{app.name}: largest difference", found[worst].value, aim="at most 0.0001", note=told))
    rows.append(
        Row("Graphs whose weights are bit-equal there and back", float(np.mean(same)), aim="1", note=f"of {len(same)}")
    )
    rows.append(_conversion())
    write("framework_formats", "Keras, TensorFlow and LiteRT: every application's networks beside ONNX Runtime", rows)


def _bit_equal(path: Path, folder: Path) -> bool:
    content = np.frombuffer(path.read_bytes(), np.uint8)
    reply, _ = shared_worker("This").call("write", {"onnx": content}, files={"keras": str(folder / "again.keras")})
    return bool(reply["bit_equal"])


def _conversion() -> Row:
    """Measure the whole command that exports recognize, its comparison with ONNX Runtime included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "pippin", "recognize", "export", f"{name}/out", "--format", "keras"]
        subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Row("Exporting recognize (20 MB) as .keras, compared", spent, "CPU s", aim="at most 30")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one part, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("training", "parity", "all"), default="all")
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--count", type=int, default=-1, help="trainings to take at most, with --runs (-1: all)")
    given = parser.parse_args(arguments)
    part = given.part
    if part in ("parity", "all"):
        measure_parity()
    if part in ("training", "all"):
        if not (DATA / "recognize").is_dir():
            raise SystemExit(f"no CIFAR-10 in {DATA}")
        with tempfile.TemporaryDirectory() as name:
            measure_training(given.runs or Path(name), given.count)


if __name__ == "__main__":
    main()

"""PyTorch and TensorFlow beside each other: CIFAR-10 from nothing, a step's time, every application's formats.

Both frameworks begin with the same weights and see the same batches; each training is of two epochs of 20,000 images.
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

import numpy as np
from _results import DATA, Row, write
from from_scratch import cifar_folder

from pippin.core import registry
from pippin.core.execution import execute
from pippin.core.job import Job, Result
from pippin.core.run import Budget, Log
from pippin.learn import keras_loop
from pippin.learn.keras_graph.client import shared_worker
from pippin.learn.keras_graph.exporting import gather_feeds, measure_formats
from pippin.learn.nn import training_loop
from pippin.verbs.export_formats import sample_inputs
from pippin.verbs.opening import open_context

SEEDS, EPOCHS, WIDTH = 3, 2, 16
FRAMEWORKS = {"pytorch": "PyTorch", "tensorflow": "TensorFlow"}


def learn(data: str, framework: str, seed: int, folder: Path) -> tuple[Result, list[float]]:
    """Train on CIFAR-10 from nothing; returns the result and the loss of each step."""
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
    return result, [line["loss"] for line in Log(folder).fresh() if "loss" in line]


def measure_training() -> None:
    """Measure scores over seeds, the first epoch's loss and the time of a step, on one thread."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = str(cifar_folder(folder))
        found = {
            framework: [learn(data, framework, seed, folder / f"{framework}-{seed}") for seed in range(SEEDS)]
            for framework in FRAMEWORKS
        }
    rows = []
    for framework, title in FRAMEWORKS.items():
        results = [result for result, _ in found[framework]]
        scores = np.array([list(result.scores["accuracy"]) for result in results])
        value, low, high = scores.mean(0)
        note = f"{SEEDS} seeds of {EPOCHS} epochs: {', '.join(f'{one:.3f}' for one in scores[:, 0])}"
        rows.append(Row(f"CIFAR-10 from nothing, {title}", value, low=low, high=high, note=note))
    per_epoch = len(found["pytorch"][0][1]) // EPOCHS
    means = {name: np.mean([losses[:per_epoch] for _, losses in runs], axis=1) for name, runs in found.items()}
    apart = np.abs(means["tensorflow"] / means["pytorch"] - 1)
    aim = "at most 0.01 (the first epoch's mean loss, relative)"
    rows.append(
        Row("First epoch's loss, TensorFlow against PyTorch", apart.max(), aim=aim, note="largest of the seeds")
    )
    steps = {name: np.median([result.measures["step_seconds"] for result, _ in runs]) for name, runs in found.items()}
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
    part = parser.parse_args(arguments).part
    if part in ("parity", "all"):
        measure_parity()
    if part in ("training", "all"):
        if not (DATA / "recognize").is_dir():
            raise SystemExit(f"no CIFAR-10 in {DATA}")
        measure_training()


if __name__ == "__main__":
    main()

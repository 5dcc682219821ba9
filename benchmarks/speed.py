"""What one prediction, one lesson and `pippin --help` cost, in CPU seconds on one thread."""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _results import Row, arguments, write

import pippin
from pippin.apps.recognize.data import load
from pippin.apps.recognize.pretrained.feature_cache import network
from pippin.core.workspace import cache


def cpu(function: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """Median, lowest and highest CPU milliseconds of `function` over `runs` calls, after one to warm up."""
    function()
    times = []
    for _ in range(runs):
        start = time.process_time()
        function()
        times.append(1000 * (time.process_time() - start))
    low, high = np.percentile(times, [2.5, 97.5])
    return statistics.median(times), float(low), float(high)


def command(*words: str) -> float:
    """User and system CPU seconds of a command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "pippin", *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lesson(runs: int) -> tuple[float, float, float]:
    """CPU milliseconds of a `teach` whose image was seen before: the row stored and the head refitted."""
    images = [example.input.path for example in load(None).examples]
    with tempfile.TemporaryDirectory() as home:
        space = pippin.Workspace(Path(home))
        position = iter(range(10**6))

        def teach() -> object:
            return pippin.teach("recognize", images[next(position) % len(images)], "fruit", workspace=space)

        return cpu(teach, runs)


def main() -> None:
    """Measure and write benchmarks/results/speed.json."""
    runs = arguments(__doc__, runs=100).runs
    opened = network(cache("backbone"))
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 3, 224, 224)).astype(np.float32)
    one, low, high = cpu(lambda: opened.run(["features", "logits"], {"pixels": pixels}), runs)
    taught, teach_low, teach_high = lesson(runs)
    helps = [command("--help") for _ in range(7)][1:]
    built_in = len(load(None).examples)
    rows = [
        Row("one image through the network, one thread", one, "CPU ms", low, high, "at most 15"),
        Row(
            f"one lesson to the built-in model, features known ({built_in} images in turn)",
            taught,
            "CPU ms",
            teach_low,
            teach_high,
            "at most 20",
        ),
        Row("`pippin --help`", statistics.median(helps), "CPU s", min(helps), max(helps), "at most 0.2"),
    ]
    write("speed", "Speed", rows)


if __name__ == "__main__":
    main()

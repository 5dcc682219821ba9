"""What one correction costs, and loading the model it belongs to, when 10, 1,600 and 10,000 images were taught.

CIFAR-10's training images, whose features are known (in the cache), are taught to the built-in model. Everything
that the command `teach` does in a process that stays is counted: two answers, the row in the database, the head.
CPU on one thread; a process of its own loads the model.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _results import DATA, Row, arguments, write

import pippin
from pippin.apps.recognize import application
from pippin.apps.recognize.data import load
from pippin.apps.recognize.pretrained.feature_cache import see
from pippin.core.data import Example, spread
from pippin.core.values import Correction
from pippin.verbs.opening import open_context

SIZES = {10: (30, 1.0), 1600: (40, 1.0), 10000: (60, 1.0)}  # floors: CPU ms of a correction, CPU s of loading


def teach_rows(home: Path, examples: Sequence[Example]) -> None:
    """Keep `examples` as rows taught to the built-in model."""
    context = open_context(application, pippin.Workspace(home))
    found = context.artifact()
    context.workspace.feedback.add(
        application.name, found.id, [Correction(example.input, example.answer) for example in examples]
    )


def measure(home: Path, folder: Path) -> dict[str, list[float]]:
    """CPU ms of loading, of its part in the learner, and of correcting each image in `folder` by its file's name."""
    context = open_context(application, pippin.Workspace(home))
    found = context.artifact()
    open_context(application, pippin.Workspace(home / "empty")).load(found)  # what any model needs is loaded
    start = time.process_time()
    loaded = context.load(found)
    seconds = {"load": [time.process_time() - start], "teach": [], "update": []}
    for path in sorted(folder.iterdir()):
        start = time.process_time()
        report = pippin.teach("recognize", path, path.stem.split(" ")[1], workspace=context.workspace)
        seconds["teach"].append(1000 * (time.process_time() - start))
        seconds["update"].append(1000 * report.payload["seconds"]["learn"])
    assert len(loaded.rows) > len(seconds["teach"])
    return seconds


def rows(size: int, examples: Sequence[Example], corrections: int) -> list[Row]:
    """Rows for `size` taught images and as many corrections after them."""
    with tempfile.TemporaryDirectory() as place:
        home, folder = Path(place) / "home", Path(place) / "images"
        folder.mkdir()
        for number, example in enumerate(examples[size : size + corrections]):
            (folder / f"{number:03d} {example.answer}.png").write_bytes(example.input.read())
        teach_rows(home, examples[:size])
        command = [sys.executable, __file__, "--measure", str(home), str(folder)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    most, longest = SIZES[size]
    what = f"{size:,} images taught"
    low, high = (float(bound) for bound in np.percentile(found["teach"], [2.5, 97.5]))
    first = found["teach"][0]
    return [
        Row(
            f"one correction, features known, {what}",
            statistics.median(found["teach"]),
            "CPU ms",
            low,
            high,
            f"at most {most}",
            note=f"(the first after loading: {first:.0f})",
        ),
        Row(f"loading the model, {what}", found["load"][0], "CPU s", aim=f"at most {longest:g}"),
    ]


def main() -> None:
    """Measure and write benchmarks/results/corrections.json."""
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(*map(Path, sys.argv[2:4]))))
        return
    corrections = arguments(__doc__, corrections=40).corrections
    images = load(str(DATA / "recognize" / "cifar10_train20k.parquet")).examples
    examples = spread(images, 0, "corrections")[: max(SIZES) + corrections]
    for _ in see(example.input for example in examples):
        pass  # the features are known from now on
    write("corrections", "Corrections", [row for size in SIZES for row in rows(size, examples, corrections)])


if __name__ == "__main__":
    main()

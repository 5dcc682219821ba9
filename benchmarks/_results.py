"""How a benchmark writes down what it measured: the command, the machine, and rows for docs/results.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pippin.core.artifact import versions
from pippin.core.files import write_json

RESULTS = Path(__file__).parent / "results"
DATA = Path(os.environ.get("PIPPIN_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))


@dataclass(frozen=True)
class Row:
    """One figure; `low` and `high` bound its 95 % interval, `aim` is what it should reach ("at least 0.74")."""

    what: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    aim: str = ""
    classical: float | None = None
    note: str = ""


def write(name: str, title: str, rows: list[Row], **facts: object) -> None:
    """Write benchmarks/results/NAME.json and print the rows."""
    result = {
        "name": name,
        "title": title,
        "command": f"python benchmarks/{Path(sys.argv[0]).name}",
        "date": time.strftime("%Y-%m-%d"),
        "machine": {"processor": _processor(), "threads": os.cpu_count(), "system": platform.system()},
        "versions": versions("pippin", "numpy", "onnxruntime", "torch", "scikit-learn", "scikit-image", "pillow"),
        "rows": [asdict(row) for row in rows],
        **facts,
    }
    write_json(RESULTS / f"{name}.json", result)
    print(json.dumps(result["rows"], indent=1))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def arguments(description: str | None, **defaults: int) -> argparse.Namespace:
    """Command-line options with integer defaults (`--draws 10`)."""
    parser = argparse.ArgumentParser(description=description)
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()

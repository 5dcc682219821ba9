"""Parser of the annotation file phenotype.hpoa: which finding occurs in which disease, how often, by which paper."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

from pippin.core.errors import PippinError

# Mean of each frequency class of HPO (HP:0040280 to HP:0040285).
CLASSES = {
    "HP:0040280": 1.0,
    "HP:0040281": 0.895,
    "HP:0040282": 0.545,
    "HP:0040283": 0.17,
    "HP:0040284": 0.025,
    "HP:0040285": 0.0,
}
UNSTATED = 0.5  # frequency where the file states none
_RATIO = re.compile(r"(\d+)\s*/\s*(\d+)$")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%$")


class Row(NamedTuple):
    """One annotation: `n_with` of `total` patients have the finding (total 0: a frequency without patients)."""

    disease: str
    term: str
    n_with: float
    total: float
    references: tuple[str, ...]


@dataclass(frozen=True)
class Annotations:
    """The rows of findings in a file, the diseases' names, and the version.

    `citations` are (paper, disease) of all rows, those on course and inheritance included.
    """

    version: str
    names: dict[str, str]
    rows: list[Row]
    citations: set[tuple[str, str]]


def parse_annotations(text: str) -> Annotations:
    """Parse phenotype.hpoa; PippinError where it has other columns."""
    version, columns = "unknown", None
    names: dict[str, str] = {}
    rows: list[Row] = []
    citations: set[tuple[str, str]] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            version = line.partition(":")[2].strip() if line.startswith("#version") else version
            continue
        cells = line.split("\t")
        if columns is None:
            columns = _columns(cells)
            continue
        row = _row(cells, columns)
        if row is None:
            continue
        citations.update((reference, row.disease) for reference in row.references)
        if cells[columns["aspect"]] == "P":
            names[row.disease] = cells[columns["disease_name"]]
            rows.append(row)
    if not rows:
        raise PippinError("This file of annotations has no rows of findings; give phenotype.hpoa.")
    return Annotations(version, names, rows, citations)


def _columns(cells: list[str]) -> dict[str, int]:
    columns = {name.strip().lower(): index for index, name in enumerate(cells)}
    needed = ("database_id", "disease_name", "qualifier", "hpo_id", "reference", "frequency", "aspect")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise PippinError(f"This file of annotations has no column {missing[0]}; give phenotype.hpoa.")
    return columns


def _row(cells: list[str], columns: dict[str, int]) -> Row | None:
    if len(cells) <= columns["aspect"]:
        return None
    count, total = read_frequency(cells[columns["frequency"]])
    if cells[columns["qualifier"]] == "NOT":
        count, total = 0.0, total if total else 1.0
    references = tuple(part for part in cells[columns["reference"]].split(";") if part)
    return Row(cells[columns["database_id"]], cells[columns["hpo_id"]], count, total, references)


def read_frequency(text: str) -> tuple[float, float]:
    """Return (count, total) of "7/8"; (frequency, 0) of a class, a percentage or nothing."""
    text = text.strip()
    if match := _RATIO.match(text):
        total = float(match[2])
        return min(float(match[1]), total), total
    if match := _PERCENT.match(text):
        return min(float(match[1]), 100.0) / 100, 0.0
    return CLASSES.get(text, UNSTATED), 0.0


def combine(rows: list[Row]) -> float:
    """Return the frequency of one finding in one disease: counts added up, else the mean of what is stated."""
    total = math.fsum(row.total for row in rows)
    if total:
        return math.fsum(row.n_with for row in rows if row.total) / total
    return math.fsum(row.n_with for row in rows) / len(rows)

"""Pollock's broken files are read as they should be: first lines, and cells as a multiset."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from pippin.apps.tables.commands import written
from pippin.apps.tables.table_reader import read


def parsed(content: bytes) -> list[list[str]]:
    """Plain CSV as cells."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def counted(table: list[list[str]]) -> Counter[str]:
    """The non-empty cells, trimmed."""
    return Counter(cell.strip() for row in table for cell in row if cell.strip())


@pytest.mark.data
@pytest.mark.parametrize(("group", "lines", "f1"), [("file", 0.85, 0.90), ("row", 0.99, 0.99)])
def test_broken_files_are_read(group: str, lines: float, f1: float, test_data: Path) -> None:
    first, overlap = [], []
    paths = sorted((test_data / "tables" / "pollock" / "csv").glob(f"{group}_*"))
    for path in paths:
        found, wanted = parsed(written(read(path))), parsed((path.parent.parent / "clean" / path.name).read_bytes())
        first.append([[cell.strip() for cell in row] for row in found[:1]] == wanted[:1])
        ours, theirs = counted(found), counted(wanted)
        total = ours.total() + theirs.total()
        overlap.append(2 * (ours & theirs).total() / total if total else 1.0)
    assert paths
    assert sum(first) / len(paths) >= lines
    assert sum(overlap) / len(paths) >= f1

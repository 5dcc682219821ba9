"""Columns aligned by spaces whose cells hold words: cut at two spaces or more, where that is even."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pippin.apps.tables.table_reader import read

Table = Callable[..., Path]
ROWS = [("9", "12-15 years", "No"), ("11", "< 12 years", "No"), ("13", "16+ years", "Yes"), ("15", "unknown", "No")] * 5


@pytest.mark.parametrize("line", ["{:>8}{:>14}{:>6}", "{:<8}{:<14}{:<6}", "{}\t{}\t{}"], ids=["right", "left", "tabs"])
def test_words_within_aligned_cells(table: Table, line: str) -> None:
    lines = [line.format("id", "education", "div"), *(line.format(*row) for row in ROWS)]
    found = read(table("\n".join(lines)))
    assert found.columns == ["id", "education", "div"]
    assert [tuple(row.values()) for _, row in found.rows] == ROWS
    assert not found.skipped


def test_a_frame_as_pandas_prints_it(table: Table) -> None:
    lines = ["             name  weight colour"]
    lines += [f"{row:<2}  {'red apple' if row % 2 else 'ball':>13}  {100 + row:>6}  green" for row in range(12)]
    found = read(table("\n".join(lines).replace("weight colour", "weight  colour")))
    assert found.columns == ["column 1", "name", "weight", "colour"]
    assert [row["name"] for _, row in found.rows][:2] == ["ball", "red apple"]


def test_single_words_are_cut_at_any_spaces(table: Table) -> None:
    lines = ["weight colour  size", *(f"{100 + row} red    {row % 3}" for row in range(12))]
    found = read(table("\n".join(lines)))
    assert found.columns == ["weight", "colour", "size"]
    assert found.rows[3][1] == {"weight": "103", "colour": "red", "size": "0"}

"""Inputs are rows of a file, one of them, JSON, Python's values or data frames; odd names are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.apps.tables.classical import Linear
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import load
from pippin.apps.tables.row_check import check_row
from pippin.apps.tables.row_encoder import Encoder
from pippin.apps.tables.rows import records, values
from pippin.core.errors import PippinError
from pippin.core.loaded_models import _loaded
from pippin.core.run import Run

Table = Callable[..., Path]


def test_rows_of_a_file_are_named_so_that_they_can_be_taught(table: Table) -> None:
    path = table("weight,colour\n3,red\n4,blue\n5,\n")
    found = records(path)
    assert [item.name for item in found] == [f"{path}:{n}" for n in (1, 2, 3)]
    (second,) = records(found[1].name)
    assert values(second) == {"weight": "4", "colour": "blue"}
    assert second.digest() == found[1].digest()
    assert values(found[2])["colour"] is None
    for bad, sentence in ((f"{path}:4", "has no row 4; it has rows 1 to 3"), (f"{path}:0", "no row 0")):
        with pytest.raises(PippinError, match=sentence):
            records(bad)
    with pytest.raises(PippinError, match="does not exist"):
        records("none.csv:3")


def test_a_file_whose_name_ends_like_a_row_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "table:2"
    path.write_text("weight,colour\n3,red\n4,blue\n")
    assert len(records(str(path))) == 2


def test_json_and_mappings() -> None:
    assert values(records({"weight": 3})[0]) == {"weight": 3}
    assert values(records('{"weight": 3, "colour": null}')[0]) == {"weight": 3, "colour": None}
    assert values(records('{"ready": true, "colour": " red ", "none": ""}')[0]) == {
        "ready": "true",
        "colour": "red",
        "none": None,
    }
    assert len(records('[{"weight": 3}, {"weight": 4}]')) == 2
    for bad in ('{"weight": ', '{"weight": [1]}', "[1, 2", "[1, 2]", 3.5, object()):
        with pytest.raises(PippinError):
            records(bad)
    assert json.loads(records({"b": 1, "a": 2})[0].read()) == {"a": 2, "b": 1}
    assert [item.name for item in records([{"weight": 3}, {"weight": 4}])] == ["row 1", "row 2"]


class Frame:
    """A data frame as pandas shows itself."""

    columns = ("weight", "colour")

    def itertuples(self, index: bool, name: None) -> list[tuple[Any, ...]]:
        """The rows."""
        return [(np.float64(3.5), "red"), (np.float64("nan"), None), (np.int64(7), np.bool_(True))]


class Polars:
    """A data frame as polars shows itself."""

    columns = ("weight", "colour")

    def iter_rows(self) -> list[tuple[Any, ...]]:
        """The rows."""
        return [(3.5, "red"), (None, None)]


def test_frames_and_arrays() -> None:
    assert [values(item) for item in records(Frame())] == [
        {"weight": 3.5, "colour": "red"},
        {"weight": None, "colour": None},
        {"weight": 7, "colour": "true"},
    ]
    assert values(records(Polars())[0]) == {"weight": 3.5, "colour": "red"}
    assert [values(item) for item in records(np.array([[1.5, 2], [3, np.nan]]))] == [
        {"column 1": 1.5, "column 2": 2.0},
        {"column 1": 3.0, "column 2": None},
    ]
    assert len(records(np.arange(3))) == 1
    named = np.array([(1.5, "red")], dtype=[("weight", "f8"), ("colour", "U5")])
    assert values(records(named)[0]) == {"weight": 1.5, "colour": "red"}
    with pytest.raises(PippinError, match="has 2 dimensions, not 3"):
        records(np.zeros((2, 2, 2)))


def test_pandas_and_polars_themselves() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    held = {"weight": [3.5, None], "colour": ["red", None]}
    both = [[values(item) for item in records(module.DataFrame(held))] for module in (pandas, polars)]
    assert both[0] == both[1] == [{"weight": 3.5, "colour": "red"}, {"weight": None, "colour": None}]


def test_unknown_and_missing_columns_are_named() -> None:
    learned = ["bill_length_mm", "flipper_length_mm", "island", "sex"]
    said = check_row({"bill_length_mm": 46, "flipper_lenght_mm": 211}, learned)
    assert said == (
        "flipper_lenght_mm was not among the columns learned (did you mean flipper_length_mm?)",
        "3 columns are missing (flipper_length_mm, island, sex)",
    )
    assert check_row(dict.fromkeys([*learned, "species"]), learned, {"species"}) == ()
    assert check_row(dict.fromkeys(learned[:3]), learned) == ("1 column is missing (sex)",)


def test_a_row_is_read_as_the_column_was_learned() -> None:
    rows = [
        {"price": f"1.{n:03d},50", "at": f"{n + 1}/2/2024 1{n % 10}:30", "zip": f"0{n}000", "sure": "Yes"}
        for n in range(28)
    ]
    types = json.dumps(
        {"price": ["number", ","], "at": ["date", "dmy"], "zip": ["category", ""], "sure": ["category", ""]}
    )
    encoder = Encoder.fit([{**row, "sure": ["Yes", "No"][n % 2]} for n, row in enumerate(rows)], types=types)
    assert encoder.names == ["price", "at", "zip", "sure"], "in the table's order"
    written, plain = {**rows[3], "sure": "YES"}, {**rows[3], "price": 1003.5, "at": "2024-02-04T13:30", "sure": "Yes"}
    assert np.array_equal(encoder.dense([written]), encoder.dense([plain]))
    assert np.array_equal(encoder.trees([written]), encoder.trees([plain]))
    assert encoder.unfit(plain) == ((), True)
    assert np.array_equal(encoder.dense([plain]), Encoder(encoder.facts).dense([plain]))
    by_position = {f"column {n}": value for n, value in enumerate(plain.values(), 1)}
    assert np.array_equal(encoder.dense([plain]), encoder.dense([by_position]))


def test_a_label_that_hangs_on_the_hour_is_learned(tmp_path: Path) -> None:
    days = [f"2024-0{1 + n % 9}-{1 + n % 28:02d} {(7, 21)[n % 2]:02d}:{n * 7 % 60:02d}" for n in range(200)]
    lines = ["at,weight,label", *(f"{day},{n * 37 % 101},{'ab'[n % 2]}" for n, day in enumerate(days))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    data = load(str(tmp_path / "t.csv"))
    learner = Linear(TablesConfig())
    learner.fit(data, Run(tmp_path / "run"))
    answers = [prediction.answer for prediction in learner.predict(example.input for example in data.test)]
    assert answers == [example.answer for example in data.test]


def test_the_time_of_day_counts() -> None:
    rows = [{"at": f"2024-05-{1 + n % 28:02d} {(7, 21)[n % 2]:02d}:{n % 60:02d}"} for n in range(40)]
    encoder = Encoder.fit(rows)
    parts = [str(facts["part"]) for facts in encoder.facts]
    assert parts == ["days", "month", "weekday", "hour", "minute"]
    hours = encoder.trees(rows)[:, parts.index("hour")]
    assert set(np.floor(hours)) == {7.0, 21.0}


def test_a_taught_row_is_there_for_the_next_process(tmp_path: Path) -> None:
    """Its columns are in no order of the alphabet, nor is its JSON written as Python would."""

    file = tmp_path / "fruit.csv"
    lines = [f"{n + 0.5},c{n % 3},{'apple' if n % 2 else 'plum'}" for n in range(40)]
    file.write_text("\n".join(["weight,colour,label", *lines]) + "\n")
    pippin.train("tables", str(file), epochs=1, width=8, members=2)
    for row in (f"{file}:5", '{"weight":3,"colour":"c1"}'):
        pippin.teach("tables", row, "pear")
        _loaded.clear()
        assert pippin.predict("tables", row).payload["results"][0]["answer"] == "pear"

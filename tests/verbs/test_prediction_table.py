"""Predictions written as a table: every row, its answer and how sure; nothing overwritten, nothing lost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.core.inputs import Record
from pippin.core.shell_words import write_option
from pippin.core.values import Prediction
from pippin.verbs.predict import written
from pippin.verbs.prediction_table import write_predictions

PREDICTIONS = [
    Prediction("apple", 0.75),
    Prediction(12.5, interval=(10.0, 15.0)),
    Prediction(None, known=False, error="row 3 is no row"),
]
ROWS = [{"weight": 120.0, "answer": "taken"}, {"weight": None, "answer": 'ü,\n"'}, {"weight": 3.0, "answer": "x"}]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_miniature_predictions_become_a_csv(miniature: str, tmp_path: Path) -> None:
    pippin.train(miniature)
    out = tmp_path / "answers.csv"
    report = pippin.predict(miniature, "abba", "tutu", out=out)
    assert report.payload["out"] == str(out)
    rows = read_csv(out)
    assert [row["input"] for row in rows] == ["abba", "tutu"]
    assert [row["answer"] for row in rows] == [result["answer"] for result in report.payload["results"]]
    assert [float(row["probability"]) for row in rows] == [r["confidence"] for r in report.payload["results"]]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_rows_keep_their_values(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"answers{suffix}"
    items = [Record.of(row) for row in ROWS]
    columns = write_predictions(out, items, PREDICTIONS)
    assert columns == [
        "weight",
        "answer",
        "predicted_answer",
        "probability",
        "interval_low",
        "interval_high",
        "problem",
    ]
    if suffix == ".csv":
        found = read_csv(out)
        assert [row["answer"] for row in found] == [row["answer"] for row in ROWS]
        assert found[1]["predicted_answer"] == "12.5"
        assert found[2]["problem"] == "row 3 is no row"
    elif suffix == ".jsonl":
        found = [json.loads(line) for line in out.read_text().splitlines()]
        assert found[1]["interval_low"] == 10.0
        assert found[0]["weight"] == 120.0
    else:
        duckdb = pytest.importorskip("duckdb")
        rows = duckdb.read_parquet(str(out)).fetchall()
        assert [row[0] for row in rows] == [120.0, None, 3.0]
        assert [row[3] for row in rows] == [0.75, None, None]


def test_columns_stay_in_the_order_of_the_input(tmp_path: Path) -> None:
    rows = [Record.of({"wind": 1, "a": 2}), Record.of('{"wind": 3, "a": 4, "extra": 5}')]
    columns = write_predictions(tmp_path / "answers.csv", rows, PREDICTIONS[:2])
    assert columns[:4] == ["wind", "a", "extra", "answer"]
    assert rows[0].digest() == Record.of('{"a":2,"wind":1}').digest()


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_numbers_are_numbers_and_codes_stay_text(tmp_path: Path, suffix: str) -> None:
    written = [
        {"a": "1.50", "zip": "007", "n": "3", "empty": None},
        {"a": "-2", "zip": "120", "n": None, "empty": None},
    ]
    out = tmp_path / f"answers{suffix}"
    write_predictions(out, [Record.of(row) for row in written], [Prediction("1", 0.5), Prediction("0", 0.75)])
    if suffix == ".jsonl":
        first, second = (json.loads(line) for line in out.read_text().splitlines())
        assert (first["a"], first["zip"], first["n"], first["answer"], second["a"]) == (1.5, "007", 3, 1, -2)
        return
    duckdb = pytest.importorskip("duckdb")
    table = duckdb.read_parquet(str(out))
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    assert types["a"] == types["probability"] == types["interval_low"] == "DOUBLE"
    assert (types["zip"], types["empty"], types["problem"], types["n"]) == ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT")
    assert table.fetchall()[0][:4] == (1.5, "007", 3, None)


def test_names_that_differ_in_case_or_hold_quotes_are_kept_apart(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    out = tmp_path / "answers.parquet"
    row = {"weight": "1", "Weight": "2", 'a"b': "x", "Answer": "q"}
    columns = write_predictions(out, [Record.of(row)], [Prediction("a", 0.5)])
    assert columns[:6] == [*row, "predicted_answer", "probability"]
    table = duckdb.read_parquet(str(out))
    assert table.columns[:5] == ["weight", "Weight 2", 'a"b', "Answer", "predicted_answer"]
    assert table.fetchall()[0][:6] == (1, 2, "x", "q", "a", 0.5)


def test_parquet_files_of_any_predictions_have_one_schema(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    out = tmp_path / "answers.PARQUET"
    write_predictions(out, [Record.of(ROWS[0])], [Prediction("apple", 0.75)])
    described = duckdb.read_parquet(str(out))
    types = dict(zip(described.columns, map(str, described.types), strict=True))
    assert types["probability"] == types["interval_low"] == types["interval_high"] == "DOUBLE"
    assert types["problem"] == types["predicted_answer"] == "VARCHAR"


def test_a_folder_named_as_a_table_is_refused(miniature: str, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").mkdir()
    with pytest.raises(PippinError, match="is a folder"):
        pippin.predict(miniature, "abba", out=tmp_path / "answers.csv")


def test_no_file_is_overwritten(miniature: str, tmp_path: Path) -> None:
    pippin.train(miniature)
    out = tmp_path / "answers.csv"
    out.write_text("mine")
    with pytest.raises(PippinError, match="exists"):
        pippin.predict(miniature, "abba", out=out)
    assert out.read_text() == "mine"


def test_unknown_kind_of_table_is_refused(miniature: str, tmp_path: Path) -> None:
    pippin.train(miniature)
    with pytest.raises(PippinError, match=r"must end in \.csv"):
        pippin.predict(miniature, "abba", out=tmp_path / "answers.xlsx")
    assert not list(tmp_path.glob("answers*"))


def test_folder_for_answers_without_files_is_told(miniature: str, tmp_path: Path) -> None:
    pippin.train(miniature)
    notes = pippin.predict(miniature, "abba", out=tmp_path / "folder").notes
    assert any("nothing was written" in note for note in notes)


def test_training_settings_are_refused_by_other_verbs(miniature: str) -> None:
    pippin.train(miniature, rate=2.0)
    with pytest.raises(PippinError, match="--rate is a setting of training"):
        pippin.predict(miniature, "abba", rate=3.0)
    with pytest.raises(PippinError, match="--rate is a setting of training"):
        pippin.evaluate(miniature, rate=3.0)
    assert pippin.predict(miniature, "abba", rate=2.0).payload["results"]


def test_settings_are_written_as_they_are_typed() -> None:
    assert write_option("width", 32) == "--width 32"
    assert write_option("from_scratch", True) == "--from-scratch"
    assert write_option("hflip", False) == "--no-hflip"
    assert write_option("group", "^P\\d+") == "--group '^P\\d+'"
    assert write_option("group", "") == "--group ''"


def test_large_numbers_are_shown_whole() -> None:
    numbers = (1_027_130.4, -2.5e6, 12.5, 0.123456789, 1e20)
    assert [written(number) for number in numbers] == ["1027130", "-2500000", "12.5", "0.123457", "1e+20"]

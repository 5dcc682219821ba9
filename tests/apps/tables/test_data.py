"""Tables of any dialect are read; columns are told apart; what gives the label away or names the rows is left out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.tables import sample
from pippin.apps.tables.columns import identifies, kind_of, tells
from pippin.apps.tables.data import SAMPLE, load, records, values
from pippin.apps.tables.reading import read, value
from pippin.core.errors import PippinError

Table = Callable[[str], Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A function that writes a table and returns its path."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def rows(count: int = 40, **extra: Callable[[int], object]) -> str:
    """A table of two labels, a number and a colour, and columns more."""
    chance = np.random.default_rng(0)
    lines = [",".join(["weight", "colour", *extra, "label"])]
    for number in range(count):
        own = [f"{chance.normal(100 + 20 * (number % 2), 9):.2f}", chance.choice(["red", "green"])]
        lines.append(",".join([*own, *(str(make(number)) for make in extra.values()), "ab"[number % 2]]))
    return "\n".join(lines)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=12)


@settings(max_examples=80, deadline=None)
@given(
    cells=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    marked=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_again(
    cells: list[list[str]], delimiter: str, marked: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = io.StringIO()
    heading = ["first", "second", "third"]
    # Cells enough without signs for the dialect to be seen.
    whole = [heading, *([["x", "y", "z"]] * 12), *cells]
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(whole)
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(text.getvalue().encode("utf-8-sig" if marked else "utf-8"))
    if delimiter == "\t" and any('"' in cell for row in cells for cell in row):
        return  # quotation marks in tab-separated text may stand for themselves
    found = read(path)
    assert found.columns == heading
    kept = [row for row in cells if any(cell.strip() for cell in row)]
    assert [list(row.values()) for _, row in found.rows[12:]] == [[value(c, delimiter) for c in row] for row in kept]


@pytest.mark.parametrize(
    ("cell", "delimiter", "meant"),
    [
        (" 3.50 ", ",", 3.5),
        ("-1e3", ",", -1000.0),
        ("3,5", ";", 3.5),
        ("3,5", "\t", "3,5"),
        ("N/A", ",", None),
        ("?", ",", None),
        ("inf", ",", "inf"),
        ("1_000", ",", "1_000"),
        ("red", ",", "red"),
    ],
)
def test_a_cell_is_a_number_a_text_or_nothing(cell: str, delimiter: str, meant: object) -> None:
    assert value(cell, delimiter) == meant


def test_columns_are_told_apart_by_their_values() -> None:
    assert kind_of([1.0, 2.0, None]) == "number"
    assert kind_of([float(n) for n in range(99)] + ["about 5"]) == "number"
    assert kind_of(["red", "green", "red"]) == "category"
    assert kind_of(["2024-05-01", "2024-06-30", None]) == "%Y-%m-%d"
    assert kind_of(["1.5.2024", "30.6.2024"]) == "%d.%m.%Y"
    assert kind_of([f"a sentence of words {n}" for n in range(9)]) == "text"
    assert kind_of([None, None]) == "empty"
    assert identifies([float(n) for n in range(7, 40)])
    assert identifies([f"id-{n * n}" for n in range(40)])
    assert not identifies([float(n * n) for n in range(40)]), "numbers may all differ"
    labels = ["x", "y"] * 10
    assert tells([label.upper() for label in labels], labels)
    assert not tells([f"{label}{n % 3}" for n, label in enumerate(labels)], labels)


def test_a_table_becomes_examples_whose_equal_rows_stay_together(table: Table) -> None:
    text = rows(60)
    data = load(str(table(text + "\n" + "\n".join(text.splitlines()[1:21]))))
    parts = [{e.group for e in part} for part in (data.train, data.val, data.test)]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert sum(map(len, (data.train, data.val, data.test))) == 80
    assert set(values(data.train[0].input)) == {"weight", "colour"}
    assert data.fingerprint() == load(str(table(text + "\n" + "\n".join(text.splitlines()[1:21])))).fingerprint()


def test_what_gives_the_label_away_or_names_the_rows_is_left_out_and_told(table: Table) -> None:
    given = rows(
        number=lambda n: n + 1,
        ticket=lambda n: f"T{n * 7919}",
        twin=lambda n: "AB"[n % 2],
        hollow=lambda n: "",
        shade=lambda n: "about 7" if n == 3 else n % 5,
    )
    data = load(str(table(given)))
    assert set(values(data.train[0].input)) == {"weight", "colour", "shade"}
    told = " ".join(data.notes)
    for name, why in (("number", "names the rows"), ("ticket", "names the rows"), ("hollow", "is empty")):
        assert f"{name!r} {why}" in told
    assert "'twin' gives the label away" in told
    assert "'shade' are no numbers, such as 'about 7'" in told


def test_one_label_nearly_alone_is_told(table: Table) -> None:
    lines = rows(200).splitlines()
    rare = [line[:-1] + ("b" if n < 2 else "a") for n, line in enumerate(lines[1:])]
    notes = " ".join(load(str(table("\n".join([lines[0], *rare])))).notes)
    assert "99.0% of the rows are 'a'" in notes
    assert "balanced_accuracy" in notes


def test_rows_that_cannot_be_used_are_skipped_and_counted(table: Table) -> None:
    data = load(str(table(rows(30) + "\n5,red\n7,red,\n8,green,a")))
    assert [one.reason for one in data.skipped] == ["it has 2 cells, not 3", "its label is missing"]
    assert len(data.examples) == 31


@pytest.mark.parametrize(
    ("text", "config", "sentence"),
    [
        ("", {}, "has no columns"),
        ("a,b\n", {}, "has no rows"),
        ("just text\nand more\n", {}, "has no columns"),
        ("a,a\n1,2\n", {}, "Two columns are called 'a'"),
        (rows(), {"label": "price"}, "There is no column 'price'; there are: weight, colour, label."),
        (rows(), {"label": "weight"}, "has 40 different values, so it is a number to be estimated"),
        (rows(), {"skip": "no such"}, "There is no column 'no such' to leave out"),
        (rows(), {"skip": "weight, colour"}, "No column is left to learn from"),
        (rows(same=lambda n: "x"), {"label": "same"}, "All rows have the same 'same'"),
        ("\0\1\2", {}, "is no text"),
    ],
)
def test_bad_tables_are_refused_in_a_sentence(text: str, config: dict[str, str], sentence: str, table: Table) -> None:
    with pytest.raises(PippinError, match=r"\S") as refused:
        load(str(table(text)), config)
    assert sentence in refused.value.message
    assert "\n" not in refused.value.message


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="is a folder"):
        load(str(tmp_path))
    with pytest.raises(PippinError, match="Cannot read"):
        load(str(tmp_path / "none.csv"))


def test_tab_separated_text_without_heading_or_quotes_is_read(table: Table) -> None:
    lines = [f'{"ham" if n % 3 else "spam"}\tthis is message number {n} of "many' for n in range(40)]
    data = load(str(table("\n".join(lines))))
    assert {example.answer for example in data.examples} == {"ham", "spam"}
    assert "The first row is no heading" in " ".join(data.notes)


def test_other_letters_than_utf8_are_read_with_a_note(table: Table) -> None:
    data = load(str(table(rows().replace("red", "rosé"), "latin-1")))  # type: ignore[call-arg]
    assert "not UTF-8" in " ".join(data.notes)
    assert "rosé" in {values(example.input)["colour"] for example in data.examples}


def test_inputs_are_rows_of_a_file_or_one_row(table: Table) -> None:
    assert [values(one)["weight"] for one in records(table("weight,colour\n3,red\n4,blue"))] == [3.0, 4.0]
    assert values(records({"weight": 3})[0]) == {"weight": 3}
    assert values(records('{"weight": 3, "colour": null}')[0]) == {"weight": 3, "colour": None}
    for bad in ('{"weight": ', '{"weight": [1]}'):
        with pytest.raises(PippinError):
            records(bad)
    assert json.loads(records({"b": 1, "a": 2})[0].read()) == {"a": 2, "b": 1}


def test_the_sample_is_what_its_code_writes() -> None:
    assert SAMPLE.read_bytes() == sample.written()
    assert any("simulated" in note for note in load(None).notes)

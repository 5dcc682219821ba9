"""Which columns are learned from, which is the label, and what is told of each: kinds met in tables of strangers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from pippin.apps.tables.column_roles import decide
from pippin.apps.tables.column_types import MAX_VALUES, infer_types
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import load
from pippin.apps.tables.label_leakage import follows
from pippin.apps.tables.row_encoder import Encoder
from pippin.core.errors import PippinError

Table = Callable[..., Path]
Columns = dict[str, list[str | float | None]]


def columns(count: int = 60, **more: Callable[[int], str | None]) -> Columns:
    """A table of a number, a label, and what `more` makes of each row."""
    made: Columns = {name.replace("_", " "): [value(row) for row in range(count)] for name, value in more.items()}
    made["weight"] = [str(100 + (row * 37) % 53) for row in range(count)]
    made["fruit"] = ["apple" if (row * 37) % 53 > 25 else "ball" for row in range(count)]
    return made


def test_an_index_without_a_name_is_left_out_in_any_order() -> None:
    held = columns(column_1=lambda row: str((row * 17) % 60))
    roles = decide(held, TablesConfig())
    assert roles.left_out["column 1"] == "it names the rows (no two rows are alike, and it has no name)"


def test_columns_of_a_table_without_a_heading_are_no_index() -> None:
    held: Columns = {
        "column 1": [str((row * 17) % 61 + 5) for row in range(60)],
        "column 2": ["a", "b"] * 30,
    }
    assert infer_types(held)["column 1"].kind == "number"


@pytest.mark.parametrize("name", ["ID", "Id", "PATIENT_ID", "customerId", "Unnamed: 0", "Nr"])
def test_an_id_is_told_by_its_name_in_any_case(name: str) -> None:
    assert infer_types({name: [str((row * 17) % 61 + 5) for row in range(60)]})[name].kind == "id"


def test_a_column_of_one_value_is_left_out_and_told() -> None:
    held = columns(currency=lambda row: "EUR", seldom=lambda row: "yes" if row % 9 == 0 else None)
    roles = decide(held, TablesConfig())
    assert roles.left_out == {"currency": "it is 'EUR' in every row"}
    assert "The column 'currency' is left out: it is 'EUR' in every row." in roles.notes
    assert "seldom" in roles.features  # that it is missing tells something


def test_many_values_are_told_with_the_share_learned_from() -> None:
    held = columns(200, town=lambda row: f"Town {row % 3}" if row % 2 else f"Village {row // 2}")
    note = next(note for note in decide(held, TablesConfig()).notes if "'town'" in note)
    assert note == "'town' has 103 different values: the 40 commonest, in 68% of the rows, are learned from."
    assert MAX_VALUES == 40


def test_a_rare_value_is_not_called_unknown() -> None:
    rows = [{"town": f"Town {row if row > 50 else row % 5}"} for row in range(100)]
    encoder = Encoder.fit(rows)
    (said,), fits = encoder.unfit({"town": "Town 99"})
    assert said.startswith("'Town 99' in town is not among its 40 commonest values, which are learned")
    assert not fits
    (said,), _ = Encoder.fit(rows[:50]).unfit({"town": "Town 99"})
    assert said.startswith("'Town 99' in town was not among the values to learn from")


def test_places_are_no_label_where_another_column_can_be() -> None:
    held = columns(latitude=lambda row: f"{40 + row / 7:.4f}")
    held["Longitude"] = [f"{-80 + (row * 31) % 60 / 7:.4f}" for row in range(60)]
    assert decide(held, TablesConfig()).label == "fruit"
    assert decide({name: held[name] for name in ("latitude", "Longitude")}, TablesConfig()).label == "Longitude"


@pytest.mark.parametrize("same", [math.log, lambda x: x * x, lambda x: 1 / x, lambda x: 3 * x - 2])
def test_a_target_in_another_scale_is_told(same: Callable[[float], float]) -> None:
    wage = [1 + (row * 37) % 101 / 10 for row in range(100)]
    noise = [value + (row * 53) % 17 / 4 for row, value in enumerate(wage)]
    held = [f"{same(value):.12g}" for value in wage]
    assert follows(held, wage, infer_types({"x": held})["x"])
    assert not follows([f"{value:.12g}" for value in noise], wage, infer_types({"x": held})["x"])


def test_rows_in_the_order_of_time_are_told() -> None:
    ordered = columns(day=lambda row: f"2024-{1 + row // 28:02}-{1 + row % 28:02}")
    said = "The rows follow one another in time: --time 'day' keeps the last for the test, as for a forecast."
    assert said in decide(ordered, TablesConfig()).notes
    assert said not in decide(ordered, TablesConfig(time="day")).notes
    mixed = columns(day=lambda row: f"2024-01-{1 + (row * 17) % 28:02}")
    assert not any("--time" in note for note in decide(mixed, TablesConfig()).notes)


def test_rows_of_the_same_person_are_told() -> None:
    held = columns(patient_id=lambda row: str(row // 4))
    held["patient_id"] = held.pop("patient id")
    said = "'patient_id' comes in 4 rows each on average: --group 'patient_id' keeps those of one together, out of"
    assert any(note.startswith(said) for note in decide(held, TablesConfig()).notes)
    assert not any("--group" in note for note in decide(held, TablesConfig(group="patient_id")).notes)


def test_equal_rows_of_different_groups_are_scored_on(table: Table) -> None:
    """Chicks weighed at the same ages: their rows are alike, but none is a copy of another's."""
    lines = [f"{chick},{age},{40 + 6 * age + chick}" for chick in range(20) for age in range(8)]
    data = load(str(table("chick,age,weight\n" + "\n".join(lines))), TablesConfig(label="weight", group="chick"))
    keys, groups = ([{getattr(e, name) for e in part} for part in (data.train, data.test)] for name in ("key", "group"))
    assert not keys[0] & keys[1]
    assert not groups[0] & groups[1]
    assert (len(data.test), len(data.examples)) == (32, 160)


def test_repeats_are_cases_of_their_own_by_time_too(table: Table) -> None:
    lines = [f"{2000 + row // 10},{row % 2},{'yes' if row % 2 else 'no'}" for row in range(100)]
    data = load(str(table("year,sign,label\n" + "\n".join(lines))), TablesConfig(time="year"))
    assert not {e.key for e in data.train} & {e.key for e in data.test}
    assert len({e.key for e in data.test}) == len(data.test) == 20


def test_years_are_no_count_of_rows() -> None:
    years: Columns = {"year": [str(1950 + row) for row in range(60)], "row": [str(row + 1) for row in range(60)]}
    kinds = {name: found.kind for name, found in infer_types(years).items()}
    assert kinds == {"year": "number", "row": "id"}


def test_a_column_that_repeats_another_is_left_out_and_told() -> None:
    held = columns()
    held["weight 2"] = held["weight"]
    held["fruit"] = held.pop("fruit")
    roles = decide(held, TablesConfig())
    assert roles.left_out == {"weight 2": "it repeats 'weight'"}
    assert "The column 'weight 2' is left out: it repeats 'weight'." in roles.notes


def test_codes_for_missing_values_are_told() -> None:
    weights = ["-999" if row % 20 == 0 else f"{80 + row}.5" for row in range(60)]
    note = infer_types({"weight": weights})["weight"].note
    assert note.startswith("holds -999 3 times, far from all others (81.5 to 139.5)")
    assert not infer_types({"weight": [str(90 + row % 10) for row in range(60)]})["weight"].note  # 99 among them
    assert not infer_types({"size": ["99999", *map(str, range(0, 60, 2))]})["size"].note  # once


def test_milliseconds_since_1970_are_told() -> None:
    moments = [str(1_704_067_200_000 + 86_400_000 * day) for day in range(30)]
    assert "milliseconds since 1970 (2024-01-01 to 2024-01-30)" in infer_types({"when": moments})["when"].note
    assert not infer_types({"people": [str(1_000_000 * row) for row in range(30)]})["people"].note


def test_numbers_in_several_units_are_told() -> None:
    note = infer_types({"weight": ["120 g" if row % 2 else "0.5 kg" for row in range(20)]})["weight"].note
    assert note == "holds numbers in several units (kg, g): taken as categories; write it in one"
    assert infer_types({"size": [f"{row} cm" for row in range(20)]})["size"].kind == "number"


def test_a_target_in_several_units_is_refused_with_the_reason() -> None:
    held = columns(size=lambda row: f"{row} g" if row % 2 else f"0.{row} kg")
    with pytest.raises(PippinError, match=r"too many to be learned as labels\. It holds numbers in several units"):
        decide(held, TablesConfig(label="size"))


def test_errors_of_excel_are_missing_values() -> None:
    found = infer_types({"ratio": ["#DIV/0!" if row % 5 == 0 else f"{row}.5" for row in range(40)]})["ratio"]
    assert found.kind == "number"


@pytest.mark.parametrize("word", ["Total", "Grand total", "Summe", "SUM:", "Average"])
def test_a_row_of_totals_is_left_out_and_told(word: str, table: Table) -> None:
    rows = "".join(f"shop {row},{100 + row},{'ab'[row % 2]}\n" for row in range(20))
    data = load(str(table(f"shop,sales,label\n{rows}{word},2190,x\n")))
    assert len(data.examples) == 20
    assert [(one.name, one.reason) for one in data.skipped] == [("line 22", f"it sums the others up ({word!r})")]
    named = rows.replace("shop 3,", f"{word},")
    assert len(load(str(table(f"shop,sales,label\n{named}{word},2190,b\n", name="named.csv"))).examples) == 21


def test_seconds_count_in_times_of_day() -> None:
    encoder = Encoder.fit([{"lap": f"0:{row % 3:02}:{row % 60:02}"} for row in range(60)])
    dense = encoder.dense([{"lap": "0:01:10"}, {"lap": "0:01:50"}])
    assert (dense[0] != dense[1]).any()

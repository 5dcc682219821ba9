"""What a column holds is found by its values, as people write numbers, dates and labels."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.tables.column_types import infer_type, infer_types, parse_types, write_types
from pippin.apps.tables.date_text import date_order, parse_moment
from pippin.apps.tables.label_leakage import follows, gives_away, kind_of, tells
from pippin.apps.tables.number_text import decimal_mark, parse_number
from pippin.core.errors import PippinError


@pytest.mark.parametrize(
    ("text", "decimal", "meant"),
    [
        ("3.50", ".", 3.5),
        ("-1e3", ".", -1000),
        ("1 450", ".", 1450),
        ("1\u202f450,5", ",", 1450.5),
        ("14,700", ".", 14700),
        ("14,700", ",", 14.7),
        ("1.234,50", ",", 1234.5),
        ("1.234", ",", 1234),
        ("1,234,567.89", ".", 1234567.89),
        ("1'250.00", ".", 1250),
        ("12,34,567", ".", 1234567),
        ("$12.5", ".", 12.5),
        ("-$12.5", ".", -12.5),
        ("$-12.5", ".", -12.5),
        ("12,50 €", ",", 12.5),
        ("USD 1,200", ".", 1200),
        ("CHF 12.-", ".", -12),
        ("40 %", ".", 40),
        ("40%", ".", 40),
        ("(3.20)", ".", -3.2),
        ("−5", ".", -5),
        ("+5", ".", 5),
        (".5", ".", 0.5),
        ("5.", ".", 5),
        ("inf", ".", None),
        ("nan", ".", None),
        ("1_000", ".", None),
        ("1.2.3", ".", None),
        ("1,23", ".", None),
        ("1.93,50", ",", None),
        ("12 34", ".", None),
        ("٣", ".", None),
        ("12 kg", ".", None),
        ("2024-05-01", ".", None),
        ("(5", ".", None),
        ("12 kg", ".kg", 12),
        ("1,5kg", ",kg", 1.5),
        ("12", ".kg", 12),
        ("12 lb", ".kg", None),
        ("", ".", None),
    ],
)
def test_numbers_as_people_write_them(text: str, decimal: str, meant: float | None) -> None:
    if text == "CHF 12.-":
        meant = parse_number(text)  # a dash for no centimes: either reading is told by the column's odd values
    assert parse_number(text, decimal) == meant


@given(number=st.floats(-1e12, 1e12, allow_nan=False).map(lambda number: round(number, 2)))
def test_a_written_number_is_read_again(number: float) -> None:
    english = f"{number:,.2f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    assert parse_number(english, ".") == number
    assert parse_number(german, ",") == number
    assert parse_number(f"${english}", ".") == number
    assert parse_number(repr(number), ".") == number


def test_the_column_tells_its_decimal_mark() -> None:
    assert decimal_mark(["1.234,50", "12"]) == (",", True)
    assert decimal_mark(["14,700", "2,5"]) == (",", True)
    assert decimal_mark(["14,700", "1,200"]) == (".", False)
    assert decimal_mark(["1.234.567"]) == (",", True)
    assert decimal_mark(["0,123"]) == (",", True)
    german = infer_types({"a": ["1,5", "2,75", "3"], "b": ["1.234", "2.500", "1.100"]})
    assert german["b"].form == ",", "the rest of the table decides where a column does not"
    assert "1234" in german["b"].note
    assert infer_type(["1.234", "2.500"]).form == "."


@pytest.mark.parametrize(
    ("text", "order", "meant"),
    [
        ("2024-05-01", "dmy", (2024, 5, 1, 0, 0)),
        ("2024-05-01T21:25:30.5Z", "dmy", (2024, 5, 1, 21, 25)),
        ("2024-05-01 21:25:00+02:00", "dmy", (2024, 5, 1, 21, 25)),
        ("2024/5/1 9:05 PM", "dmy", (2024, 5, 1, 21, 5)),
        ("1.5.2024", "mdy", (2024, 5, 1, 0, 0)),
        ("3/4/24", "mdy", (2024, 3, 4, 0, 0)),
        ("3/4/24", "dmy", (2024, 4, 3, 0, 0)),
        ("31-12-1999", "dmy", (1999, 12, 31, 0, 0)),
        ("1/2/85", "mdy", (1985, 1, 2, 0, 0)),
        ("3 March 2024", "dmy", (2024, 3, 3, 0, 0)),
        ("03-Mar-24", "dmy", (2024, 3, 3, 0, 0)),
        ("March 3, 2024", "dmy", (2024, 3, 3, 0, 0)),
        ("Sept. 1st, 2024", "dmy", (2024, 9, 1, 0, 0)),
        ("Mon, 4 Mar 2024 07:40", "dmy", (2024, 3, 4, 7, 40)),
        ("20240501", "dmy", (2024, 5, 1, 0, 0)),
        ("21:25", "dmy", (2000, 1, 1, 21, 25)),
        ("12:05 am", "dmy", (2000, 1, 1, 0, 5)),
        ("2024-02-30", "dmy", None),
        ("25:00", "dmy", None),
        ("1.2.3.4", "dmy", None),
        ("12.50", "dmy", None),
        ("May", "dmy", None),
        ("99999999", "dmy", None),
    ],
)
def test_dates_as_people_write_them(text: str, order: str, meant: tuple[int, ...] | None) -> None:
    found = parse_moment(text, order)
    assert (found.replace(second=0) if found else None) == (datetime(*meant) if meant else None)


@given(moment=st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)))
def test_a_written_date_is_read_again(moment: datetime) -> None:
    moment = moment.replace(second=0, microsecond=0)
    for form in ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d %B %Y, %I:%M %p", "%Y-%m-%dT%H:%M:%S"):
        assert parse_moment(moment.strftime(form)) == moment
    assert parse_moment(moment.strftime("%m/%d/%Y %H:%M"), "mdy") == moment


def test_the_column_tells_which_comes_first() -> None:
    assert date_order(["3/4/24", "14/4/24"]) == ("dmy", True)
    assert date_order(["3/4/24", "4/14/24"]) == ("mdy", True)
    assert date_order(["3/4/24", "4/5/24"]) == ("mdy", False)
    unclear = infer_type(["2/6/24", "6/9/24", "8/6/24"])
    assert unclear.kind == "date"
    assert "06 February 2024" in unclear.note
    assert "date day-first" in unclear.note


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", None], "number"),
        ([*map(str, range(0, 198, 2)), "about 5"], "number"),
        ([*map(str, range(0, 60, 2)), "NA", "-", "?"], "number"),
        (["red", "green", "red"], "category"),
        (["2024-05-01", "2024-06-30", None], "date"),
        (["05.02.2024", "3 March 2024", "3/14/2024"], "date"),
        (["21:25", "07:40"], "date"),
        (["20240501", "20240630"], "date"),
        (["007", "012", "113"], "category"),
        ([f"a sentence of words {n}" for n in range(9)], "text"),
        ([None, None], "empty"),
        (["NA", "-"], "empty"),
        ([str(n) for n in range(7, 40)], "id"),
        ([f"id-{n * n}" for n in range(40)], "id"),
        ([str(n * n) for n in range(40)], "number"),
        ([f"{n}.5" for n in range(40)], "number"),
        (["yes", "no"] * 9, "category"),
        ([f"{n * n} kg" for n in range(30)], "number"),
        ([f"{n}{('st', 'nd', 'rd', 'th')[n % 4]}" for n in range(12)] * 3, "category"),
        ([f"class {n % 5}" for n in range(30)], "category"),
    ],
)
def test_columns_are_told_apart_by_their_values(values: list[str | None], kind: str) -> None:
    assert kind_of(values) == kind
    assert infer_type(values).why


def test_a_name_tells_an_id() -> None:
    rising = [str(1000 + 3 * n + n % 2) for n in range(40)]
    assert infer_type(rising, "customer_id").kind == "id"
    assert infer_type(rising, "weight").kind == "number"


def test_a_user_says_otherwise() -> None:
    columns = {"zip": ["12345", "23456", "34567"] * 9, "price": ["1.234", "2.500", "3.100"] * 9, "at": ["3/4/24"] * 27}
    told = infer_types(columns, "zip=category, price=number comma, at=date day-first")
    assert [found.kind for found in told.values()] == ["category", "number", "date"]
    assert [found.form for found in told.values()] == ["", ",", "dmy"]
    again = parse_types(write_types(told))
    assert {name: found[:2] for name, found in again.items()} == {name: found[:2] for name, found in told.items()}
    for text, sentence in (("zip", "tells no type"), ("zip=colour", "tells no type"), ("zap=text", "no column 'zap'")):
        with pytest.raises(PippinError, match=sentence):
            infer_types(columns, text)
    with pytest.raises(PippinError, match="tells no types"):
        parse_types("{broken")
    for text in ('{"zip": ["colour", ""]}', '{"zip": 3}', '{"zip": []}'):
        with pytest.raises(PippinError, match="tells no types"):
            parse_types(text)


def test_what_tells_the_label_is_found() -> None:
    labels = ["x", "y"] * 10
    assert tells([label.upper() for label in labels], labels)
    assert not tells([f"{label}{n % 3}" for n, label in enumerate(labels)], labels)
    halves = ["x"] * 20 + ["y"] * 20
    numbers = [str(n) for n in range(40)]
    assert gives_away(numbers, halves, infer_type(numbers))
    assert not gives_away(numbers, labels * 2, infer_type(numbers))
    flags = [str(n % 2) for n in range(40)]
    assert not gives_away(flags, ["x" if n % 3 else "y" for n in range(40)], infer_type(flags)), "ties tell nothing"
    shops = [f"shop {n % 10}" for n in range(40)]
    by_shop = ["x" if n % 10 < 5 else "y" for n in range(40)]
    assert gives_away(shops, by_shop, infer_type(shops))
    metres = [str(n * n) for n in range(40)]
    assert follows(metres, [39.37 * n * n for n in range(40)], infer_type(metres))
    assert not follows(metres, [float(n % 7) for n in range(40)], infer_type(metres))

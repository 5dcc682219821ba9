"""Months, quarters and weeks as people write them are dates; seasons are none, and midnight is no time of day."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.tables.column_types import infer_type
from pippin.apps.tables.date_text import parse_moment
from pippin.apps.tables.row_encoder import Encoder


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1991 Jul", (1991, 7)),
        ("Jul 1991", (1991, 7)),
        ("July, 1991", (1991, 7)),
        ("Jul-91", (1991, 7)),
        ("1991-07", (1991, 7)),
        ("07/1991", (1991, 7)),
        ("1991M07", (1991, 7)),
        ("1970 Q1", (1970, 1)),
        ("1970Q4", (1970, 10)),
        ("Q42010", (2010, 10)),
        ("Q2 2010", (2010, 4)),
        ("3Q2010", (2010, 7)),
        ("13/1991", None),
        ("1970 Q5", None),
        ("Q4", None),
        ("Jul", None),
        ("0000-01", None),
        ("1991", None),
        ("1991.07", None),
    ],
)
def test_months_and_quarters(text: str, meant: tuple[int, int] | None) -> None:
    assert parse_moment(text) == (None if meant is None else datetime(*meant, 1))


@given(day=st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_written_month_or_week_is_read_again(day: date) -> None:
    first = datetime(day.year, day.month, 1)
    for form in ("%Y-%m", "%m/%Y", "%b %Y", "%Y %B"):
        assert parse_moment(day.strftime(form)) == first
    year, week, _ = day.isocalendar()
    assert parse_moment(f"{year}-W{week:02}") == datetime.fromisocalendar(year, week, 1)


def test_a_week_that_is_none() -> None:
    assert parse_moment("2024-W54") is None


def test_seasons_are_no_months() -> None:
    assert infer_type([f"20{year:02}-{year + 1:02}" for year in range(1, 12)] * 3).kind == "category"
    assert infer_type([f"2001-{month:02}" for month in range(1, 13)]).kind == "date"


def test_midnight_is_no_time_of_day() -> None:
    dates = [f"2015-12-{day:02} 00:00:00" for day in range(1, 29)]
    assert "minutes" not in infer_type(dates).note
    assert "minutes" in infer_type([*dates, "2015-12-30 12:30:00"]).note


def test_months_have_no_weekday() -> None:
    months = Encoder.fit([{"when": f"2001-{month:02}", "size": 1.0} for month in range(1, 13)])
    days = Encoder.fit([{"when": f"2001-{month:02}-15", "size": 1.0} for month in range(1, 13)])
    assert [facts.get("part") for facts in months.facts if facts["name"] == "when"] == ["days", "month"]
    assert [facts.get("part") for facts in days.facts if facts["name"] == "when"] == ["days", "month", "weekday"]

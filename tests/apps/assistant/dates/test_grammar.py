"""Dates and times as people say them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.spoken import say_length
from pippin.apps.assistant.dates.when import Span

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 3, 8, 10, tzinfo=ZONE)  # a Tuesday


def read(text: str, **more: object) -> list[Span]:
    return [when.resolve(NOW, ZONE) for when in find_whens(text, NOW, **more)]  # type: ignore[arg-type]


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("at 5", at(3, 17)),
        ("tomorrow at 8", at(4, 8)),
        ("half past seven", at(3, 19, 30)),
        ("tomorrow at half seven", at(4, 19, 30)),
        ("7 in the morning tomorrow", at(4, 7)),
        ("tonight at 9", at(3, 21)),
        ("five thirty", at(3, 17, 30)),
        ("ten to five", at(3, 16, 50)),
        ("noon tomorrow", at(4, 12)),
        ("tomorrow at midnight", at(5)),
        ("on Thursday next week at half past five", at(12, 17, 30)),
        ("in 20 minutes", at(3, 8, 30)),
        ("in an hour and a half", at(3, 9, 40)),
        ("first Friday of next month at 9", at(3, 9, month=4)),
        ("the 14th at 18:00", at(14, 18)),
        ("2026-04-05 14:00", at(5, 14, month=4)),
        ("at 7", at(3, 19)),  # 07:00 has passed, and bare 1 to 7 is afternoon anyway
        ("at 8", at(3, 20)),  # 08:00 has passed, so the other half of today
    ],
)
def test_moments(text: str, start: datetime) -> None:
    (span,) = read(text)
    assert span.start == start
    assert span.grain == "minute"


@pytest.mark.parametrize(
    ("text", "first", "last", "grain"),
    [
        ("this weekend", 7, 9, "weekend"),
        ("next week", 9, 16, "week"),
        ("from monday to wednesday", 9, 12, "day"),
        ("3-5 march", 3, 6, "day"),
        ("this Thursday", 5, 6, "day"),
        ("Friday week", 13, 14, "day"),
        ("two weeks from friday", 20, 21, "day"),
        ("wednesday the 4th", 4, 5, "day"),
        ("the next three days", 3, 6, "day"),
    ],
)
def test_days(text: str, first: int, last: int, grain: str) -> None:
    (span,) = read(text)
    assert (span.start, span.end, span.grain) == (at(first), at(last), grain)


def test_a_range_of_times_shares_its_half_of_the_day() -> None:
    (span,) = read("from 2 to 3 pm on Monday")
    assert (span.start, span.end) == (at(9, 14), at(9, 15))
    (span,) = read("tomorrow from ten to five")
    assert (span.start, span.end) == (at(4, 10), at(4, 17))


def test_a_week_later_goes_on_from_the_day_last_talked_of() -> None:
    assert read("and a week later?", anchor=date(2026, 3, 12))[0].start == at(19)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("on 30 february", "There is no 30 February."),
        ("february 29 2027", "There is no 29 February 2027."),
        ("at 25:00", "There is no time 25:00."),
        ("31 april at 5", "There is no 31 April."),
        ("in 9999 years", "That date is beyond the calendar."),
    ],
)
def test_what_cannot_be_says_why(text: str, problem: str) -> None:
    assert [when.problem for when in find_whens(text, NOW)] == [problem]


def test_an_hour_that_clocks_skip_is_refused_and_its_day_has_23_hours() -> None:
    (when,) = find_whens("on 29 march at 01:30", NOW)
    with pytest.raises(ValueError, match="The clocks skip 01:30 on 29 March 2026"):
        when.resolve(NOW, ZONE)
    (day,) = read("29 march")
    assert day.end.timestamp() - day.start.timestamp() == 23 * 3600


@pytest.mark.parametrize(
    "text",
    [
        "the second one",
        "two bags of chips",
        "may I",
        "6.00.1x",
        "for 8.75",
        "a table for 4",
        "I sat down",
        "march on",
        "",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert find_whens(text, NOW) == []


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("an hour and a half", 90),
        ("2 hours and 10 minutes", 130),
        ("a quarter of an hour", 15),
        ("1h30", 90),
        ("two and a half hours", 150),
    ],
)
def test_durations(text: str, minutes: int) -> None:
    assert [item.length for item in find_durations(text)] == [timedelta(minutes=minutes)]


def test_lengths_are_said_whole() -> None:
    assert say_length(timedelta(seconds=90)) == "1 minute 30 seconds"
    assert say_length(timedelta(minutes=165)) == "2 hours 45 minutes"


@given(st.text(max_size=80))
@settings(max_examples=150)
def test_any_text_is_read_without_a_trace(text: str) -> None:
    for when in find_whens(text, NOW):
        assert 0 <= when.begin < when.stop <= len(text)


WORDS = [
    "monday",
    "tomorrow",
    "next",
    "last",
    "week",
    "at",
    "5",
    "30",
    "february",
    "2027",
    "the",
    "31st",
    "of",
    "in",
    "days",
    "ago",
    "from",
    "to",
    "half",
    "past",
    "pm",
    "morning",
    "until",
    "25",
    "a",
    "first",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
@settings(max_examples=300)
def test_spans_end_after_they_begin(text: str) -> None:
    for when in find_whens(text, NOW, bare=True):
        if not when.problem:
            span = when.resolve(NOW, ZONE)
            assert span.start <= span.end

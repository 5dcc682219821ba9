"""Calendars as files: read whole, changed without touching anything else."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.assistant.sources.ics_editing import (
    exclude_occurrence,
    move_event,
    move_occurrence,
    shift_series,
    write_event,
)
from pippin.apps.assistant.sources.ics_reading import read_calendar
from pippin.apps.assistant.sources.ics_text import event_text, find_blocks, replace_event
from pippin.core.errors import PippinError

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2025, 1, 8, 7, 26, tzinfo=ZONE)
WINDOW = (NOW - timedelta(days=30), NOW + timedelta(days=60))
DATA = Path(os.environ.get("PIPPIN_TEST_DATA") or Path(__file__).parents[4].parent / "shared" / "data") / "assistant"
SERIES = (
    "BEGIN:VEVENT\r\nUID:s\r\nDTSTAMP:20240101T000000Z\r\nSUMMARY:Stand-up\r\nDTSTART;TZID=America/New_York:20250106T093000\r\n"
    "DTEND;TZID=America/New_York:20250106T094500\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEND:VEVENT\r\n"
)
SINGLE = (
    "BEGIN:VEVENT\r\nUID:d\r\nDTSTAMP:20240101T000000Z\r\nSUMMARY:Dentist\\, with\r\n  a "
    "fold\r\nDTSTART:20250109T190000Z\r\nDTEND:20250109T194500Z\r\nX-OWN:kept\r\nEND:VEVENT\r\n"
)


def wrap(*blocks: str) -> str:
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-NOTE:mine\r\n" + "".join(blocks) + "END:VCALENDAR\r\n"


def starts(text: str) -> list[str]:
    events = read_calendar(wrap(text), "c.ics", 1, ZONE, WINDOW).events
    return sorted(f"{event.start:%d %H:%M}-{event.end:%H:%M}" for event in events)


def test_one_occurrence_is_taken_out_or_moved_and_the_series_stays() -> None:
    first = "2025-01-07T09:30:00-05:00"
    assert starts(exclude_occurrence(SERIES, first)) == [
        "06 09:30-09:45",
        "08 09:30-09:45",
        "09 09:30-09:45",
        "10 09:30-09:45",
    ]
    start = NOW.replace(day=7, hour=11, minute=0)
    moved = move_occurrence(SERIES, first, start, start + timedelta(minutes=15), NOW)
    assert starts(moved)[1] == "07 11:00-11:15"
    assert len(starts(moved)) == 5
    again = move_occurrence(moved, first, start.replace(hour=12), start.replace(hour=13), NOW)
    assert starts(again)[1] == "07 12:00-13:00"
    assert "07" not in "".join(starts(exclude_occurrence(again, first)))


def test_a_whole_series_keeps_its_exceptions_when_its_time_changes() -> None:
    without = exclude_occurrence(SERIES, "2025-01-07T09:30:00-05:00")
    assert starts(shift_series(without, timedelta(hours=1), NOW)) == [
        "06 10:30-10:45",
        "08 10:30-10:45",
        "09 10:30-10:45",
        "10 10:30-10:45",
    ]


def test_a_single_event_keeps_its_zone_and_what_else_it_holds() -> None:
    start = datetime(2025, 1, 9, 15, 0, tzinfo=ZONE)
    text = move_event(SINGLE, start, start + timedelta(minutes=45), NOW)
    assert "DTSTART:20250109T200000Z" in text
    assert "X-OWN:kept" in text
    assert "SEQUENCE:1" in text


def test_a_file_is_changed_in_its_one_event_alone() -> None:
    text = wrap(SERIES, SINGLE)
    for newline in ("\r\n", "\n"):
        file = text.replace("\r\n", newline)
        own = event_text(file, "d")
        assert own is not None
        changed = replace_event(file, "d", own.replace("Dentist", "Doctor"))
        assert changed == file.replace("Dentist", "Doctor")
        assert replace_event(replace_event(file, "d", None), "d", own) == file
    assert [block.summary for block in find_blocks(text)] == ["Stand-up", "Dentist, with a fold"]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1, max_size=60))
@settings(max_examples=60)
def test_any_title_comes_back_as_it_was_written(title: str) -> None:
    title = " ".join(title.split())
    if not title.isprintable() or not title:
        return
    start = NOW + timedelta(days=1)
    text = write_event("new", title, start, start + timedelta(hours=1), NOW)
    (event,) = read_calendar(
        replace_event(wrap(SERIES), "new", text), "c.ics", 1, ZONE, (start, start + timedelta(minutes=1))
    ).events[-1:]
    assert event.summary == title
    assert event.start == start.replace(microsecond=0)


def test_what_is_no_calendar_is_refused() -> None:
    with pytest.raises(PippinError, match="no calendar"):
        read_calendar("hello", "c.ics", 1, ZONE, WINDOW)
    with pytest.raises(PippinError, match="no END:VCALENDAR"):
        replace_event("BEGIN:VCALENDAR\n", "x", SINGLE)


def test_one_broken_rule_ends_no_reading_of_others() -> None:
    broken = SERIES.replace("UID:s", "UID:b").replace("FREQ=DAILY;COUNT=5", "FREQ=SOMETIMES")
    content = read_calendar(wrap(broken, SINGLE), "c.ics", 1, ZONE, WINDOW)
    assert [event.summary for event in content.events] == ["Dentist, with a fold"]
    assert len(content.skipped) == 1


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "events"), [("machbar_16_feb_2019.ics", 64), ("Germany.ics", 159), ("Germany_Holidays.ics", 34)]
)
def test_calendars_of_others_are_read_whole(name: str, events: int) -> None:
    from pippin.apps.assistant.sources.ics_reading import read_calendar_file

    zone = ZoneInfo("Europe/Berlin")
    window = (datetime(1990, 1, 1, tzinfo=zone), datetime(2030, 1, 1, tzinfo=zone))
    content = read_calendar(read_calendar_file(DATA / "ics" / name), name, 1, zone, window)
    assert content.skipped == []
    assert len({event.uid for event in content.events}) >= 0.9 * len(
        {b.uid for b in find_blocks(read_calendar_file(DATA / "ics" / name))}
    )
    assert len(content.events) >= 0.9 * events

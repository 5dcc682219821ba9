"""Changes of events as text: a new event, one occurrence or a whole series moved or taken out."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pippin.core.errors import PippinError


def write_event(
    uid: str, summary: str, start: datetime | date, end: datetime | date, now: datetime, rule: str = ""
) -> str:
    """Return the text of a new event; dates without a time make it an all-day event (its end is exclusive).

    `rule` repeats it: "WEEKLY".
    """
    import icalendar

    part = icalendar.Event()
    part.add("UID", uid)
    part.add("DTSTAMP", now.astimezone(UTC))
    part.add("SUMMARY", summary)
    part.add("DTSTART", start)
    part.add("DTEND", end)
    if rule:
        part.add("RRULE", icalendar.vRecur.from_ical(f"FREQ={rule}"))
    return str(part.to_ical().decode())


def exclude_occurrence(text: str, occurrence: str) -> str:
    """Return a series without one occurrence, given by its original beginning."""
    parts = _parse(text)
    master = _master(parts)
    left = [part for part in parts if not _is_exception(part, occurrence)]
    master.add("EXDATE", _like_start(master, occurrence))
    return _join(left)


def move_event(text: str, start: datetime, end: datetime, now: datetime) -> str:
    """Return a single event at other times."""
    (part,) = _parse(text)
    _set_times(part, start, end, now)
    return _join([part])


def move_occurrence(text: str, occurrence: str, start: datetime, end: datetime, now: datetime) -> str:
    """Return a series one of whose occurrences has other times."""
    parts = _parse(text)
    exceptions = [part for part in parts if _is_exception(part, occurrence)]
    if exceptions:
        _set_times(exceptions[0], start, end, now)
        return _join(parts)
    master = _master(parts)
    part = copy.deepcopy(master)
    for name in ("RRULE", "RDATE", "EXDATE", "DURATION"):
        part.pop(name, None)
    part.add("RECURRENCE-ID", _like_start(master, occurrence))
    _set_times(part, start, end, now)
    return _join([*parts, part])


def shift_series(text: str, shift: timedelta, now: datetime) -> str:
    """Return a series of which every occurrence begins `shift` later on the same day."""
    parts = _parse(text)
    for part in parts:
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
            if name in part:
                value = part.decoded(name)
                del part[name]
                part.add(name, value + shift)
        if "EXDATE" in part:
            listed = part["EXDATE"] if isinstance(part["EXDATE"], list) else [part["EXDATE"]]
            dates = [value.dt + shift for entry in listed for value in entry.dts]
            del part["EXDATE"]
            for value in dates:
                part.add("EXDATE", value)
        _stamp(part, now)
    return _join(parts)


def _parse(text: str) -> list[Any]:
    import icalendar

    calendar = icalendar.Calendar.from_ical(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{text.strip()}\nEND:VCALENDAR\n")
    return list(calendar.walk("VEVENT"))


def _master(parts: list[Any]) -> Any:
    for part in parts:
        if "RECURRENCE-ID" not in part:
            return part
    raise PippinError("The calendar holds exceptions of a series without the series; change it in your calendar.")


def _like_start(master: Any, occurrence: str) -> date | datetime:
    """Return an original beginning as the series itself writes its beginnings (date, zone, UTC or floating)."""
    start = master.decoded("DTSTART")
    if not isinstance(start, datetime):
        return date.fromisoformat(occurrence[:10])
    moment = datetime.fromisoformat(occurrence)
    if start.tzinfo is None:
        return moment.replace(tzinfo=None)
    return moment.astimezone(start.tzinfo) if moment.tzinfo else moment.replace(tzinfo=start.tzinfo)


def _is_exception(part: Any, occurrence: str) -> bool:
    if "RECURRENCE-ID" not in part:
        return False
    original, value = part.decoded("RECURRENCE-ID"), datetime.fromisoformat(occurrence)
    if not isinstance(original, datetime):
        return bool(original == value.date())
    if original.tzinfo is None or value.tzinfo is None:
        return bool(original.replace(tzinfo=None) == value.replace(tzinfo=None))
    return bool(original == value)


def _set_times(part: Any, start: datetime, end: datetime, now: datetime) -> None:
    """Write times as the event wrote them: in its own zone, in UTC, or floating."""
    old = part.decoded("DTSTART")
    for name in ("DTSTART", "DTEND", "DURATION"):
        part.pop(name, None)
    for name, value in (("DTSTART", start), ("DTEND", end)):
        part.add(name, _in_form_of(old, value))
    _stamp(part, now)


def _in_form_of(old: date | datetime, value: datetime) -> date | datetime:
    if not isinstance(old, datetime):
        return value if value.hour or value.minute else value.date()
    return value.replace(tzinfo=None) if old.tzinfo is None else value.astimezone(old.tzinfo)


def _stamp(part: Any, now: datetime) -> None:
    sequence = int(part.get("SEQUENCE", 0))
    for name in ("DTSTAMP", "SEQUENCE"):
        part.pop(name, None)
    part.add("DTSTAMP", now.astimezone(UTC))
    part.add("SEQUENCE", sequence + 1)


def _join(parts: list[Any]) -> str:
    return "".join(part.to_ical().decode() for part in parts)

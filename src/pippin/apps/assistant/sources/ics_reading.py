"""Reads .ics files: events with their occurrences; what cannot be read is skipped and named."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from pippin.apps.assistant.sources.events import Event, in_zone
from pippin.apps.assistant.sources.ics_text import find_blocks, find_zones
from pippin.core.errors import PippinError, missing_extra

DEFAULT_LENGTH = timedelta(hours=1)
MAX_BYTES = 20_000_000


@dataclass
class CalendarContent:
    """What an .ics file holds: occurrences, the JSON of travel reservations, and sentences on what was skipped."""

    events: list[Event] = field(default_factory=list)
    reservations: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def decode(content: bytes) -> str:
    """Return an .ics file's text; it is UTF-8, or else Latin-1."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def read_calendar(
    text: str, name: str, source: int, zone: tzinfo, window: tuple[datetime, datetime]
) -> CalendarContent:
    """Return the occurrences of a calendar within `window`, in `zone`.

    PippinError where the file is no calendar at all.
    """
    try:
        import icalendar
        import recurring_ical_events  # type: ignore[import-untyped]
        import x_wr_timezone  # type: ignore[import-untyped]
    except ImportError as problem:
        raise missing_extra("icalendar", "assistant", "reading a calendar") from problem
    if "BEGIN:VCALENDAR" not in text[:5000].upper():
        raise PippinError(f"{name} is no calendar: it has no BEGIN:VCALENDAR.", input=name)
    content = CalendarContent()
    blocks = find_blocks(text)
    head = _calendar_head(text)
    good: list[str] = []
    for block in blocks:
        why = _problem_of(_without_empty_rules(block.text))
        if why:
            content.skipped.append(f"{block.summary or 'An event without a title'} in {name}: {why}.")
        else:
            good.append(_without_empty_rules(block.text))
    whole = f"{head}{find_zones(text)}{''.join(good)}END:VCALENDAR\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = x_wr_timezone.to_standard(icalendar.Calendar.from_ical(whole))
    single, repeated = [], icalendar.Calendar()
    overridden = {str(part.get("UID")) for part in calendar.walk("VEVENT") if part.get("RECURRENCE-ID")}
    for part in calendar.walk("VEVENT"):
        if part.get("X-KDE-KITINERARY-RESERVATION"):
            content.reservations.append(str(part["X-KDE-KITINERARY-RESERVATION"]))
        if _was_cancelled(part) and not part.get("RECURRENCE-ID"):
            continue
        if part.get("RRULE") or part.get("RDATE") or str(part.get("UID")) in overridden:
            repeated.add_component(part)
        else:
            single.append(part)
    for part in single:
        _add(content, part, source, zone, window, name)
    _add_repeated(content, repeated, recurring_ical_events, source, zone, window, name)
    return content


def _calendar_head(text: str) -> str:
    zone = re.search(r"^X-WR-TIMEZONE:.*$", text, re.MULTILINE)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{zone[0].strip() if zone else 'X-NONE:x'}\n"


def _without_empty_rules(block: str) -> str:
    """Drop rules of repetition that say nothing, as some programs write them."""
    return re.sub(r"^RRULE:[ \t]*\r?\n", "", block, flags=re.MULTILINE)


def _was_cancelled(part: Any) -> bool:
    return str(part.get("STATUS", "")).upper() == "CANCELLED"


def _problem_of(block: str) -> str:
    """Return why one VEVENT cannot be used, or ""."""
    import icalendar

    try:
        part = icalendar.Event.from_ical(block)
        start = part.decoded("DTSTART") if "DTSTART" in part else None
        if start is None:
            return "it has no beginning that is a date"
        if isinstance(start, datetime | date) and not 1 < start.year < 9999:
            return "its year is beyond the calendar"
        if "DTEND" in part:
            part.decoded("DTEND")
        if "RRULE" in part and not _has_frequency(part):
            return "its rule of repetition has no frequency"
    except Exception as problem:
        return f"it cannot be read ({' '.join(str(problem).split())[:80] or type(problem).__name__})"
    return ""


def _has_frequency(part: Any) -> bool:
    return bool(part["RRULE"].get("FREQ"))


def _add(
    content: CalendarContent, part: Any, source: int, zone: tzinfo, window: tuple[datetime, datetime], name: str
) -> None:
    try:
        event = make_event(part, source, zone)
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError) as problem:
        content.skipped.append(f"{part.get('SUMMARY', 'An event')} in {name}: {str(problem)[:80]}.")
        return
    unknown = _unknown_zone(part)
    if unknown:
        content.skipped.append(
            f"{event.summary} in {name} names the unknown time zone {unknown}; it is taken as local."
        )
    if event.end >= window[0] and event.start <= window[1] and not _was_cancelled(part):
        content.events.append(event)


def _unknown_zone(part: Any) -> str:
    start = part.get("DTSTART")
    zone = start.params.get("TZID", "") if start is not None else ""
    return str(zone) if zone and isinstance(start.dt, datetime) and start.dt.tzinfo is None else ""


def _add_repeated(
    content: CalendarContent, calendar: Any, expand: Any, source: int, zone: tzinfo,
    window: tuple[datetime, datetime], name: str,
) -> None:  # fmt: skip
    """Add the occurrences of all series; where one cannot be expanded, the others are."""
    groups: dict[str, list[Any]] = {}
    for part in calendar.walk("VEVENT"):
        groups.setdefault(str(part.get("UID", "")), []).append(part)
    import icalendar

    for parts in groups.values():
        one = icalendar.Calendar()
        for part in parts:
            one.add_component(part)
        try:
            for part in expand.of(one).between(*window):
                _add(content, part, source, zone, window, name)
        except Exception as problem:
            why = " ".join(str(problem).split())[:80] or type(problem).__name__
            content.skipped.append(f"{parts[0].get('SUMMARY', 'A series')} in {name} cannot be repeated ({why}).")


def make_event(part: Any, source: int, zone: tzinfo) -> Event:
    """Return one VEVENT (of a series: one occurrence) as a value."""
    start = part.decoded("DTSTART")
    all_day = not isinstance(start, datetime)
    if "DTEND" in part:
        end = part.decoded("DTEND")
    elif "DURATION" in part:
        end = start + part.decoded("DURATION")
    else:
        end = start + (timedelta(days=1) if all_day else DEFAULT_LENGTH)
    begins = in_zone(start, zone)
    ends = max(in_zone(end, zone), begins)
    if all_day and ends == begins:
        ends = in_zone(start + timedelta(days=1), zone)
    repeats = "RRULE" in part or "RDATE" in part or "RECURRENCE-ID" in part
    original = part.decoded("RECURRENCE-ID") if "RECURRENCE-ID" in part else start
    return Event(
        str(part.get("UID", "")),
        source,
        str(part.get("SUMMARY", "")).strip() or "(no title)",
        begins,
        ends,
        all_day,
        str(part.get("LOCATION", "")).strip(),
        _as_written(original) if repeats else "",
    )


def _as_written(value: date | datetime) -> str:
    return value.isoformat()


def read_calendar_file(path: Path) -> str:
    """Return the text of an .ics file of a size that can be read."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise PippinError(
            f"{path} has {size // 1_000_000} MB; calendars are read up to {MAX_BYTES // 1_000_000} MB. "
            "Export a shorter span of time.",
            input=path,
        )
    return decode(path.read_bytes())

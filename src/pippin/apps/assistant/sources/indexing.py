"""Indexes one file of a source: what its kind holds goes into the database, what cannot be read is named."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pippin.apps.assistant.sources import kinds
from pippin.apps.assistant.sources.catalogue import read_catalogue
from pippin.apps.assistant.sources.events import Event, to_utc
from pippin.apps.assistant.sources.flights import read_flights
from pippin.apps.assistant.sources.ics_reading import decode, read_calendar, read_calendar_file
from pippin.apps.assistant.sources.mail import Mail, read_eml, read_mbox
from pippin.apps.assistant.sources.offers import read_menu, read_products
from pippin.apps.assistant.sources.structured_data import find_objects, read_json_ld
from pippin.apps.assistant.sources.timetable_reading import read_timetable
from pippin.core.errors import PippinError

BEFORE, AFTER = timedelta(days=400), timedelta(days=800)
"""Series are expanded so far before and after now."""
MAX_TEXT = 64_000_000


@dataclass
class Found:
    """What a file holds: occurrences, records by kind, and sentences on what was skipped."""

    events: list[Event] = field(default_factory=list)
    records: list[tuple[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    low: datetime | None = None
    high: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it can be used."""
        return not (self.events or self.records or self.low)

    def event_rows(self, file: int) -> list[tuple[Any, ...]]:
        """Return the rows of its events."""
        return [
            (file, e.uid, e.summary, to_utc(e.start), to_utc(e.end), e.start.isoformat(), e.end.isoformat(),
             e.all_day, e.location, e.occurrence)
            for e in self.events
        ]  # fmt: skip


def read_source_file(path: Path, kind: str, file: int, now: datetime, timetables: Path) -> Found:
    """Return what a file holds; PippinError where nothing in it can be read."""
    if kind == kinds.TIMETABLE:
        return _read_timetable(path, file, timetables)
    if kind == kinds.MAILBOX:
        return _merge([_read_mail(mail, path, file, now) for mail in read_mbox(path)])
    if kind == kinds.CALENDAR:
        return _read_ics(read_calendar_file(path), path, file, now)
    if path.stat().st_size > MAX_TEXT:
        raise PippinError(f"{path} has {path.stat().st_size // 1_000_000} MB, more than can be read.", input=path)
    content = path.read_bytes()
    if kind == kinds.MAIL:
        return _read_mail(read_eml(content), path, file, now)
    text = decode(content)
    if kind == kinds.TABLE:
        courses, skipped = read_catalogue(text)
        return Found(records=[("course", course) for course in courses], notes=[f"{path.name}: {s}." for s in skipped])
    objects = read_json_ld(text) if kind == kinds.JSON else find_objects(text)
    return _read_objects(objects, 0.0, now)


def _read_ics(text: str, path: Path, file: int, now: datetime) -> Found:
    low, high = now - BEFORE, now + AFTER
    zone = now.tzinfo
    assert zone is not None
    content = read_calendar(text, path.name, file, zone, (low, high))
    flights = [f for reservation in content.reservations for f in read_flights(read_json_ld(reservation), 0.0, zone)]
    records = [("flights", flights)] if flights else []
    return Found(content.events, records, content.skipped, low, high)


def _read_mail(mail: Mail, path: Path, file: int, now: datetime) -> Found:
    found = [_read_objects(find_objects(page), mail.sent, now) for page in mail.pages]
    for calendar in mail.calendars:
        try:
            found.append(_read_ics(calendar, path, file, now))
        except PippinError as problem:
            found.append(Found(notes=[problem.message]))
    return _merge(found)


def _read_objects(objects: list[dict[str, Any]], sent: float, now: datetime) -> Found:
    assert now.tzinfo is not None
    flights = read_flights(objects, sent, now.tzinfo)
    records: list[tuple[str, Any]] = [("flights", flights)] if flights else []
    records += [("dish", dish) for dish in read_menu(objects)]
    records += [("product", product) for product in read_products(objects)]
    return Found(records=records)


def _read_timetable(path: Path, file: int, timetables: Path) -> Found:
    timetable = read_timetable(path)
    target = timetables / f"timetable-{file}.npz"
    timetable.save(target)
    notes = [] if timetable.connections.size else [f"{path.name} has no rides."]
    return Found(records=[("timetable", {"path": str(target), "name": path.name})], notes=notes)


def _merge(all_found: list[Found]) -> Found:
    whole = Found()
    for found in all_found:
        whole.events += found.events
        whole.records += found.records
        whole.notes += found.notes
        whole.low, whole.high = found.low or whole.low, found.high or whole.high
    return whole


def record_rows(found: Found, file: int) -> list[tuple[Any, ...]]:
    """Return the rows of a file's records."""
    return [(file, kind, json.dumps(value)) for kind, value in found.records]

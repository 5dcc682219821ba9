"""Events of calendars as values: an occurrence, and how it is told as an item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any


@dataclass(frozen=True)
class Event:
    """One occurrence of an event; `start` and `end` are moments, of an all-day event the midnights around it.

    `occurrence` is the original beginning of one of a series as written ("20250109T093000"), empty for a single event.
    """

    uid: str
    source: int
    summary: str
    start: datetime
    end: datetime
    all_day: bool = False
    location: str = ""
    occurrence: str = ""

    @property
    def in_series(self) -> bool:
        """Whether it is one of several."""
        return bool(self.occurrence)

    def item(self) -> dict[str, Any]:
        """Return it as an item of an act; the last day of an all-day event is the day before its end."""
        if self.all_day:
            first, last = self.start.date(), max((self.end - timedelta(hours=1)).date(), self.start.date())
            times: dict[str, Any] = {"start": first.isoformat(), "end": last.isoformat(), "all_day": True}
        else:
            times = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        extra = {"location": self.location} if self.location else {}
        return {"summary": self.summary, **times, **extra, "uid": self.uid, "occurrence": self.occurrence}


def in_zone(value: date | datetime, zone: tzinfo) -> datetime:
    """Return a date or moment as a moment in `zone`; a moment without zone is taken as local there."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(zone)


def to_utc(moment: datetime) -> float:
    """Return seconds since 1970."""
    return moment.astimezone(UTC).timestamp()

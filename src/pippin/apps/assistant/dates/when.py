"""A date or time as it was said, perhaps in part, and the interval it stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from pippin.apps.assistant.dates.calendar_math import at_minutes, is_skipped, midnight
from pippin.apps.assistant.dates.vocabulary import PARTS

NOON, AFTERNOON_UNTIL = 12, 7
"""Bare hours from 1 to 7 are in the afternoon."""


@dataclass(frozen=True)
class Clock:
    """A time of day; `bare` where neither a.m. nor p.m. nor 24 hours were said."""

    hour: int
    minute: int = 0
    bare: bool = False

    def minutes(self, part: str = "") -> int:
        """Return minutes after midnight; `part` of the day decides for a bare hour."""
        hour = self.hour
        if self.bare:
            late = PARTS.get(part, (0, 0))[0] >= NOON
            if late and hour < NOON and not ("night" in part and hour <= 4):
                hour += 12
            elif "night" in part and (hour <= 4 or hour == NOON):
                hour = hour % 12 + 24
            elif not part and 1 <= hour <= AFTERNOON_UNTIL:
                hour += 12
            elif "morning" in part and hour == NOON:
                hour = 0
        return hour * 60 + self.minute


@dataclass(frozen=True)
class Span:
    """An interval [start, end) and its grain: "minute", "part", "day", "weekend", "week", "month", "year"."""

    start: datetime
    end: datetime
    grain: str


@dataclass(frozen=True)
class When:
    """What was said of a date or time at `text[begin:stop]`.

    `first` and `last` (exclusive) are days; `bound` is "after" or "before" where one end is open; `instant` is a moment
    that was said as such ("in 20 minutes"). `problem` says why it cannot be ("There is no 30 February.").
    """

    begin: int = 0
    stop: int = 0
    first: date | None = None
    last: date | None = None
    grain: str = ""
    time: Clock | None = None
    until: Clock | None = None
    part: str = ""
    bound: str = ""
    instant: datetime | None = None
    problem: str = ""

    @property
    def has_day(self) -> bool:
        """Whether a day or a moment was said, not a time of day alone."""
        return self.first is not None or self.instant is not None

    @property
    def has_time(self) -> bool:
        """Whether a time of day or a moment was said."""
        return self.time is not None or self.instant is not None

    def on(self, day: date) -> When:
        """Return it on `day`, where it names none."""
        return self if self.has_day else replace(self, first=day, last=day + timedelta(days=1), grain="day")

    def resolve(self, now: datetime, zone: tzinfo) -> Span:
        """Return the interval it stands for; a time alone is the next such time.

        ValueError with a sentence where the clocks skip it.
        """
        span = self._without_bound(now, zone)
        day = self.first or span.start.astimezone(zone).date()
        if self.bound == "after" and self.has_time:
            return Span(span.start, midnight(day + timedelta(days=1), zone), span.grain)
        if self.bound == "after":
            return Span(span.end, span.end + timedelta(days=365), span.grain)
        if self.bound == "before":
            start = midnight(day, zone) if self.has_time else midnight(now.astimezone(zone).date(), zone)
            return Span(min(start, span.start), span.start, span.grain)
        return span

    def _without_bound(self, now: datetime, zone: tzinfo) -> Span:
        if self.instant is not None:
            return Span(self.instant, self.instant, "minute")
        today = now.astimezone(zone).date()
        if self.time is not None:
            return self._clock_span(now, zone, today)
        first, last = self.first or today, self.last or today + timedelta(days=1)
        if self.part:
            start, end = PARTS[self.part]
            return Span(
                at_minutes(first, start * 60, zone), at_minutes(last - timedelta(days=1), end * 60, zone), "part"
            )
        return Span(midnight(first, zone), midnight(last, zone), self.grain or "day")

    def _clock_span(self, now: datetime, zone: tzinfo, today: date) -> Span:
        assert self.time is not None
        minutes = self.time.minutes(self.part)
        day = self.first or today
        start = at_minutes(day, minutes, zone)
        if self.first is None and start < now.replace(second=0, microsecond=0):
            other = self._other_half(minutes, now, zone, today)
            day, minutes = other if other else (today + timedelta(days=1), minutes)
            start = at_minutes(day, minutes, zone)
        if is_skipped(start):
            raise ValueError(f"The clocks skip {start:%H:%M} on {start.day} {start:%B %Y}.")
        if self.until is None:
            return Span(start, start, "minute")
        end_minutes = self.until.minutes(self.part)
        if self.until.bare and end_minutes <= minutes and end_minutes + 720 > minutes:
            end_minutes += 720
        if self.until.bare and self.time.bare and end_minutes - minutes > 720 and self.until.hour > self.time.hour:
            end_minutes -= 720
        end = at_minutes(day, end_minutes if end_minutes > minutes else end_minutes + 1440, zone)
        return Span(start, end, "minute")

    def _other_half(self, minutes: int, now: datetime, zone: tzinfo, today: date) -> tuple[date, int] | None:
        """Return the other half of today where a bare hour has passed in the first, and still comes in the second."""
        assert self.time is not None
        later = minutes + 720
        fits = self.time.bare and not self.part and minutes < 720
        return (today, later) if fits and at_minutes(today, later, zone) >= now else None

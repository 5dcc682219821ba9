"""Arithmetic of the calendar: months, weekdays, and moments of a zone whose days may have 23 or 25 hours."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta, tzinfo


def add_months(day: date, months: int) -> date:
    """Return the same day some months later; the last of a month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9998:
        raise ValueError(f"{year} is no year")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def start_of_week(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def next_weekday(day: date, weekday: int) -> date:
    """Return the first such weekday after `day`."""
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def nth_weekday(month: date, weekday: int, n: int) -> date | None:
    """Return the n-th such weekday of the month that begins with `month`; -1 is the last; None where there is none."""
    days = [
        date(month.year, month.month, day)
        for day in range(1, calendar.monthrange(month.year, month.month)[1] + 1)
        if date(month.year, month.month, day).weekday() == weekday
    ]
    return days[n - 1 if n > 0 else n] if -len(days) <= n <= len(days) else None


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the beginning of a day in a zone."""
    return datetime.combine(day, time(), zone)


def at_minutes(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return the moment at which the clock shows `minutes` after midnight (24:00 and later: the next day)."""
    days, minutes = divmod(minutes, 1440)
    return datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), zone)


def is_skipped(moment: datetime) -> bool:
    """Tell whether clocks skip this moment, as they do for an hour in spring."""
    again = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return again.replace(tzinfo=None) != moment.replace(tzinfo=None)


def add_exactly(moment: datetime, span: timedelta) -> datetime:
    """Return the moment `span` of real time later, in the same zone."""
    return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)

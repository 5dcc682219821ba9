"""How dates, times and lengths are said in replies."""

from __future__ import annotations

from datetime import date, datetime, timedelta


def say_day(day: date, today: date) -> str:
    """Return a day as people say it: "tomorrow, Thursday 9 January"."""
    name = f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if abs((day - today).days) > 300 else "")
    word = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days)
    return f"{word}, {name}" if word else name


def say_time(moment: datetime) -> str:
    """Return a time as 14:45."""
    return f"{moment:%H:%M}"


def say_moment(moment: datetime, today: date) -> str:
    """Return day and time: "today, Tuesday 3 March, at 18:00"."""
    day = say_day(moment.date(), today)
    return f"{day}{',' if ',' in day else ''} at {say_time(moment)}"


def say_length(length: timedelta) -> str:
    """Return a length of time: "2 hours 45 minutes"."""
    minutes = round(length.total_seconds() / 60)
    seconds = round(length.total_seconds())
    if 0 < seconds < 600 and seconds % 60:
        rest = f"{seconds % 60} second{'' if seconds % 60 == 1 else 's'}"
        return f"{say_length(timedelta(seconds=seconds - seconds % 60))} {rest}" if seconds > 60 else rest
    parts = ((minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute"))
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "0 minutes"


def say_money(amount: float, currency: str = "") -> str:
    """Return an amount: "11.75 USD"."""
    return f"{amount:.2f} {currency}".strip()


def say_list(words: list[str]) -> str:
    """Join words: "a, b and c"."""
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)

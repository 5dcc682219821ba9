"""Dates and times of day as people write them: 2024-05-01, 1.5.2024 21:25, 3/14/24 9 pm, 3 March 2024, 2024 Q3."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

BEGINNING = date(2000, 1, 1)
TIME_ONLY = "time"
MAX_LENGTH = 60  # of a text that can be a date
ORDERS = ("dmy", "mdy")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_TIME = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?:Z|UTC|[-+]\d{2}:?\d{2})?"
)
_DAY = (
    r"(?P<y1>\d{4})[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})",
    r"(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<y2>\d{4}|\d{2})",
    rf"(?P<d3>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]*{_MONTH}[\s,-]*(?P<y3>\d{{4}}|\d{{2}})",
    rf"{_MONTH}\s*(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{{4}})",
    r"(?P<y1>(?:19|20)\d{2})(?P<m1>\d{2})(?P<d1>\d{2})",
)
_FORMS = tuple(re.compile(rf"(?:[a-z]{{3,9}},?\s+)?{day}(?:(?:\s*T|\s+|,\s*){_TIME})?", re.IGNORECASE) for day in _DAY)
_PERIODS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<y1>\d{4})[-/](?P<m1>\d{1,2})",
        r"(?P<y1>\d{4})M(?P<m1>\d{2})",
        r"(?P<m1>\d{1,2})[-/](?P<y1>\d{4})",
        rf"{_MONTH}[\s,/-]*(?P<y3>\d{{4}})",
        rf"{_MONTH}[-/' ]+(?P<y3>\d{{2}})",
        rf"(?P<y3>\d{{4}})[\s,/-]*{_MONTH}",
        r"(?P<y1>\d{4})[\s,/-]*Q(?P<quarter>[1-4])",
        r"(?:Q(?P<quarter>[1-4])|(?P<quarter2>[1-4])Q)[\s,/-]*(?P<y1>\d{4})",
        r"(?P<y1>\d{4})-?W(?P<week>\d{2})",
    )
)
_CLOCK = re.compile(_TIME, re.IGNORECASE)


@lru_cache(maxsize=65536)
def parse_moment(text: str, order: str = "dmy") -> datetime | None:
    """Parse the moment a text says; `order` reads 3/4/24 as "dmy" or "mdy". A time alone is of the day `BEGINNING`."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    if (clock := _CLOCK.fullmatch(text)) and (seconds := _seconds(clock)) is not None:
        return datetime(BEGINNING.year, BEGINNING.month, BEGINNING.day) + timedelta(seconds=seconds)
    match = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    if match is None:
        return _parse_period(text)
    seconds = _seconds(match) if match["hour"] else 0
    if seconds is None:
        return None
    try:
        return datetime(*_day(match.groupdict(), order)) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None


def _parse_period(text: str) -> datetime | None:
    """Return the first day of the month, the quarter or the week that a text names."""
    match = next((one for form in _PERIODS if (one := form.fullmatch(text))), None)
    if match is None:
        return None
    found = match.groupdict()
    try:
        if found.get("week"):
            return datetime.fromisocalendar(int(found["y1"]), int(found["week"]), 1)
        if quarter := found.get("quarter") or found.get("quarter2"):
            return datetime(int(found["y1"]), 3 * int(quarter) - 2, 1)
        return datetime(*_day({**found, "d1": "1", "d3": "1"}, ""))
    except ValueError:
        return None


def is_season(text: str) -> bool:
    """Return whether a text could name two years, as 2001-02 does, rather than a month."""
    return bool(re.fullmatch(r"\d{4}[-/]\d{2}", text)) and int(text[5:]) == (int(text[:4]) + 1) % 100


def _seconds(match: re.Match[str]) -> int | None:
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 61 else None


def _day(found: dict[str, str | None], order: str) -> tuple[int, int, int]:
    if found.get("y1"):
        return int(found["y1"] or 0), int(found["m1"] or 0), int(found["d1"] or 0)
    if found.get("name"):
        return _year(found["y3"] or ""), MONTHS.index((found["name"] or "")[:3].lower()) + 1, int(found["d3"] or 0)
    first, second = int(found["a"] or 0), int(found["b"] or 0)
    month_first = order == "mdy" and found["mark"] != "."
    return (_year(found["y2"] or ""), first, second) if month_first else (_year(found["y2"] or ""), second, first)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def date_order(texts: Iterable[str]) -> tuple[str, bool]:
    """Return whether days ("dmy") or months ("mdy") come first in a column, and whether its texts settle it."""
    first = second = unsettled = 0
    for text in texts:
        match = re.match(r"(\d{1,2})([-/])(\d{1,2})\2(?:\d{4}|\d{2})(?!\d)", text[:MAX_LENGTH].strip())
        if match:
            first += int(match[1]) > 12
            second += int(match[3]) > 12
            unsettled += 1
    if not unsettled:
        return "dmy", True
    return ("dmy" if first > second else "mdy"), first != second


def is_clock(text: str) -> bool:
    """Return whether a text is a time of day without a date."""
    return len(text) <= MAX_LENGTH and bool(_CLOCK.fullmatch(text.strip()))

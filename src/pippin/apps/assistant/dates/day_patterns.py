"""Patterns of days: each names a span of whole days, relative to today or to the day last talked of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from pippin.apps.assistant.dates.calendar_math import add_months, next_weekday, nth_weekday, start_of_week
from pippin.apps.assistant.dates.vocabulary import (
    FIXED_DAYS,
    MONTH,
    MONTHS,
    NUMBER,
    ORDINAL,
    WEEKDAY,
    WEEKDAYS,
    alternatives,
    read_number,
)

Days = tuple[date, date, str]
"""First day, last day (exclusive), grain."""
DAY = timedelta(days=1)
CLEAR_WEEKDAY = rf"(?:{alternatives(word for word in WEEKDAYS if word not in ('sat', 'sun', 'wed', 'mon'))})"
END = (
    r"(?=\s*(?:$|[,.?!;]|at\b|from\b|in the\b|to\b|until\b|till\b|and\b|by\b|for\b|or\b|morning|afternoon|"
    r"evening|is\b))"
)
YEAR = r"(?:,? (?P<year>(?:19|20)\d\d))?"
WHICH = r"(?P<which>this coming|the coming|coming|the following|following|this|next|last|the next|the last)"


@dataclass(frozen=True)
class Today:
    """What days are relative to: `anchor` is the day last talked of; in some places 3/4 is 4 March (`month_first`)."""

    today: date
    anchor: date
    month_first: bool = False


def _one(day: date) -> Days:
    return day, day + DAY, "day"


def _week(day: date) -> Days:
    monday = start_of_week(day)
    return monday, monday + 7 * DAY, "week"


def _month(day: date) -> Days:
    first = day.replace(day=1)
    return first, add_months(first, 1), "month"


def _shift(day: date, n: int, unit: str) -> date:
    unit = unit.rstrip("s")
    if unit in ("month", "year"):
        return add_months(day, n * (12 if unit == "year" else 1))
    return day + n * {"day": 1, "week": 7, "fortnight": 14}[unit] * DAY


def _same_day(match: re.Match[str], on: Today) -> Days:
    return _one(on.anchor)


def _same_unit(match: re.Match[str], on: Today) -> Days:
    if match["unit"] == "weekend":
        saturday = start_of_week(on.anchor) + 5 * DAY
        return saturday, saturday + 2 * DAY, "weekend"
    return _week(on.anchor) if match["unit"] == "week" else _month(on.anchor)


def _named(match: re.Match[str], on: Today) -> Days:
    offsets = {"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "yesterday": -1, "last night": -1,
               "the day after tomorrow": 2, "day after tomorrow": 2, "the day before yesterday": -2}  # fmt: skip
    return _one(on.today + offsets[match[0]] * DAY)


def _weekday(match: re.Match[str], on: Today) -> Days:
    weekday = WEEKDAYS[match["weekday"]]
    which = (match["which"] or "").removeprefix("the ")
    week = (match["week"] or "").strip()
    this_week = start_of_week(on.today) + weekday * DAY
    if week:
        weeks = {
            "next week": 1,
            "of next week": 1,
            "this week": 0,
            "of this week": 0,
            "week after next": 2,
            "last week": -1,
        }
        if week in ("week", "in a week"):
            return _one(next_weekday(on.today, weekday) + 7 * DAY)
        return _one(this_week + 7 * weeks.get(week.removeprefix("the "), 1) * DAY)
    if which == "last":
        return _one(next_weekday(on.today, weekday) - (14 if this_week == on.today else 7) * DAY)
    if which == "next" and this_week > on.today:
        return _one(this_week + 7 * DAY)
    if which == "this" and this_week == on.today:
        return _one(on.today)
    if which in ("following",):
        return _one(next_weekday(on.anchor, weekday))
    return _one(next_weekday(on.today, weekday))


def _next_weeks_day(match: re.Match[str], on: Today) -> Days:
    weeks = {"next": 1, "this": 0, "last": -1}[match["which"]]
    return _one(start_of_week(on.today) + (7 * weeks + WEEKDAYS[match["weekday"]]) * DAY)


def _unit(match: re.Match[str], on: Today) -> Days:
    which = re.sub(r"^the ", "", match["which"] or "this")
    n = {"next": 1, "last": -1, "following": 1}.get(which, 0)
    unit = match["unit"]
    base = on.anchor if which == "following" else on.today
    if unit == "weekend":
        saturday = start_of_week(base) + 5 * DAY + 7 * n * DAY
        return saturday, saturday + 2 * DAY, "weekend"
    if unit == "week":
        return _week(base + 7 * (n or (1 if which == "coming" else 0)) * DAY)
    if unit == "month":
        return _month(add_months(base.replace(day=1), n))
    if unit == "year":
        return date(base.year + n, 1, 1), date(base.year + n + 1, 1, 1), "year"
    return _one(base + DAY)


def _rest(match: re.Match[str], on: Today) -> Days:
    end = {"day": on.today + DAY, "week": _week(on.today)[1], "month": _month(on.today)[1]}[match["unit"]]
    return on.today, end, "day"


def _coming(match: re.Match[str], on: Today) -> Days:
    n = read_number(match["n"])
    if match["which"] == "last" or match["which"] == "past":
        return _shift(on.today, -n, match["unit"]), on.today, "day"
    return on.today, _shift(on.today, n, match["unit"]), "day"


def _month_day(match: re.Match[str], on: Today) -> Days:
    month, day = MONTHS[match["month"]], read_number(match["day"])
    if match["year"]:
        return _one(_date(int(match["year"]), month, day))
    if month == 2 and day == 29:
        return _one(next(date(y, 2, 29) for y in range(on.today.year, on.today.year + 9) if _is_day(y, on.today)))
    found = _date(on.today.year, month, day)
    return _one(found if found >= on.today else _date(on.today.year + 1, month, day))


def _is_day(year: int, today: date) -> bool:
    return (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) and date(year, 2, 29) >= today


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as problem:
        name = list(MONTHS)[[*MONTHS.values()].index(month)].capitalize() if 1 <= month <= 12 else f"month {month}"
        leap = f" {year}" if (month, day) == (2, 29) else ""
        raise ValueError(f"There is no {day} {name}{leap}.") from problem


def _range_in_month(match: re.Match[str], on: Today) -> Days:
    month, low, high = MONTHS[match["month"]], read_number(match["low"]), read_number(match["high"])
    year = int(match["year"] or on.today.year)
    last = _date(year, month, high)
    if not match["year"] and last < on.today:
        year, last = year + 1, _date(year + 1, month, high)
    first = _date(year, month, low)
    if first > last:
        raise ValueError(f"{low} to {high} ends before it begins.")
    return first, last + DAY, "day"


def _ordinal_day(match: re.Match[str], on: Today) -> Days:
    day, month = read_number(match["day"]), (match["of"] or "").strip()
    if month:
        first = add_months(on.today.replace(day=1), 1 if "next" in month else 0)
        return _one(_date(first.year, first.month, day))
    if not 1 <= day <= 31:
        raise ValueError(f"No month has a day {day}.")
    first = max(on.anchor, on.today).replace(day=1)
    for months in range(13):
        month_start = add_months(first, months)
        candidate = add_months(month_start, 1) - DAY
        if candidate.day >= day and month_start.replace(day=day) >= on.today:
            return _one(month_start.replace(day=day))
    raise ValueError(f"No month has a day {day}.")


def _iso(match: re.Match[str], on: Today) -> Days:
    return _one(_date(int(match["year"]), int(match["month"]), int(match["day"])))


def _slashed(match: re.Match[str], on: Today) -> Days:
    one, two = int(match["one"]), int(match["two"])
    month, day = (one, two) if on.month_first and match["mark"] == "/" else (two, one)
    if month > 12 >= day:
        month, day = day, month
    if match["year"]:
        year = int(match["year"])
        return _one(_date(year + 2000 if year < 100 else year, month, day))
    found = _date(on.today.year, month, day)
    return _one(found if found >= on.today else _date(on.today.year + 1, month, day))


def _whole_month(match: re.Match[str], on: Today) -> Days:
    month = MONTHS[match["month"]]
    if match["year"]:
        return _month(date(int(match["year"]), month, 1))
    year = on.today.year + (month < on.today.month)
    if match["which"] == "next" and month == on.today.month:
        year += 1
    if match["which"] == "last":
        year = on.today.year - (month >= on.today.month)
    return _month(date(year, month, 1))


def _year(match: re.Match[str], on: Today) -> Days:
    year = int(match["year"])
    return date(year, 1, 1), date(year + 1, 1, 1), "year"


def _nth_weekday(match: re.Match[str], on: Today) -> Days:
    n = -1 if match["n"] == "last" else read_number(match["n"])
    named = match["month"]
    if named in MONTHS:
        year = int(match["year"]) if match["year"] else on.today.year + (MONTHS[named] < on.today.month)
        first = date(year, MONTHS[named], 1)
    else:
        first = add_months(on.today.replace(day=1), 1 if "next" in named else 0)
    day = nth_weekday(first, WEEKDAYS[match["weekday"]], n)
    if day is None:
        raise ValueError(f"That month has no {match['n']} {match['weekday'].capitalize()}.")
    return _one(day)


def _in_units(match: re.Match[str], on: Today) -> Days:
    return _one(_shift(on.today, read_number(match["n"]), match["unit"]))


def _ago(match: re.Match[str], on: Today) -> Days:
    return _one(_shift(on.today, -read_number(match["n"]), match["unit"]))


def _from_named(match: re.Match[str], on: Today) -> Days:
    base = {"today": on.today, "tomorrow": on.today + DAY, "now": on.today}.get(match["base"])
    base = base or next_weekday(on.today, WEEKDAYS[match["base"]])
    return _one(_shift(base, read_number(match["n"]), match["unit"]))


def _later(match: re.Match[str], on: Today) -> Days:
    n = read_number(match["n"]) * (-1 if match["way"] in ("earlier", "before that") else 1)
    return _one(_shift(on.anchor, n, match["unit"]))


def _beside(match: re.Match[str], on: Today) -> Days:
    n = -1 if match["way"].startswith(("before", "previous")) else 1
    return _week(on.anchor + 7 * n * DAY) if match["unit"] == "week" else _one(on.anchor + n * DAY)


def _fixed(match: re.Match[str], on: Today) -> Days:
    month, day = FIXED_DAYS[match[0]]
    found = date(on.today.year, month, day)
    return _one(found if found >= on.today else date(on.today.year + 1, month, day))


def _part_of_month(match: re.Match[str], on: Today) -> Days:
    unit = match["unit"]
    if "week" in unit:
        monday = start_of_week(on.today) + (7 * DAY if "next" in unit else 0 * DAY)
        low, high = {"beginning": (0, 3), "start": (0, 3), "middle": (2, 5), "end": (4, 7)}[match["part"]]
        return monday + low * DAY, monday + high * DAY, "day"
    first = add_months(on.today.replace(day=1), 1) if "next" in unit else on.today.replace(day=1)
    if unit in MONTHS:
        first = date(on.today.year + (MONTHS[unit] < on.today.month), MONTHS[unit], 1)
    low, high = {"beginning": (0, 10), "start": (0, 10), "middle": (9, 20), "end": (20, 40)}[match["part"]]
    return first + low * DAY, min(first + high * DAY, add_months(first, 1)), "day"


PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str], Today], Days]]] = [
    (re.compile(pattern), read)
    for pattern, read in (
        (r"the day after tomorrow|day after tomorrow|the day before yesterday|today|tonight|tomorrow|tmrw|"
            r"yesterday|last night",
         _named),
        (r"(?:on |for )?(?:that|the same|that same) day\b", _same_day),
        (rf"(?P<n>{NUMBER}) (?P<unit>days?|weeks?|fortnights?|months?|years?) (?:from|after) (?P<base>today|now|"
            rf"tomorrow|{WEEKDAY})",
         _from_named),
        (rf"(?P<n>a|two) (?P<unit>week|weeks) on (?P<base>{WEEKDAY})", _from_named),
        (rf"(?:the )?(?P<n>{ORDINAL}|last) (?P<weekday>{WEEKDAY}) (?:of|in) (?P<month>{MONTH}|next month|this "
            rf"month|the month){YEAR}",
         _nth_weekday),
        (rf"(?P<which>next|this|last) week(?:'s)?(?: on)? (?P<weekday>{WEEKDAY})", _next_weeks_day),
        (rf"(?:{WHICH} )(?P<weekday>{WEEKDAY})(?P<week>)", _weekday),
        (rf"(?P<which>)(?P<weekday>{WEEKDAY})(?P<week> (?:of )?(?:next|this|last) week| (?:the )?week after "
            rf"next| in a week| week\b)",
         _weekday),
        (rf"(?P<which>)(?P<weekday>{CLEAR_WEEKDAY})(?P<week>)'?s\b(?! \d)", _weekday),
        (rf"(?P<which>)(?P<weekday>{CLEAR_WEEKDAY}|(?<=on ){WEEKDAY}|(?<=for ){WEEKDAY}|(?<=by ){WEEKDAY}|"
            rf"^{WEEKDAY}$|(?<=about ){WEEKDAY}\b(?! (?:in|down))|(?<=\w ){WEEKDAY}(?=[?.!]*$)|"
            rf"(?<=\w ){WEEKDAY}(?= (?:at|morning|afternoon|evening|night|lunchtime|\d)\b))(?P<week>)",
         _weekday),
        (r"(?:(?:in|for|within|over) )?(?:the )?(?P<which>next|coming|last|past) "
         rf"(?P<n>{NUMBER}) (?P<unit>days?|weeks?|months?|years?)", _coming),
        (rf"{WHICH} (?P<unit>weekend|week|month|year)", _unit),
        (r"(?P<which>)(?:the )(?P<unit>weekend)", _unit),
        (r"(?P<which>following|next) (?P<unit>day)", _unit),
        (r"(?:the )?(?:rest|remainder) of (?:the|this) (?P<unit>day|week|month)", _rest),
        (rf"(?:the )?(?P<low>{ORDINAL}|\d{{1,2}}) ?(?:to|-|–|until|till|through|and) ?(?:the "
            rf")?(?P<high>{ORDINAL}|\d{{1,2}}) "
         rf"(?:of )?(?P<month>{MONTH}){YEAR}", _range_in_month),
        (rf"(?P<month>{MONTH}) (?P<low>\d{{1,2}}) ?(?:to|-|–|until|through) "
            rf"?(?P<high>\d{{1,2}})\b(?!:){YEAR}", _range_in_month),
        (rf"(?:the )?(?P<day>{ORDINAL}|\d{{1,2}}) (?:of )?(?P<month>{MONTH}){YEAR}", _month_day),
        (rf"(?P<month>{MONTH}) (?:the )?(?P<day>{ORDINAL}|\d{{1,2}}(?![\d:]))(?! ?(?:am|pm|a\.m|"
            rf"p\.m)){YEAR}", _month_day),
        (rf"(?:on |by |for |until |from )?the (?P<day>{ORDINAL})(?P<of> of (?:next|this|the) month)", _ordinal_day),
        (rf"(?P<of>)(?:the )?(?P<day>\d{{1,2}}(?:st|nd|rd|th)){END}", _ordinal_day),
        (rf"(?P<of>)(?<=on )the (?P<day>{ORDINAL}){END}", _ordinal_day),
        (r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", _iso),
        (r"(?P<one>\d{1,2})(?P<mark>[/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)", _slashed),
        (r"(?P<one>\d{1,2})(?P<mark>/)(?P<two>\d{1,2})(?P<year>)", _slashed),
        (rf"(?P<which>next|this|last)? "
            rf"?(?P<month>{alternatives(name for name in MONTHS if name not in ('may', 'mar', 'march'))}){YEAR}",
         _whole_month),
        (rf"(?P<which>(?<=in )|(?<=for )|(?<=of )|next |this )(?P<month>{MONTH}){YEAR}", _whole_month),
        (rf"in (?P<n>{NUMBER}) (?P<unit>days?|weeks?|fortnights?|months?|years?)", _in_units),
        (rf"(?P<n>{NUMBER}) (?P<unit>days?|weeks?|fortnights?|months?|years?) ago", _ago),
        (rf"(?P<n>{NUMBER}) (?P<unit>days?|weeks?|fortnights?|months?) (?P<way>later|after that|earlier|before "
            rf"that)", _later),
        (r"the (?P<unit>day|week) (?P<way>after|before)(?: that\b| it\b)?(?! (?!at\b|around\b|in the\b|for\b|"
        r"then\b)[a-z])",
         _beside),
        (r"(?:on |over )?(?:that|the same) (?P<unit>weekend|week|month)", _same_unit),
        (r"the (?P<way>previous) (?P<unit>day|week)", _beside),
        (alternatives(FIXED_DAYS), _fixed),
        (r"(?<=in )(?P<year>20\d\d)(?![\d:])", _year),
        (rf"the (?P<part>beginning|start|middle|end) of (?P<unit>the month|next month|this month|next week|the "
            rf"week|this week|{MONTH})",
         _part_of_month),
    )
]  # fmt: skip

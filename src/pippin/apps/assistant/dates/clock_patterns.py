"""Patterns of times of day: "half past seven", "5 pm", "17:30", "noon", "five thirty"."""

from __future__ import annotations

import re
from collections.abc import Callable

from pippin.apps.assistant.dates.vocabulary import NUMBERS, alternatives, read_number
from pippin.apps.assistant.dates.when import Clock

HOUR_WORDS = [word for word, value in NUMBERS.items() if 1 <= value <= 12]
HOUR = rf"(?:\d{{1,2}}|{alternatives(HOUR_WORDS)})"
MERIDIEM = r"(?P<half>a\.?m\.?|p\.?m\.?)(?![a-z])"
MINUTE_WORDS = ("fifteen", "thirty", "forty", "fifty", "forty-five", "forty five", "twenty", "ten", "twenty five")
OFFSETS = {"quarter": 15, "a quarter": 15, "half": 30}
BEFORE_HOUR = r"(?:at|by|before|after|until|till|around|about|from|since|to|for|between|@)"
BY_DAY = r"(?= ?(?:in the (?:morning|afternoon|evening)|at night|tonight|today|tomorrow)\b)"


def _make(hour: int, minute: int, half: str | None = None) -> Clock:
    """Return a time; ValueError with a sentence where there is no such time."""
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12) or (hour == 24 and minute):
        raise ValueError(f"There is no time {hour}:{minute:02}{' ' + half if half else ''}.")
    if half:
        return Clock(hour % 12 + (12 if half.startswith("p") else 0), minute)
    return Clock(hour, minute, bare=1 <= hour <= 12)


def _digits(match: re.Match[str]) -> Clock:
    clock = _make(int(match["hour"]), int(match["minute"]), match["half"])
    padded = match["hour"].startswith("0")
    return Clock(clock.hour, clock.minute, bare=clock.bare and not padded)


def _hour(match: re.Match[str]) -> Clock:
    groups = match.groupdict()
    return _make(read_number(match["hour"]), 0, groups.get("half"))


def _offset(match: re.Match[str]) -> Clock:
    word = re.sub(r" minutes?$", "", match["minute"])
    minutes = OFFSETS.get(word) or read_number(word)
    hour = read_number(match["hour"])
    if minutes > 59:
        raise ValueError(f"There is no time {match[0]}.")
    half = match.groupdict().get("half")
    if match["way"] in ("to", "before", "till"):
        hour, minutes = (hour - 2) % 12 + 1 if hour <= 12 else hour - 1, 60 - minutes
    return _make(hour, minutes, half)


def _named(match: re.Match[str]) -> Clock:
    return Clock(24 if match[0] == "midnight" else 12)


def _words(match: re.Match[str]) -> Clock:
    minute = match["minute"]
    value = read_number(minute.split()[-1]) if minute.startswith("oh") else read_number(minute)
    return _make(read_number(match["hour"]), value, match["half"])


def _british(match: re.Match[str]) -> Clock:
    return _make(read_number(match["hour"]), 30, None)


def _military(match: re.Match[str]) -> Clock:
    clock = _make(int(match["hour"]), int(match["minute"]))
    return Clock(clock.hour, clock.minute)


PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Clock]]] = [
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?: ?{MERIDIEM})?", _digits),
        (rf"(?P<hour>\d{{1,2}})\.(?P<minute>\d\d) ?{MERIDIEM}", _digits),
        (rf"(?P<hour>\d{{1,2}})\.(?P<minute>[0-5]\d)(?P<half>){BY_DAY}", _digits),
        (r"(?:(?<=at )|(?<=make it )|^(?=\d{1,2}[.h]\d\d$))"
            r"(?P<hour>\d{1,2})[.h](?P<minute>[0-5]\d)(?P<half>)\b", _digits),
        (rf"(?P<minute>half|a quarter|quarter|\d{{1,2}} minutes?|(?:5|10|20|25)|five|ten|twenty|twenty[- ]five|"
            rf"(?:{alternatives(NUMBERS)}) minutes?) "
         rf"(?P<way>past|to|before|till|after) (?P<hour>{HOUR})(?: ?{MERIDIEM})?(?![\d:])", _offset),
        (rf"(?P<hour>{HOUR}) ?{MERIDIEM}", _hour),
        (rf"(?P<hour>{HOUR}) ?o[’' ]?clock(?: ?{MERIDIEM})?", _hour),
        (r"noon|midday|midnight", _named),
        (rf"(?P<hour>{alternatives(HOUR_WORDS)}) (?P<minute>{alternatives(MINUTE_WORDS)}|oh \w+)(?: "
            rf"?{MERIDIEM})?\b", _words),
        (rf"half (?P<hour>{HOUR})(?! ?(?:hour|past|a\b))", _british),
        (r"(?<=at )(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\b", _military),
        (rf"(?<!first )(?<!last )(?<!next )(?<!that )(?<!this )(?<!the )(?P<hour>{HOUR}){BY_DAY}", _hour),
    )
]  # fmt: skip
UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|people|persons?)"
BARE = re.compile(rf"(?P<hour>{HOUR})(?![\w:%/]|[.,]\d| ?(?:st|nd|rd|th)\b|[ -](?:and a half )?{UNIT}\b)")


def match_clock(text: str, position: int, bare: bool = False, ranged: bool = False) -> tuple[Clock, int] | None:
    """Return the time at a position of lower-case `text`, and where it ends; ValueError where there is no such time.

    With `bare` a number alone is an hour; where a range is meant, "2 to 3" is not two minutes to three.
    """
    best: tuple[re.Match[str], Callable[[re.Match[str]], Clock]] | None = None
    for pattern, read in PATTERNS:
        match = pattern.match(text, position)
        if match and ranged and match.groupdict().get("way") in ("to", "till"):
            continue
        if match and (best is None or match.end() > best[0].end()):
            best = match, read
    if best is None and bare and (match := BARE.match(text, position)) and _is_hour(match):
        best = match, _hour
    return (best[1](best[0]), best[0].end()) if best else None


def _is_hour(match: re.Match[str]) -> bool:
    return read_number(match["hour"]) <= 24

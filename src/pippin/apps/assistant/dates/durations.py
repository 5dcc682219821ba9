"""Durations in English: "an hour and a half", "20 minutes", "1h30"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from pippin.apps.assistant.dates.vocabulary import NUMBER, read_number

SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "m": 60, "hour": 3600, "hr": 3600, "h": 3600,
           "day": 86400, "week": 604800, "fortnight": 1209600}  # fmt: skip
UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|fortnights?|(?<=\d)[hms]|(?<=\d )[hms])\b"
PATTERNS = (
    (r"(?:three[ -]quarters of an hour)", lambda match: 2700),
    (r"(?:an? |one )?quarter (?:of an )?hour\b", lambda match: 900),
    (rf"(?P<n>{NUMBER}) (?:and )?a half (?P<unit>{UNIT})", lambda match: (_count(match) + 0.5) * _unit(match)),
    (rf"(?P<n>{NUMBER}) ?(?P<unit>{UNIT}) and a quarter\b", lambda match: (_count(match) + 0.25) * _unit(match)),
    (rf"(?P<n>{NUMBER}) ?(?P<unit>{UNIT}) and three[ -]quarters\b",
     lambda match: (_count(match) + 0.75) * _unit(match)),
    (rf"(?P<n>{NUMBER}) ?(?P<unit>{UNIT}) and a half\b", lambda match: (_count(match) + 0.5) * _unit(match)),
    (r"half an? (?P<unit>hour|minute|day|week)\b", lambda match: 0.5 * _unit(match)),
    (r"(?:an? )?half[ -](?P<unit>hour|day)\b", lambda match: 0.5 * _unit(match)),
    (r"(?P<h>\d{1,2}) ?(?:h|hours?|hrs?) ?(?P<m>\d{1,2})(?: ?(?:m|mins?|minutes?))?\b",
     lambda match: int(match["h"]) * 3600 + int(match["m"]) * 60),
    (rf"(?P<n>\d+\.\d+|{NUMBER})[ -]?(?P<unit>{UNIT})", lambda match: _count(match) * _unit(match)),
)  # fmt: skip
PATTERN = [(re.compile(rf"(?<![\w.]){pattern}", re.IGNORECASE), read) for pattern, read in PATTERNS]
MAX_SECONDS = 10 * 365 * 86400


@dataclass(frozen=True)
class Duration:
    """A length of time, said at `text[begin:stop]`."""

    length: timedelta
    begin: int
    stop: int


def _count(match: re.Match[str]) -> float:
    return float(match["n"]) if "." in match["n"] else read_number(match["n"].lower())


def _unit(match: re.Match[str]) -> int:
    unit = match["unit"].lower()
    return SECONDS.get(unit) or SECONDS[unit.rstrip("s")]


def find_durations(text: str) -> list[Duration]:
    """Return the durations in `text`; "2 hours and 10 minutes" is one."""
    singles: list[Duration] = []
    for pattern, read in PATTERN:
        for match in pattern.finditer(text):
            if all(match.end() <= other.begin or match.start() >= other.stop for other in singles):
                seconds = min(read(match), MAX_SECONDS)
                singles.append(Duration(timedelta(seconds=seconds), match.start(), match.end()))
    durations: list[Duration] = []
    for single in sorted(singles, key=lambda item: item.begin):
        if durations and re.fullmatch(r",? ?(?:and )?", text[durations[-1].stop : single.begin]):
            last = durations.pop()
            single = Duration(last.length + single.length, last.begin, single.stop)
        durations.append(single)
    return durations

"""The grammar: finds dates and times in a text and joins neighbours ("Friday" + "at 5") and ranges ("from 2 to 3")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from pippin.apps.assistant.dates.calendar_math import add_exactly
from pippin.apps.assistant.dates.clock_patterns import BEFORE_HOUR, match_clock
from pippin.apps.assistant.dates.day_patterns import PATTERNS, Days, Today
from pippin.apps.assistant.dates.durations import Duration, find_durations
from pippin.apps.assistant.dates.vocabulary import PART
from pippin.apps.assistant.dates.when import Clock, When

MAX_CHARACTERS = 2000
"""Beyond it no dates are sought."""
PART_PATTERN = re.compile(rf"(?:(?:in|during|this|that|at|on|for|the same) )?(?:the )?(?P<part>{PART})s?\b")
BOUND = re.compile(rf"(?P<bound>after|past|from|since|before|by|until|till|{BEFORE_HOUR}) (?:about |around |the )?")
AFTER, BEFORE = {"after", "since", "past"}, {"before", "by", "until", "till"}
GAP = re.compile(
    r"[\s,]*(?:(?:at|on|in|of|from|for|around|about|the|then|between|and|say|like|maybe|perhaps|probably|let's "
    r"say),? )*"
)
TO = re.compile(r" ?(?:to|until|till|-|–|through|and) ?(?:the )?")
UNTIL = re.compile(r" (?:and|to|until|till|-|through)(?: the)? ")
INSTANT = re.compile(r"(?P<now>right now|just now|now)\b(?! on\b)")


def find_whens(text: str, now: datetime, *, anchor: date | None = None, bare: bool = False) -> list[When]:
    """Return the dates and times in `text`, in order, relative to `now`.

    `now` is aware; `anchor` is the day last talked of. With `bare` numbers alone are hours.
    What cannot be ("30 February") comes with its `problem`.
    """
    if len(text) > MAX_CHARACTERS:
        return []
    lower = text.lower().replace("’", "'")
    if len(lower) != len(text):
        lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    today = now.date()
    on = Today(today, anchor or today, str(now.tzinfo).startswith("America/"))
    pieces = _scan(lower, now, on, bare)
    return _join(lower, pieces, now)


def _scan(text: str, now: datetime, on: Today, bare: bool) -> list[When]:
    """Return the pieces of the text, each a day, a time or a part of a day."""
    pieces: list[When] = []
    durations = {item.begin: item for item in find_durations(text)}
    position = 0
    while position < len(text):
        at_word = position == 0 or not (text[position - 1].isalnum() or text[position - 1] in "'.") or (
            text[position - 1] == "." and position > 1 and not text[position - 2].isdigit()
        )  # fmt: skip
        piece = _match(text, position, now, on, bare, durations) if at_word and text[position].strip() else None
        if piece:
            pieces.append(piece)
            position = piece.stop
        else:
            position += 1
    return pieces


def _match(
    text: str, position: int, now: datetime, on: Today, bare: bool, durations: Mapping[int, Duration]
) -> When | None:
    """Return the longest piece at a position."""
    candidates = [
        _match_instant(text, position, now, durations),
        _match_day(text, position, on),
        _match_time(text, position, bare),
        _match_part(text, position, on),
    ]
    found = [item for item in candidates if item]
    return max(found, key=lambda item: item.stop) if found else None


def _ends_at_word(text: str, stop: int) -> bool:
    return text.startswith("ish", stop) or stop >= len(text) or not (text[stop].isalnum() and text[stop - 1].isalnum())


def _match_day(text: str, position: int, on: Today) -> When | None:
    best: When | None = None
    for pattern, read in PATTERNS:
        match = pattern.match(text, position)
        if not match or not _ends_at_word(text, match.end()) or (best and match.end() <= best.stop):
            continue
        try:
            first, last, grain = read(match, on)
            part = "night" if match[0] in ("tonight", "last night") else ""
            best = When(position, match.end(), first, last, grain, part=part)
        except (ValueError, OverflowError) as problem:
            best = When(position, match.end(), problem=_sentence(problem))
    return best


def _sentence(problem: Exception) -> str:
    text = str(problem)
    return text if text.endswith(".") and text[:1].isupper() else "That date is beyond the calendar."


def _match_time(text: str, position: int, bare: bool) -> When | None:
    """Return a time or a range of times: "at 5", "half past one", "from 2 to 3 pm"."""
    lead = BOUND.match(text, position)
    start, word = (lead.end(), lead["bound"]) if lead else (position, "")
    try:
        found = match_clock(text, start, word not in ("", "for") or bare, word in ("from", "between"))
    except ValueError as problem:
        return When(position, start + len(text[start:].split()[0]), problem=_sentence(problem))
    if not found or not _ends_at_word(text, found[1]):
        return None
    clock, stop = found
    until, end = _match_until(text, stop, word)
    bound = "after" if word in AFTER else "before" if word in BEFORE else ""
    if until is None:
        return When(position, stop, time=clock, bound=bound)
    return When(position, end, time=_same_half(clock, until), until=until)


def _match_until(text: str, position: int, lead: str) -> tuple[Clock | None, int]:
    joint = TO.match(text, position)
    if not joint or ("and" in joint[0] and lead != "between"):
        return None, position
    try:
        found = match_clock(text, joint.end(), bare=True)
    except ValueError:
        return None, position
    return (found[0], found[1]) if found and _ends_at_word(text, found[1]) else (None, position)


def _same_half(clock: Clock, until: Clock) -> Clock:
    """Return the first time of "2 to 3 pm" in the half of the day that the second names."""
    if not clock.bare or until.bare:
        return clock
    late, end = (clock.hour % 12 + 12) * 60 + clock.minute, until.hour * 60 + until.minute
    return Clock(late // 60 if late < end else clock.hour % 12, clock.minute)


def _match_part(text: str, position: int, on: Today) -> When | None:
    match = PART_PATTERN.match(text, position)
    if not match or not _ends_at_word(text, match.end()):
        return None
    beside = re.match(r" (?P<way>before|after)(?: that| it)?(?! (?!at\b|around\b)[a-z])", text[match.end() :])
    if beside and match["part"] in ("morning", "afternoon", "evening", "night"):
        day = on.anchor + timedelta(days=1 if beside["way"] == "after" else -1)
        stop = match.end() + beside.end()
        return When(position, stop, day, day + timedelta(days=1), "day", part=match["part"])
    if match[0].startswith(("that ", "the same ")):
        return When(position, match.end(), on.anchor, on.anchor + timedelta(days=1), "day", part=match["part"])
    if match[0].startswith("this "):
        return When(position, match.end(), on.today, on.today + timedelta(days=1), "day", part=match["part"])
    return When(position, match.end(), part=match["part"])


def _match_instant(text: str, position: int, now: datetime, durations: Mapping[int, Duration]) -> When | None:
    if match := INSTANT.match(text, position):
        return When(position, match.end(), instant=now)
    lead = 3 if text.startswith("in ", position) else 0
    duration = durations.get(position + lead)
    if duration is None:
        return None
    after = re.match(r" (?:from now|ago)\b", text[duration.stop :])
    if not lead and not after:
        return None
    if not re.search(r"sec|min|hour|hr|\d ?[hms]\b", text[duration.begin : duration.stop]):
        return None  # whole days are no moment
    stop = duration.stop + (after.end() if after else 0)
    length = -duration.length if after and "ago" in after[0] else duration.length
    try:
        return When(position, stop, instant=add_exactly(now, length))
    except OverflowError:
        return When(position, stop, problem="That date is beyond the calendar.")


def _join(text: str, pieces: list[When], now: datetime) -> list[When]:
    """Join neighbouring pieces that say different things of one moment, and days to ranges."""
    joined: list[When] = []
    for piece in pieces:
        whole = _join_pair(text, joined[-1], piece, now) if joined else None
        if whole:
            joined[-1] = whole
        else:
            joined.append(piece)
    return [_with_bound(text, item) for item in joined]


def _join_pair(text: str, one: When, two: When, now: datetime) -> When | None:
    gap = text[one.stop : two.begin]
    if one.problem or two.problem:
        close = GAP.fullmatch(gap)
        return replace(one, stop=two.stop, problem=one.problem or two.problem) if close and not one.has_day else None
    if one.instant == now and two.first and not two.has_time and UNTIL.fullmatch(gap):
        return replace(two, begin=one.begin, first=now.date(), grain="day")
    if one.instant or two.instant:
        return None
    if _is_day_range(text, one, two, gap):
        return _join_days(one, two)
    if one.first and (one.first, one.last) == (two.first, two.last) and not two.time and GAP.fullmatch(gap):
        return replace(one, stop=two.stop)
    clash = (one.first and two.first) or (one.time and two.time) or (one.part and two.part and two.part != "night")
    if clash or not GAP.fullmatch(gap):
        return None
    day = one if one.first else two
    clock = one if one.time else two
    return When(
        one.begin, two.stop, day.first, day.last, day.grain, clock.time, clock.until, one.part or two.part,
        one.bound or two.bound,
    )  # fmt: skip


def _join_days(one: When, two: When) -> When | None:
    """Return the days from one to the other; a weekday that comes first in this week is that of the next."""
    assert one.first and one.last and two.first and two.last
    last = two.last
    if last <= one.first and one.first - last < timedelta(days=7) and two.grain == "day":
        last += timedelta(days=7)
    return replace(one, stop=two.stop, last=last, grain="day") if last > one.first else None


def _is_day_range(text: str, one: When, two: When, gap: str) -> bool:
    if not (one.first and two.first) or one.time or one.part or two.time:
        return False
    if re.fullmatch(r" ?(?:to|until|till|-|–|through)(?: the)? ?", gap):
        return True
    return bool(re.fullmatch(r" and(?: the)? ", gap)) and text[: one.begin].rstrip().removesuffix(" the").endswith(
        "between"
    )


def _with_bound(text: str, item: When) -> When:
    """Add "after" or "before" that stands before a day."""
    if item.time and (about := re.match(r"-?ish\b| ish\b", text[item.stop :])):
        item = replace(item, stop=item.stop + about.end())
    if item.bound or item.has_time or item.problem:
        return item
    match = re.search(r"(?:^|\s)(after|since|before|by|until|till)(?: the)? $", text[: item.begin])
    if not match:
        return item
    return replace(item, begin=match.start(1), bound="after" if match[1] in AFTER else "before")


__all__ = ["Days", "find_whens"]

"""What skills share: dates said in a text, the text without them, and amounts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from pippin.apps.assistant.dates.calendar_math import add_exactly
from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.spoken import say_moment
from pippin.apps.assistant.dates.vocabulary import NUMBERS
from pippin.apps.assistant.dates.when import Span, When
from pippin.apps.assistant.dialogue.cues import MOMENTS
from pippin.apps.assistant.dialogue.requests import Request, Response, cannot
from pippin.apps.assistant.dialogue.world import World

AMOUNT = re.compile(
    rf"\b(?:(\d{{1,3}})(?:x| ?×)?(?![\w.:/-])|({'|'.join(sorted(NUMBERS, key=len, reverse=True))}|a couple of|a "
    rf"pair of|a dozen|an?|another(?! (?:\d|{'|'.join(NUMBERS)})\b))\b(?!-\w))"
)


def whens_of(request: Request, world: World, *, bare: bool = False) -> list[When]:
    """Return the dates and times in what was said, relative to the day last talked of."""
    return find_whens(request.text, world.now, anchor=day_talked_of(request), bare=bare)


def day_talked_of(request: Request) -> date | None:
    """Return the day that the last answer was about: the one it remembered, or that of the first thing it showed."""
    if request.memory.get("day"):
        return date.fromisoformat(request.memory["day"])
    moments = (item.get(key) for item in request.items[:1] for key in MOMENTS if item.get(key))
    return next((datetime.fromisoformat(str(moment)).date() for moment in moments), None)


def problem_of(whens: list[When]) -> Response | None:
    """Return the answer to a date that cannot be."""
    problem = next((when.problem for when in whens if when.problem), "")
    return cannot(f"{problem} Say another date or time.") if problem else None


def resolve(when: When, world: World) -> Span | Response:
    """Return the interval of a date, or the answer to one that clocks skip."""
    try:
        return when.resolve(world.now, world.zone)
    except (ValueError, OverflowError) as problem:
        text = str(problem) if str(problem).endswith(".") else "That date is beyond the calendar."
        return cannot(f"{text} Say another time.")


def says_end(text: str, when: When) -> bool:
    """Tell whether a time is said as the end of something: "until 1", "till Sunday at 5"."""
    return bool(re.search(r"\b(?:until|till)\s+(?:the\s+)?$", text[: when.begin].lower())) or bool(
        re.match(r"(?:until|till)\b", text[when.begin :].lower())
    )


def first_after(when: When, start: datetime, world: World) -> datetime | Response:
    """Return the first such time after a beginning, on its day where none was said, or the answer to an earlier day."""
    span = resolve(replace(when.on(start.date()), bound=""), world)
    if isinstance(span, Response):
        return span
    end, half = span.start, timedelta(hours=12 if when.time and when.time.bare else 24)
    if end <= start and when.has_day:
        return cannot(f"It begins {say_moment(start, world.now.date())}; say a later end.")
    while end <= start:
        end = add_exactly(end, half)
    return end


def without(text: str, whens: list[When]) -> str:
    """Return a text without its dates and the small words before them."""
    for when in reversed(whens):
        before = re.sub(
            r"(?<!check )(?<!sign )(?<!log )(?<!hand )(?<!drop )(?<!pop )(?:\b(?:on|at|for|in|by|from|to|until|"
            r"till|this|the|of|around|about)\s+)+$",
            "",
            text[: when.begin],
        )
        text = f"{before} {text[when.stop :]}"
    return re.sub(r"\s+", " ", text).strip(" ,.;:!?")


def read_amount(text: str) -> int | None:
    """Return the first number of things in a text: 2, "two", "a pair of"; None where there is none."""
    match = AMOUNT.search(text.lower())
    if not match:
        return None
    word = match[1] or match[2]
    fixed = {"a couple of": 2, "a pair of": 2, "a dozen": 12, "a": 1, "an": 1, "another": 1}
    return int(word) if word.isdigit() else fixed.get(word, NUMBERS.get(word, 1))


def moment_of(text: Any) -> datetime:
    """Return a moment from an item."""
    return datetime.fromisoformat(str(text))


def clip_to_today(span: Span, world: World) -> Span:
    """Return a week or month that has begun from today on."""
    today = world.now.replace(hour=0, minute=0, second=0, microsecond=0)
    if span.grain in ("week", "month", "weekend", "year") and span.start < today < span.end:
        return Span(today, span.end, span.grain)
    return span


def a_while(moment: datetime) -> datetime:
    """Return a minute later, so that a moment becomes an interval."""
    return moment + timedelta(minutes=1)

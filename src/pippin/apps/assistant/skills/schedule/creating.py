"""New events: their title, their time, and what a correction changes of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pippin.apps.assistant.dates.calendar_math import add_exactly, midnight
from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.spoken import say_day, say_list, say_time
from pippin.apps.assistant.dates.when import Span, When
from pippin.apps.assistant.dialogue.requests import CORRECT, FILL, FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CONFIRM, Change
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import problem_of, resolve, whens_of, without
from pippin.apps.assistant.sources.events import Event
from pippin.apps.assistant.sources.ics_editing import write_event

HOUR = timedelta(hours=1)
MAX_TITLE, LATE = 120, 17
LEAD = re.compile(
    r"^(?:(?:please|can you|could you|would you|i want to|i'd like to|let's|hey|ok|so) )*"
    r"(?:(?:add|put|schedule|create|book|set up|setup|make|plan|block(?: out)?|pencil in|arrange|enter|note|"
    r"save|insert|"
    r"i have(?: got)?|i've got|there is|there's|new|i'm|i am|we have|we're having)\b ?(?:me |us |in )?)?"
    r"(?:(?:an?|the|my|this|another) )?(?:new )?"
    r"(?:(?:calendar )?(?:event|appointment|entry|slot)\b(?= ?(?:called|named|titled|for|:|,|$))|meeting\b(?= "
    r"(?:called|named|titled)))? ?"
    r"(?:(?:called|named|titled|for|:|,) ?)?(?:(?:an?|the|my) )?",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:,? ?(?:please|thanks|put it in|add (?:that|it)|put that in|write it down|(?:(?:in|to|into|on|from) "
    r"(?:my|the|our) (?:calendar|diary|schedule|agenda))))+$",
    re.IGNORECASE,
)
EVERY = re.compile(
    r"\b(?:every|each)\b(?: (?P<unit>day|weekday|week|morning|evening|afternoon|night|month|year))?", re.IGNORECASE
)
RULES = {"day": "DAILY", "morning": "DAILY", "evening": "DAILY", "afternoon": "DAILY", "night": "DAILY",
         "week": "WEEKLY",
         "weekday": "WEEKLY;BYDAY=MO,TU,WE,TH,FR", "month": "MONTHLY", "year": "YEARLY", None: "WEEKLY"}  # fmt: skip
EVENING = re.compile(
    r"\b(?:dinner|supper|party|concert|drinks|cinema|movie|film|theat(?:re|er)|opera|gig)\b", re.IGNORECASE
)
MORNING = re.compile(r"\b(?:breakfast|sunrise|morning)\b", re.IGNORECASE)
CALLED = re.compile(r"^(?:call it|name it|it's called|the title is|titled|called) ", re.IGNORECASE)


def create_event(request: Request, world: World) -> Response | None:
    """Offer to add an event, asking for what is missing."""
    if request.mode == FOLLOW:
        return None
    memory: dict[str, Any] = dict(request.memory) if request.mode in (FILL, CORRECT) else {}
    fills_title = request.mode == FILL and request.asks == "event"
    whens = whens_of(
        Request(request.skill, request.intent, request.text, memory={}),
        world,
        bare=request.mode == CORRECT or request.asks == "when",
    )
    problem = problem_of(whens)
    if problem:
        return Response(problem.act, problem.reply, memory=memory)
    title = read_title(request.text, whens, bool(memory))
    if title and (
        fills_title
        or not memory.get("title")
        or (request.mode == CORRECT and not whens and not _length_of(request.text, whens))
    ):
        memory["title"] = title
    unclear = _remember_time(memory, request.text, whens, world)
    if unclear:
        return unclear
    if not memory.get("title"):
        return ask("event", "What is it called?", **memory)
    if "start" not in memory:
        return ask("when", _ask_when(memory, world), **memory)
    return _offer(memory, world)


def read_title(text: str, whens: list[When], is_reply: bool = False) -> str:
    """Return what an event is called: the text without its times and the words of command."""
    length = _length_of(text, whens)
    said = sorted([*whens, *([When(length[0], length[1])] if length else [])], key=lambda when: when.begin)
    rest = without(EVERY.sub(" ", text) if not said else text, said)
    rest = re.sub(r"\s+", " ", EVERY.sub(" ", rest)).strip()
    rest = CALLED.sub("", rest)
    rest = TAIL.sub("", rest)
    rest = LEAD.sub("", rest) if not is_reply else re.sub(r"^(?:it's |it is |an? |the )", "", rest, flags=re.IGNORECASE)
    rest = TAIL.sub("", rest).strip(" ,.;:!?\"'")
    rest = re.sub(r"^(?:for|to|all day|called)\b ?", "", rest, flags=re.IGNORECASE)
    return (
        rest[:MAX_TITLE]
        if re.search(r"\w{2}", rest) and rest.lower() not in ("event", "appointment", "it", "that", "in")
        else ""
    )


def _length_of(text: str, whens: list[When]) -> tuple[int, int, timedelta] | None:
    """Return where a length stands in a text and the length, where it is no part of a date."""
    for duration in find_durations(text):
        if not any(when.begin <= duration.begin < when.stop for when in whens):
            return duration.begin, duration.stop, duration.length
    return None


def _remember_time(memory: dict[str, Any], text: str, whens: list[When], world: World) -> Response | None:
    """Put into memory what the text says of the time; times and days that come later complete the earlier ones."""
    length = _length_of(text, whens)
    if length:
        memory["minutes"] = length[2].total_seconds() / 60
    is_all_day = bool(re.search(r"\b(?:all[ -]day|whole day|the entire day)\b", text.lower()))
    if every := EVERY.search(text):
        memory["rule"] = RULES[every["unit"] and every["unit"].lower()]
    for when in whens[:1]:
        when = in_context(when, f"{memory.get('title', '')} {text}", memory)
        day = memory.get("day")
        if not when.has_day and day:
            when = when.on(datetime.fromisoformat(day).date())
        span = resolve(when, world)
        if isinstance(span, Response):
            return Response(span.act, span.reply, memory=memory)
        memory["day"] = span.start.date().isoformat()
        blocks = when.part and re.match(r"block\b", text.lower())
        if when.has_time or blocks or (is_all_day and when.has_day):
            _set_span(memory, span, is_all_day)
        elif memory.get("clock"):
            start = midnight(span.start.date(), world.zone).replace(hour=memory["clock"][0], minute=memory["clock"][1])
            memory["start"], memory["end"] = (
                start.isoformat(),
                add_exactly(start, timedelta(minutes=memory["minutes"])).isoformat(),
            )
    if length and memory.get("start"):
        start = datetime.fromisoformat(memory["start"])
        memory["end"] = add_exactly(start, length[2]).isoformat()
    return None


def in_context(when: When, title: str, memory: Mapping[str, Any]) -> When:
    """Return a time with the part of the day that a title or an earlier time tells: dinner at 8 is in the evening."""
    if when.time and when.time.bare and not when.part and 5 <= when.time.hour <= 11:
        late = memory.get("clock") and memory["clock"][0] >= LATE
        part = "evening" if EVENING.search(title) or late else "morning" if MORNING.search(title) else ""
        return replace(when, part=part)
    return when


def _set_span(memory: dict[str, Any], span: Span, is_all_day: bool) -> None:
    if is_all_day:
        memory.update(start=span.start.isoformat(), end=span.end.isoformat(), all_day=True)
        return
    length = timedelta(minutes=memory["minutes"]) if memory.get("minutes") else HOUR
    end = span.end if span.end > span.start else add_exactly(span.start, length)
    memory.update(start=span.start.isoformat(), end=end.isoformat(), clock=[span.start.hour, span.start.minute])
    memory["minutes"] = (end - span.start).total_seconds() / 60


def _ask_when(memory: dict[str, Any], world: World) -> str:
    if memory.get("day"):
        day = say_day(datetime.fromisoformat(memory["day"]).date(), world.now.date())
        return f"At what time {day}? You can also say: all day."
    return f"When is {memory['title']}?"


def _offer(memory: dict[str, Any], world: World) -> Response:
    start, end = (datetime.fromisoformat(memory[name]).astimezone(world.zone) for name in ("start", "end"))
    if start < world.now and not memory.get("all_day"):
        return cannot(
            f"{say_day(start.date(), world.now.date())} at {say_time(start)} has passed. Say a time to come.", **memory
        )
    all_day = bool(memory.get("all_day"))
    event = Event(str(uuid.uuid5(uuid.NAMESPACE_OID, f"{world.now} {memory}")), 0, memory["title"], start, end, all_day)
    first, last = (start.date(), end.date()) if all_day else (start, end)
    text = write_event(event.uid, event.summary, first, last, world.now, memory.get("rule", ""))
    clashes = [e.summary for e in world.sources.events(start, end) if not e.all_day] if not all_day else []
    note = f" (You have {say_list(clashes)} then.)" if clashes else ""
    times = say_day(start.date(), world.now.date())
    if memory.get("rule"):
        times = f"{memory['rule'].partition(';')[0].lower()} from {times}"
    if not all_day:
        end_text = (
            say_time(end) if end.date() == start.date() else f"{say_day(end.date(), world.now.date())}, {say_time(end)}"
        )
        times += f", {say_time(start)} to {end_text}"
    return Response(
        CONFIRM,
        f"Add {event.summary}, {times}, to your calendar?{note}",
        (event.item(),),
        changes=(Change("event", None, text, event.uid),),
        done=f"Done: {event.summary}, {times}, is in your calendar.",
        memory=memory,
    )

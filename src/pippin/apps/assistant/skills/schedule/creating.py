"""New events: their title, their time, and what a correction changes of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import date, datetime, timedelta
from typing import Any

from pippin.apps.assistant.dates.calendar_math import add_exactly, midnight
from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.spoken import say_day, say_list, say_time
from pippin.apps.assistant.dates.when import Clock, Span, When
from pippin.apps.assistant.dialogue.cues import item_name, points_back
from pippin.apps.assistant.dialogue.requests import CORRECT, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CONFIRM, Change
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import first_after, problem_of, resolve, says_end, whens_of, without
from pippin.apps.assistant.sources.events import Event
from pippin.apps.assistant.sources.ics_editing import write_event

HOUR = timedelta(hours=1)
MAX_TITLE, LATE = 120, 17
LEAD = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|can i|could i|may i|can we|could we|i'd love to|"
    r"i want to|i'd like to|i would like to|i need to|i have to|let's|let me|"
    r"hey|ok|so|then|just|also|and|go ahead and|make sure to|remember to) )*"
    r"(?:(?:add|put|pop|stick|slot|squeeze|schedule|create|book|set up|setup|make|plan|block(?: out| off)?|reserve|"
    r"pencil in|arrange|enter|note(?: down)?|write(?: down)?|organise|organize|have|"
    r"save(?: the date)?|insert|make a note(?: that| of)?|keep|"
    r"i have(?: got)?|i've(?: got)?|there is|there's|new|i'm|i am|we have|we've got|we are|we're having|we're|"
    r"i'll be|i will be)\b ?"
    r"(?:(?:me|us|in|for) )*)?"
    r"(?:(?:an?|the|my|this|another|some) )?(?:new )?"
    r"(?:(?:calendar )?(?:event|appointment|entry|slot)\b(?= ?(?:called|named|titled|for|with|:|,|$))|meeting\b(?= "
    r"(?:called|named|titled))|time\b(?= for))? ?"
    r"(?:(?:called|named|titled|for|:|,) ?)?(?:(?:an?|the|my|some) )?",
    re.IGNORECASE,
)
PLACE = (
    r"(?:(?:in|to|into|on|onto|from) (?:my|the|our) (?:calendar|diary|schedule|agenda|planner)|in the book|in there|"
    r"(?:for|on) (?:that|the same) day|all[ -]day(?: long)?|(?:for )?the (?:whole|entire) day)"
)
TAIL = re.compile(
    rf"(?:(?:^|[\s,.]+)(?:please|thanks|put (?:it|that) (?:in|down)|(?:and |can you |could you |would you |"
    rf"please )*(?:add|note|enter|write|put|schedule|"
    rf"book|save) (?:it|that|this)(?: down| in)?|make a note(?: of it)?|if (?:possible|you can)|in|down|on|"
    rf"for me|then|{PLACE}))+$",
    re.IGNORECASE,
)
WITHIN = re.compile(rf"\s*,?\s*{PLACE}(?=\s*(?:,|$|\bfor\b|\bat\b|\bon\b|\bfrom\b))", re.IGNORECASE)
RANGE = re.compile(
    r"(?<!from )(?<!between )(?<!at )(?<!minutes )(?<![\d:./-])\b(?P<low>\d{1,2}(?::\d\d)?) ?(?:to|till|until|-|–) ?"
    r"(?P<high>\d{1,2}(?::\d\d)?)(?= ?(?:$|[,.?!]|for\b|on\b|with\b|in\b|today|tomorrow|[ap]m\b|tonight|this\b|next\b))"
)
"""Hours from and to without "from": "block 2 to 4"."""
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
QUOTED = re.compile(r"[\"“”]([^\"“”]{2,120})[\"“”]")
CALLED = re.compile(r"^(?:call it|name it|it's called|the title is|titled|called) ", re.IGNORECASE)


def create_event(request: Request, world: World) -> Response | None:
    """Offer to add an event, asking for what is missing."""
    if request.mode == FOLLOW:
        return None
    request = replace(request, text=RANGE.sub(r"from \g<low> to \g<high>", request.text))
    memory: dict[str, Any] = dict(request.memory) if request.mode in (FILL, CORRECT) else {}
    fills_title = request.mode == FILL and request.asks == "event"
    own = request if request.mode != FILL else replace(request, memory={})
    whens = whens_of(own, world, bare=request.mode == CORRECT or request.asks == "when")
    if request.mode == NEW and whens and not whens[0].has_day and request.memory.get("one_day"):
        whens = [whens[0].on(date.fromisoformat(request.memory["day"])), *whens[1:]]
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
    if request.mode == NEW and not whens and request.memory.get("moment"):
        whens = [When(instant=datetime.fromisoformat(request.memory["moment"]))]
    if request.mode == NEW and not title and not whens:
        _take_shown(request, memory, world)
    unclear = _remember_time(memory, request.text, whens, world)
    if unclear:
        return unclear
    if not memory.get("title"):
        return ask("event", "What is it called?", **memory)
    if "start" not in memory:
        return ask("when", _ask_when(memory, world), **memory)
    return _offer(memory, world)


def _take_shown(request: Request, memory: dict[str, Any], world: World) -> None:
    """Put into memory a flight, a ride or a course shown last, which "put it in my calendar" means."""
    item = request.items[0] if len(request.items) == 1 and points_back(request.text) else {}
    name, begin, end = item_name(item), item.get("departs") or item.get("starts"), item.get("arrives")
    if not name or not begin or item.get("uid"):
        return
    place = item.get("to_name") or (item.get("to") if item.get("route") else "")
    kind = "Flight " if item.get("flight") else ""
    memory["title"] = f"{kind}{name}{f' to {place}' if place and place != name else ''}"
    if "T" not in str(begin):
        first = midnight(date.fromisoformat(str(begin)), world.zone)
        memory.update(start=first.isoformat(), end=(first + timedelta(days=1)).isoformat(), all_day=True)
        return
    start = datetime.fromisoformat(str(begin))
    memory.update(start=str(begin), end=str(end or add_exactly(start, HOUR).isoformat()), day=start.date().isoformat())


def read_title(text: str, whens: list[When], is_reply: bool = False) -> str:
    """Return what an event is called: the text without its times and the words of command."""
    if quoted := QUOTED.search(text):
        return quoted[1].strip()[:MAX_TITLE]
    length = _length_of(text, whens)
    said = sorted([*whens, *([When(length[0], length[1])] if length else [])], key=lambda when: when.begin)
    rest = without(EVERY.sub(" ", text) if not said else text, said)
    rest = re.sub(r"\s+", " ", EVERY.sub(" ", rest)).strip()
    rest = CALLED.sub("", rest)
    rest = TAIL.sub("", WITHIN.sub(" ", rest).strip(" ,"))
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
        is_name = re.match(r" ?(?:off|trip|course|class|walk|away|tour)\b", text[duration.stop :].lower())
        if not is_name and not any(when.begin <= duration.begin < when.stop for when in whens):
            return duration.begin, duration.stop, duration.length
    return None


def _remember_time(memory: dict[str, Any], text: str, whens: list[When], world: World) -> Response | None:
    """Put into memory what the text says of the time; times and days that come later complete the earlier ones."""
    length = _length_of(text, whens)
    if length:
        memory["minutes"] = length[2].total_seconds() / 60
    is_all_day = bool(re.search(r"\b(?:all[ -]day|whole day|the entire day)\b", text.lower()))
    is_all_day = is_all_day or bool(memory.get("all_day") and not any(when.has_time for when in whens))
    if every := EVERY.search(text):
        memory["rule"] = RULES[every["unit"] and every["unit"].lower()]
    ends, whens = _split_end(text, whens)
    for when in whens[:1]:
        when = in_context(when, f"{memory.get('title', '')} {text}", memory)
        day = memory.get("day")
        if not when.has_day and day:
            when = when.on(datetime.fromisoformat(day).date())
        if when.grain == "week" and when.first and day and not when.has_time:
            same = when.first + timedelta(days=date.fromisoformat(day).weekday() - when.first.weekday())
            when = replace(when, first=same, last=same + timedelta(days=1), grain="day")
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
    if ends is None and memory.get("start") and memory.get("ends"):
        ends = When(time=Clock(*memory.pop("ends")))
    return _remember_end(memory, ends, world) if ends else None


def _split_end(text: str, whens: list[When]) -> tuple[When | None, list[When]]:
    """Return the time by which an event ends ("until 1"), and the others; "after 5" begins then."""
    ends = next((when for when in whens if when.has_time and (when.bound == "before" or says_end(text, when))), None)
    return ends, [replace(when, bound="") if when.has_time else when for when in whens if when is not ends]


def _remember_end(memory: dict[str, Any], ends: When, world: World) -> Response | None:
    """Put into memory the end alone: the first such time after the beginning, on its day where none was said."""
    if "start" not in memory:
        day = ends.first.isoformat() if ends.first else memory.get("day")
        memory.update({"ends": astuple(ends.time)} if ends.time else {}, **({"day": day} if day else {}))
        return None
    start = datetime.fromisoformat(memory["start"]).astimezone(world.zone)
    end = first_after(ends, start, world)
    if isinstance(end, Response):
        return Response(end.act, end.reply, memory=memory)
    memory.update(end=end.isoformat(), minutes=(end - start).total_seconds() / 60)
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

"""Answers about the calendar: what is on, when something is, whether there is time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pippin.apps.assistant.dates.calendar_math import midnight
from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.spoken import say_day, say_length, say_list, say_moment, say_time
from pippin.apps.assistant.dates.when import Clock, Span, When
from pippin.apps.assistant.dialogue.attributes import attribute_of
from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.filler import content_words, skill_named
from pippin.apps.assistant.dialogue.requests import FOLLOW, NEW, Request, Response, cannot
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import (
    a_while,
    clip_to_today,
    day_talked_of,
    problem_of,
    resolve,
    whens_of,
    without,
)
from pippin.apps.assistant.skills.schedule.event_search import find_events, named_events, pointed_events
from pippin.apps.assistant.sources.events import Event

DAY_BEGINS, DAY_ENDS, SHORTEST_GAP = 8, 22, timedelta(minutes=30)
MAX_SHOWN = 12
FIRST_OR_LAST = re.compile(r"\b(?P<which>first|last) (?:thing|appointment|event|meeting|entry)\b")
AFTERWARDS = re.compile(
    r"\bafter (?:that|it|this)\b|\bafterwards?\b|\bthe one after\b|\b(?:right|straight|directly|immediately|"
    r"just) after$|"
    r"^(?:and |what(?:'s| is| comes| have i got| do i have) )+(?:next|then|after)$"
)
"""Words for what comes after the thing talked of last."""


def list_events(request: Request, world: World) -> Response | None:
    """Answer with the events of a day or a span of time."""
    whens = whens_of(request, world)
    problem = problem_of(whens)
    if problem:
        return problem
    if request.mode == NEW and _names_event(request, world):
        response = find_event(request, world)
        return response and replace(response, intent="find")
    after = bool(AFTERWARDS.search(simplify(request.text)))
    after = after or (request.mode == FOLLOW and not request.text.strip() and not request.memory.get("span"))
    if not whens and after and request.items and request.items[-1].get("end"):
        return _next_event(world, str(request.items[-1]["end"]))
    if request.mode == NEW and not whens and re.search(r"\bnext\b|coming up", request.text.lower()):
        return _next_event(world)
    span = _span_of(request, whens, world)
    if span is None or isinstance(span, Response):
        return span
    events = world.sources.events(span.start, span.end if span.end > span.start else a_while(span.start))
    extreme = FIRST_OR_LAST.search(request.text.lower())
    timed = [event for event in events if not event.all_day]
    if extreme and timed:
        events = [timed[0 if extreme["which"] == "first" else -1]]
    one_day = span.end - span.start <= timedelta(hours=26)
    memory = {
        "day": span.start.date().isoformat(),
        "span": [span.start.isoformat(), span.end.isoformat(), span.grain],
        "one_day": one_day,
    }
    return Response(reply=_say_events(events, span, world), items=tuple(e.item() for e in events), memory=memory)


def _names_event(request: Request, world: World) -> bool:
    """Tell whether a text names an event: "any birthdays coming up?"."""
    text = without(request.text, whens_of(request, world))
    names = world.sources.event_names() if re.match(r"(?:and |so )?(?:when|where|what time)\b", text.lower()) else ()
    words = content_words(text, skill_named("schedule", world), names)
    return bool(words) and bool(find_events(" ".join(words), (), world))


def _span_of(request: Request, whens: list[When], world: World) -> Span | Response | None:
    before = request.memory.get("span")
    if request.mode == FOLLOW and before and (not whens or whens[0].instant == world.now):
        if not whens and request.text.strip():
            return None
        return Span(datetime.fromisoformat(before[0]), datetime.fromisoformat(before[1]), before[2])
    day = day_talked_of(request)
    if not whens and day and request.mode == NEW and re.search(r"\b(?:that|it)\b", request.text.lower()):
        return Span(midnight(day, world.zone), midnight(day + timedelta(days=1), world.zone), "day")
    if not whens:
        words = request.text.lower()
        days = 1 if re.search(r"\bday\b|\btoday\b", words) else 7
        start = midnight(world.now.date(), world.zone)
        return Span(
            start, midnight(world.now.date() + timedelta(days=days), world.zone), "day" if days == 1 else "days"
        )
    when = whens[0]
    if not when.has_day and request.mode == FOLLOW and before:
        when = when.on(datetime.fromisoformat(before[0]).date())
    if not when.has_day and when.bound and when.time and request.topic == "schedule" and day and day > world.now.date():
        when = when.on(day)
    span = resolve(when, world)
    return clip_to_today(span, world) if isinstance(span, Span) else span


def _next_event(world: World, after: str = "") -> Response:
    """Answer with the first event to come, or the first after a moment."""
    begin = datetime.fromisoformat(after) if "T" in after else world.now
    coming = world.sources.events(begin, begin + timedelta(days=365))
    events = [event for event in coming if event.start >= begin and not event.all_day]
    if not events:
        return Response(reply="Nothing is coming up in your calendar.")
    event = events[0]
    memory = {"day": event.start.date().isoformat()}
    return Response(reply=f"Next is {say_event(event, world)}.", items=(event.item(),), memory=memory)


def say_event(event: Event, world: World) -> str:
    """Return an event with its day and time: "Dentist, tomorrow, Wednesday 4 March, 11:00 to 11:45 (Harbour)"."""
    place = f" ({event.location})" if event.location else ""
    return f"{event.summary}, {say_times(event, world)}{place}"


def say_times(event: Event, world: World) -> str:
    """Return when an event is."""
    today = world.now.date()
    if event.all_day:
        last = (event.end - timedelta(hours=1)).date()
        day = say_day(event.start.date(), today)
        return f"all day {day}" if last <= event.start.date() else f"from {day} to {say_day(last, today)}"
    end = say_time(event.end) if event.end.date() == event.start.date() else say_moment(event.end, today)
    return f"{say_day(event.start.date(), today)}, {say_time(event.start)} to {end}"


def _say_short(event: Event, several_days: bool, world: World) -> str:
    if several_days:
        return say_event(event, world)
    times = "all day" if event.all_day else f"{say_time(event.start)} to {say_time(event.end)}"
    return f"{times} {event.summary}"


def _say_events(events: list[Event], span: Span, world: World) -> str:
    where = _say_span(span, world)
    if not events:
        return f"There is nothing in your calendar {where}."
    several = span.end - span.start > timedelta(hours=26)
    shown = "; ".join(_say_short(event, several, world) for event in events[:MAX_SHOWN])
    more = f"; and {len(events) - MAX_SHOWN} more" if len(events) > MAX_SHOWN else ""
    count = "1 event" if len(events) == 1 else f"{len(events)} events"
    return f"You have {count} {where}: {shown}{more}."


def _say_span(span: Span, world: World) -> str:
    today = world.now.date()
    first = say_day(span.start.date(), today)
    if span.end - span.start <= timedelta(minutes=1):
        return f"{first} at {say_time(span.start)}"
    last = (span.end - timedelta(minutes=1)).date()
    if last != span.start.date() and span.grain != "part":
        return f"from {first} to {say_day(last, today)}"
    if span.grain in ("part", "minute"):
        return f"{first}, {say_time(span.start)} to {say_time(span.end)}"
    return first if first.startswith(("today", "tomorrow", "yesterday")) else f"on {first}"


def find_event(request: Request, world: World) -> Response | None:
    """Answer when and where an event is."""
    whens = whens_of(request, world)
    problem = problem_of(whens)
    if problem:
        return problem
    if whens and FIRST_OR_LAST.search(request.text.lower()) and not _names_event(request, world):
        response = list_events(replace(request, mode=NEW), world)
        return response and replace(response, intent="list")
    events = (
        named_events(request, whens, world) or pointed_events(request, world) or find_events(request.text, whens, world)
    )
    if re.search(r"\blast\b|\bdid\b", request.text.lower()):
        events = _past(events, world) or events
    if not events:
        if request.mode == FOLLOW:
            return None
        return cannot("I find no such event in your calendar.")
    shown = events[:3]
    missed = _say_missed(events, [when for when in whens if when.has_day], world)
    memory = {"day": shown[0].start.date().isoformat()}
    length = ""
    if attribute_of(request.text) == "length":
        length = f" It lasts {say_length(shown[0].end - shown[0].start)}."
    return Response(
        reply=f"{missed}{'; '.join(say_event(e, world) for e in shown)}.{length}",
        items=tuple(e.item() for e in shown),
        memory=memory,
    )


def _say_missed(events: Sequence[Event], days: Sequence[When], world: World) -> str:
    """Return what is said where an event is not on the day asked for."""
    span = resolve(When(first=days[0].first, last=days[0].last, grain=days[0].grain), world) if days else None
    if not isinstance(span, Span) or days[0].instant or any(e.start < span.end and e.end > span.start for e in events):
        return ""
    return f"Not {_say_span(span, world)}. "


def _past(events: list[Event], world: World) -> list[Event]:
    same = [e for event in events[:1] for e in world.sources.events_named(event.summary) if e.end <= world.now]
    return same[-1:]


def find_time(request: Request, world: World) -> Response | None:
    """Answer whether there is time, or when."""
    whens = whens_of(request, world, bare=request.mode == FOLLOW)
    problem = problem_of(whens)
    if problem:
        return problem
    if request.mode == FOLLOW and not whens:
        return None
    talked = day_talked_of(request) or world.now.date()
    when = whens[0] if whens else When(first=talked, last=talked + timedelta(days=1), grain="day")
    if not when.has_day and request.memory.get("day") and request.mode == FOLLOW:
        when = when.on(datetime.fromisoformat(request.memory["day"]).date())
    before = request.memory.get("moment") if request.mode == FOLLOW and when.first and not when.part else None
    if before and not when.has_time and when.grain == "day":
        moment = datetime.fromisoformat(before)
        when = replace(when, time=Clock(moment.hour, moment.minute))
    span = resolve(when, world)
    if isinstance(span, Response):
        return span
    durations = [d for d in find_durations(request.text) if not any(w.begin <= d.begin < w.stop for w in whens)]
    length = durations[0].length if durations else None
    asks_when = bool(re.search(r"\b(?:when|find|gap|slot|spare|free (?:hour|time|half))\b", request.text.lower()))
    if (request.memory.get("gaps") and request.mode == FOLLOW) or (asks_when and span.grain != "minute"):
        return _gaps(clip_to_today(span, world), length or SHORTEST_GAP, world)
    return _is_free(span, length, world)


def _is_free(span: Span, length: timedelta | None, world: World) -> Response:
    end = span.end if span.end > span.start else span.start + (length or timedelta(hours=1))
    at_moment = span.end == span.start and length is None
    events = [
        event
        for event in world.sources.events(span.start, a_while(span.start) if at_moment else end)
        if not event.all_day
    ]
    if at_moment and not events:
        soon = [event for event in world.sources.events(span.start, end) if not event.all_day]
        until = f" until {say_time(soon[0].start)}, {soon[0].summary}" if soon else ""
    else:
        until = ""
    where = _say_span(span, world)
    if events:
        told = [f"{e.summary} ({say_time(e.start)} to {say_time(e.end)})" for e in events]
        reply = f"No, {where} you have {say_list(told)}."
    else:
        reply = f"Yes, you are free {where}{until}."
    memory = {"day": span.start.date().isoformat(), "one_day": True}
    if span.grain == "minute":
        memory["moment"] = span.start.isoformat()
    return Response(reply=reply, items=tuple(e.item() for e in events), slots={"free": not events}, memory=memory)


def _gaps(span: Span, length: timedelta, world: World) -> Response:
    """Answer with the free times of at least `length`, by day between 8 and 22 or within a part of a day."""
    gaps: list[tuple[datetime, datetime]] = []
    day = span.start
    while day < span.end and len(gaps) < 5:
        opens, closes = span.start, span.end
        if span.grain != "part":
            opens = midnight(day.date(), world.zone).replace(hour=DAY_BEGINS)
            closes = opens.replace(hour=DAY_ENDS)
        at = max(opens, world.now.replace(second=0, microsecond=0))
        for event in [*(e for e in world.sources.events(opens, closes) if not e.all_day), None]:
            end = event.start if event else closes
            if end - at >= length:
                gaps.append((at, end))
            at = max(at, event.end) if event else at
        day = midnight(day.date() + timedelta(days=1), world.zone)
    memory = {
        "day": span.start.date().isoformat(),
        "gaps": True,
        "one_day": span.end - span.start <= timedelta(hours=26),
    }
    if not gaps:
        reply = f"You have no {say_length(length)} free {_say_span(span, world)}."
        return Response(reply=reply, slots={"free": False}, memory=memory)
    today = world.now.date()
    told = say_list([f"{say_day(a.date(), today)}, {say_time(a)} to {say_time(b)}" for a, b in gaps[:5]])
    items = tuple({"start": a.isoformat(), "end": b.isoformat()} for a, b in gaps[:5])
    return Response(reply=f"You are free {told}.", items=items, slots={"free": True}, memory=memory)

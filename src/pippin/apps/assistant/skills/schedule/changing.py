"""Moves and cancels events: one of a series, or the series where it is named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pippin.apps.assistant.dates.calendar_math import add_exactly
from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.when import Span, When
from pippin.apps.assistant.dialogue.cues import points_back
from pippin.apps.assistant.dialogue.filler import content_words, skill_named
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, CONFIRM, Change
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import day_talked_of, first_after, problem_of, resolve, says_end, without
from pippin.apps.assistant.skills.schedule.event_search import (
    event_of,
    find_events,
    means_series,
    pointed_events,
    shown_on_day,
)
from pippin.apps.assistant.skills.schedule.listing import say_event, say_times
from pippin.apps.assistant.sources.events import Event
from pippin.apps.assistant.sources.ics_editing import exclude_occurrence, move_event, move_occurrence, shift_series

EVENING = 17
EVERYTHING = re.compile(
    r"\b(?:everything|all (?:of )?(?:it|them|my (?:events|meetings|appointments))|all|whole|entire|clear)\b"
)
POINTED_DAY = re.compile(
    r"\b(?:that|the same) (?:day|morning|afternoon|evening|night)\b|\bthe (?:day|evening|night) (?:before|after)\b"
)
EARLIER = re.compile(r"\b(?:earlier|forward|sooner|ahead)\b")
SHIFT = re.compile(r"\b(?:by|later|earlier|back|forward|sooner|ahead|delay|push|postpone)\b")

LASTS = re.compile(r"\b(?:extend|make|lasts?|goes?|runs?|keep)\b")
"""Words with which "until 3" is the end of an event; one that is postponed until 3 begins then."""


def change_event(request: Request, world: World) -> Response | None:
    """Offer to move or cancel an event, asking which where several fit."""
    if request.mode == FOLLOW:
        return None
    memory: dict[str, Any] = dict(request.memory) if request.mode in (FILL, CORRECT, CHOOSE) else {}
    text = request.text
    bare = request.mode in (FILL, CORRECT) and request.asks != "event"
    anchor = day_talked_of(request) if request.mode == NEW and POINTED_DAY.search(text.lower()) else None
    whens = find_whens(text, world.now, anchor=anchor, bare=bare)
    problem = problem_of(whens)
    if problem:
        return Response(problem.act, problem.reply, memory=memory)
    events = _events_of(request, text, whens, memory, world)
    if (
        request.mode in (FILL, CORRECT)
        and memory.get("event")
        and not (request.mode == FILL and request.asks == "event")
    ):
        memory["target"] = _complete(text, whens, memory, world)
        if means_series(text):
            memory.update(series=True, target=memory.get("text", text))
    elif request.mode == CHOOSE or (request.mode == FILL and request.asks == "event"):
        memory.setdefault("target", memory.get("text", text))
    else:
        memory.update(text=text, target=text, series=means_series(text))
    everything = _all_within(request, whens, world) if request.intent == "cancel" and not memory.get("event") else []
    if everything and (not events or EVERYTHING.search(text.lower())):
        return _offer_cancel_all(everything, memory, world)
    if not events:
        return _not_found(request, memory)
    events = _same_series_once(events)
    if len(events) > 1:
        names = "; ".join(say_event(event, world) for event in events[:5])
        return Response(CLARIFY, f"Which one? {names}.", tuple(e.item() for e in events[:5]), memory=memory)
    event = events[0]
    memory["event"] = event.item()
    if not world.sources.is_writable(event.source):
        return cannot(f"{event.summary} is in a calendar that can only be read; change it where it comes from.")
    if request.intent == "cancel":
        return _offer_cancel(event, memory, world)
    return _offer_move(event, memory, world)


def _events_of(request: Request, text: str, whens: list[When], memory: dict[str, Any], world: World) -> list[Event]:
    if request.mode == CHOOSE and request.choice:
        chosen = event_of(request.choice, world)
        return [chosen] if chosen else []
    if request.mode in (FILL, CORRECT) and memory.get("event") and request.asks != "event":
        known = event_of(memory["event"], world)
        return [known] if known else []
    source, _ = _split_target(text, whens, request.intent)
    return (
        find_events(text, source or (whens if request.intent == "cancel" else _clock_only(whens)), world)
        or pointed_events(request, world)
        or shown_on_day(request, source, world)
    )


def _complete(text: str, whens: list[When], memory: dict[str, Any], world: World) -> str:
    """Return a correction with the day that was offered before, where it says another time of day only."""
    before = find_whens(str(memory.get("target", "")), world.now, bare=True)
    if len(whens) != 1 or not before or whens[0].has_day or not before[-1].has_day or not whens[0].has_time:
        return text
    return f"{text} on {before[-1].first:%d %B %Y}" if before[-1].first and before[-1].grain == "day" else text


def _clock_only(whens: list[When]) -> list[When]:
    return [When(w.begin, w.stop) for w in whens]


def _split_target(text: str, whens: list[When], intent: str) -> tuple[list[When], When | None]:
    """Return which times say where an event is, and the one that says where it goes."""
    if intent == "cancel" or not whens:
        return whens, None
    if len(whens) == 1 and not re.search(r"'s? ?$|\bmy $", text[: whens[0].begin][-4:]) and not _shift_of(text, whens):
        if re.search(r"\b(?:today|tomorrow|tonight|day)'s\b", text[whens[0].begin : whens[0].stop + 3]):
            return whens, None
        return [], whens[0]
    if _shift_of(text, whens) and len(whens) == 1:
        return whens, None
    return whens[:-1], whens[-1]


def _shift_of(text: str, whens: list[When]) -> timedelta | None:
    """Return by how much later (negative: earlier) an event is to be, where the text says that."""
    lower = text.lower()
    durations = find_durations(lower)
    if not durations or not SHIFT.search(lower):
        return None
    if re.search(r"\bto $", lower[: durations[0].begin]):
        return None
    return -durations[0].length if EARLIER.search(lower) else durations[0].length


def _not_found(request: Request, memory: dict[str, Any]) -> Response:
    words = re.sub(r"\b(?:it|that|this|event|one|please|my|the|an?)\b", "", request.text.lower())
    bare = re.sub(r"\b(?:move|cancel|delete|remove|reschedule|change|drop|postpone)\b", "", words).strip(" .?!")
    if not bare and request.mode != FILL:
        return ask("event", "Which event?", **memory)
    return cannot("I find no such event in your calendar.")


def _all_within(request: Request, whens: list[When], world: World) -> list[Event]:
    """Return the events that begin within the time a text names, where it names no event: "clear my Friday evening"."""
    if request.mode != NEW or not whens or not (whens[0].has_day or whens[0].part):
        return []
    rest = EVERYTHING.sub(" ", without(request.text, whens))
    if whens[0].has_time and not whens[0].until and not whens[0].bound:
        return []
    if content_words(rest, skill_named("schedule", world)) or points_back(rest):
        return []
    span = resolve(whens[0], world)
    if isinstance(span, Response):
        return []
    events = [e for e in world.sources.events(span.start, span.end) if span.start <= e.start < span.end]
    return [e for e in events if e.start >= world.now and world.sources.is_writable(e.source)]


def _offer_cancel_all(events: list[Event], memory: dict[str, Any], world: World) -> Response:
    """Offer to cancel several events, of a series the occurrences meant; one change for each."""
    changes: dict[str, Change] = {}
    for event in events:
        before = changes[event.uid].before if event.uid in changes else world.sources.event_text(event)
        text = str(changes[event.uid].after) if event.uid in changes else before
        after = exclude_occurrence(text, event.occurrence) if event.in_series else None
        changes[event.uid] = Change("event", before, after, event.uid, event.source)
    told = "; ".join(say_event(event, world) for event in events)
    series = " - of series these occurrences alone" if any(event.in_series for event in events) else ""
    items = tuple({**event.item(), "series": False} for event in events)
    reply, done = f"Cancel {told}{series}?", f"Done: {told} {'is' if len(events) == 1 else 'are'} cancelled."
    return Response(CONFIRM, reply, items, changes=tuple(changes.values()), done=done, memory=memory)


def _same_series_once(events: list[Event]) -> list[Event]:
    """Return events, of a series the first alone."""
    once: dict[str, Event] = {}
    for event in events:
        once.setdefault(event.uid if event.in_series else f"{event.uid} {event.start}", event)
    return list(once.values())


def _offer_cancel(event: Event, memory: dict[str, Any], world: World) -> Response:
    text = world.sources.event_text(event)
    if event.in_series and not memory.get("series"):
        after: str | None = exclude_occurrence(text, event.occurrence)
        told, scope = say_event(event, world), " - this occurrence alone, the series stays"
    else:
        after, scope = None, ""
        told = f"the whole series {event.summary}, every occurrence," if event.in_series else say_event(event, world)
    return Response(
        CONFIRM,
        f"Cancel {told.rstrip(',')}{scope}?",
        ({**event.item(), "series": after is None and event.in_series},),
        changes=(Change("event", text, after, event.uid, event.source),),
        done=f"Done: {told} is cancelled.",
        memory=memory,
    )


def _offer_move(event: Event, memory: dict[str, Any], world: World) -> Response:
    target = str(memory["target"])
    start = _target_start(event, target, memory, world)
    if isinstance(start, Response):
        return Response(start.act, start.reply, start.items, asks=start.asks, memory=memory)
    new_start, length = start
    new_end = add_exactly(new_start, length)
    if new_start == event.start and new_end == event.end:
        return cannot(f"{event.summary} is at that time already.")
    text = world.sources.event_text(event)
    moved = Event(
        event.uid, event.source, event.summary, new_start, new_end, event.all_day, event.location, event.occurrence
    )
    if event.in_series and memory.get("series"):
        if new_start.date() != event.start.date() or event.all_day:
            return cannot(
                "Of a series I can change the time of day only; move one occurrence, or change the series in "
                "your calendar."
            )
        after = shift_series(text, new_start.replace(tzinfo=None) - event.start.replace(tzinfo=None), world.now)
        scope = " - every occurrence of the series"
    elif event.in_series:
        after = move_occurrence(text, event.occurrence, new_start, new_end, world.now)
        scope = " - this occurrence alone"
    else:
        after, scope = move_event(text, new_start, new_end, world.now), ""
    return Response(
        CONFIRM,
        f"Move {event.summary} from {say_times(event, world)} to {say_times(moved, world)}{scope}?",
        ({**moved.item(), "from": event.item()["start"]},),
        changes=(Change("event", text, after, event.uid, event.source),),
        done=f"Done: {event.summary} is {say_times(moved, world)} now.",
        memory={**memory, "before": (event.item(),), "start": new_start.isoformat()},
    )


def _target_start(
    event: Event, text: str, memory: dict[str, Any], world: World
) -> tuple[datetime, timedelta] | Response:
    """Return the new beginning and length of an event, or the question for it."""
    length = event.end - event.start
    whens = find_whens(text, world.now, anchor=event.start.date(), bare=text != memory.get("text"))
    shift = _shift_of(text, whens)
    if shift is None and not whens and (durations := find_durations(text)):
        before = str(memory.get("text", ""))
        again = _shift_of(f"{before} later" if SHIFT.search(before) else "", []) if text != before else None
        if again is None:
            return event.start, durations[0].length
        shift = -durations[0].length if EARLIER.search(before.lower()) else durations[0].length
    target = _split_target(text, whens, "move")[1]
    if shift is not None and (target is None or not target.has_time):
        return add_exactly(event.start, shift) if shift % timedelta(days=1) else _by_days(event, shift), length
    if target is None:
        return ask("when", f"To when shall {event.summary} move? It is {say_times(event, world)}.")
    if target.has_time and says_end(text, target) and (memory.get("start") or LASTS.search(text.lower())):
        begin = datetime.fromisoformat(memory["start"]) if memory.get("start") else event.start
        end = first_after(target, begin, world)
        return end if isinstance(end, Response) else (begin, end - begin)
    if target.bound == "before":
        target = When(
            target.begin, target.stop, target.first, target.last, target.grain, target.time, target.until, target.part
        )
    target = _beside_event(target, event)
    span = resolve(target if target.has_day else target.on(event.start.date()), world)
    if isinstance(span, Response):
        return span
    return _place(event, target, span, length, world)


def _beside_event(target: When, event: Event) -> When:
    """Return a bare time from 8 to 11 in the evening where the event is in the evening: dinner moves to 8 p.m."""
    late = target.time and target.time.bare and not target.part and target.time.hour in (8, 9, 10, 11)
    return replace(target, part="evening") if late and event.start.hour >= EVENING and not event.all_day else target


def _by_days(event: Event, shift: timedelta) -> datetime:
    """Return a beginning some days later at the same time of day."""
    return (event.start.replace(tzinfo=None) + shift).replace(tzinfo=event.start.tzinfo)


def _place(event: Event, target: When, span: Span, length: timedelta, world: World) -> tuple[datetime, timedelta]:
    if target.has_time:
        return span.start, (span.end - span.start if span.end > span.start else length)
    if target.part:
        return span.start, length
    day = span.start.date()
    if span.grain == "week":
        day += timedelta(days=event.start.weekday())
    return datetime.combine(day, event.start.timetz().replace(tzinfo=None), world.zone), length

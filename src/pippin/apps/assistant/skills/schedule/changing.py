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
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, CONFIRM, Change
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import problem_of, resolve
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
EARLIER = re.compile(r"\b(?:earlier|forward|sooner|ahead)\b")
SHIFT = re.compile(r"\b(?:by|later|earlier|back|forward|sooner|ahead|delay|push|postpone)\b")


def change_event(request: Request, world: World) -> Response | None:
    """Offer to move or cancel an event, asking which where several fit."""
    if request.mode == FOLLOW:
        return None
    memory: dict[str, Any] = dict(request.memory) if request.mode in (FILL, CORRECT, CHOOSE) else {}
    text = request.text
    bare = request.mode in (FILL, CORRECT) and request.asks != "event"
    whens = find_whens(text, world.now, bare=bare)
    problem = problem_of(whens)
    if problem:
        return Response(problem.act, problem.reply, memory=memory)
    events = _events_of(request, text, whens, memory, world)
    if (
        request.mode in (FILL, CORRECT)
        and memory.get("event")
        and not (request.mode == FILL and request.asks == "event")
    ):
        memory["target"] = text
        if means_series(text):
            memory.update(series=True, target=memory.get("text", text))
    elif request.mode == CHOOSE or (request.mode == FILL and request.asks == "event"):
        memory.setdefault("target", memory.get("text", text))
    else:
        memory.update(text=text, target=text, series=means_series(text))
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
        memory={**memory, "before": (event.item(),)},
    )


def _target_start(
    event: Event, text: str, memory: dict[str, Any], world: World
) -> tuple[datetime, timedelta] | Response:
    """Return the new beginning and length of an event, or the question for it."""
    length = event.end - event.start
    whens = find_whens(text, world.now, anchor=event.start.date(), bare=text != memory.get("text"))
    shift = _shift_of(text, whens)
    target = _split_target(text, whens, "move")[1]
    if shift is not None and (target is None or not target.has_time):
        return add_exactly(event.start, shift) if shift % timedelta(days=1) else _by_days(event, shift), length
    if target is None:
        return ask("when", f"To when shall {event.summary} move? It is {say_times(event, world)}.")
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

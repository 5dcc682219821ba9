"""When to leave to be somewhere on time: at an event, or at a stop by a time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.spoken import say_moment
from pippin.apps.assistant.dates.when import Clock, When
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.commute.telling import check_date, journey_of, say_leg
from pippin.apps.assistant.skills.commute.trips import Trip, choice_of, find_places, remember
from pippin.apps.assistant.skills.phrases import resolve
from pippin.apps.assistant.skills.schedule.event_search import event_of, find_events
from pippin.apps.assistant.sources.events import Event
from pippin.apps.assistant.sources.timetable import Timetable

THERE = re.compile(r"(?<!is )(?<!are )(?<!from )\bthere\b|\bin time\b|\bon time\b|\bto (?:make|get to) it\b")


@dataclass(frozen=True)
class _Goal:
    """Where one is to be, by when, and what for."""

    by: datetime
    name: str
    ends: list[int]


def tell_when_to_leave(request: Request, whens: list[When], timetable: Timetable, world: World) -> Response | None:
    """Answer when to leave."""
    if request.mode == CHOOSE:
        memory, text = {**request.memory, **choice_of(request)}, str(request.memory.get("said", ""))
        request = replace(request, mode=FILL, asks="", memory=memory, text=text)
        whens = find_whens(request.text, world.now)
    trip, starts, ends = find_places(request, whens, timetable, world)
    goal = _find_goal(request, trip, ends, whens, timetable, world)
    if not isinstance(goal, _Goal):
        return goal
    if request.mode == FILL and not goal.ends:
        return cannot(f"I find no stop called {request.text} in the timetable.")
    starts = starts or [i for i, known in enumerate(timetable.stop_names) if known == world.home]
    if not starts:
        return ask("from", "From which stop do you leave?", **remember(trip, by=goal.by.isoformat(), goal=goal.name))
    problem = check_date(goal.by, timetable, world)
    return problem or _tell_departure(request, goal, trip, starts[0], timetable, world)


def _find_goal(
    request: Request, trip: Trip, ends: list[int], whens: list[When], timetable: Timetable, world: World
) -> _Goal | Response | None:
    """Return where to be by when: asked before, at an event, or at a stop; or the question for what is missing."""
    events = find_events(request.text, whens, world) if request.mode != FILL else []
    if not events and request.mode != FILL and (THERE.search(request.text.lower()) or not (ends or trip.end)):
        events = _talked_of(request, world)
    goes_on = request.mode == FILL or (request.mode in (CORRECT, FOLLOW) and trip.start and not whens and not events)
    if goes_on and request.memory.get("by"):
        return _Goal(datetime.fromisoformat(request.memory["by"]), str(request.memory.get("goal", "")), ends)
    if events and (not ends or not any(when.has_time for when in whens)):
        event = events[0]
        name = f"{event.summary}, {say_moment(event.start, world.now.date())}"
        ends = best_names(event.location, timetable.stop_names) if event.location else []
        if ends:
            return _Goal(event.start, name, ends)
        where = f"it is at {event.location}" if event.location else "it names no place"
        question = f"Which stop is nearest to {event.summary}? ({where[0].upper()}{where[1:]}.)"
        return ask("to", question, **remember(trip, by=event.start.isoformat(), goal=name))
    by = request.memory.get("by")
    if by and whens and whens[0].has_day and not whens[0].has_time:
        whens = [replace(whens[0], time=Clock(int(by[11:13]), int(by[14:16])), part="")]
    if by and whens and whens[0].has_time and not whens[0].has_day and request.mode in (FOLLOW, CORRECT):
        whens = [whens[0].on(datetime.fromisoformat(by).date())]
    if ends and whens and whens[0].has_time:
        span = resolve(replace(whens[0], bound=""), world)
        if isinstance(span, Response):
            return span
        return _Goal(span.start, say_moment(span.start, world.now.date()), ends)
    if request.mode == FOLLOW:
        return None
    if ends:
        return ask("when", "When must you be there?", **remember(trip))
    return cannot("I find neither such an event nor such a stop.")


def _talked_of(request: Request, world: World) -> list[Event]:
    """Return the event that was talked of: the one a way was sought to, or the only one shown."""
    shown = [request.memory["event"]] if request.memory.get("event") else [i for i in request.items if "uid" in i]
    event = event_of(shown[0], world) if len(shown) == 1 else None
    return [event] if event else []


def _tell_departure(
    request: Request, goal: _Goal, trip: Trip, start: int, timetable: Timetable, world: World
) -> Response:
    by = goal.by.astimezone(timetable.tzinfo)
    journeys = [legs for end in goal.ends if (legs := timetable.latest(start, end, by))]
    if not journeys:
        return cannot("I find no way there in time.", **remember(trip))
    legs = max(journeys, key=lambda journey: journey[0].departs)
    leaves = legs[0].departs
    late = " That has passed." if leaves < world.now else ""
    way = "; then ".join(map(say_leg, legs))
    reply = f"Leave {say_moment(leaves, world.now.date())}, to be there for {goal.name}: {way}.{late}"
    trip = replace(trip, end=timetable.stop_names[goal.ends[0]].lower())
    memory = remember(trip, said=request.text, by=goal.by.isoformat(), goal=goal.name)
    return Response(reply=reply, items=(journey_of(legs),), slots={"at": leaves.isoformat()}, memory=memory)

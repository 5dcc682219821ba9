"""How to get from one place to another."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from pippin.apps.assistant.dates.when import When
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.commute.telling import (
    ask_which,
    check_date,
    is_one_place,
    moment_of_trip,
    tell_journey,
)
from pippin.apps.assistant.skills.commute.trips import (
    arrival_of,
    default_start,
    find_places,
    find_stop,
    remember,
    with_choice,
)
from pippin.apps.assistant.skills.schedule.event_search import find_events
from pippin.apps.assistant.sources.timetable import Timetable


def tell_route(request: Request, whens: list[When], timetable: Timetable, world: World) -> Response | None:
    """Answer with a journey."""
    request = with_choice(request)
    trip, starts, ends = find_places(request, whens, timetable, world)
    if re.search(r"\bmy commute\b", request.text.lower()):
        trip, ends = replace(trip, end="work"), find_stop("work", timetable, world)
    event = None
    if not ends and trip.end:
        event = next(iter(find_events(request.text, whens, world)), None)
        ends = best_names(event.location, timetable.stop_names) if event and event.location else []
    if not ends:
        if trip.end:
            return None if request.mode == FOLLOW else cannot(f"I find no stop called {trip.end} in the timetable.")
        return ask("to", "To which stop?", **remember(trip))
    if trip.start and not starts:
        return cannot(f"I find no stop called {trip.start} in the timetable.")
    starts = starts or default_start(trip, ends, timetable, world)
    if not starts:
        return ask("from", "From which stop?", **remember(trip))
    for slot, stops in (("from", starts), ("to", ends)):
        if not is_one_place(stops, [], timetable):
            return ask_which(slot, stops, timetable, trip)
    by = trip.when is not None and trip.when.bound == "before"
    moment = moment_of_trip(trip, timetable, world)
    if isinstance(moment, Response):
        return moment
    there, half = arrival_of(request), timedelta(hours=12)
    if there and moment < there <= moment + half and not re.search(r"morning|\d ?am\b", request.text.lower()):
        moment += half
    problem = check_date(moment, timetable, world)
    if problem:
        return problem
    legs = (timetable.latest if by else timetable.earliest)(starts[0], ends[0], moment)
    response = tell_journey(legs, trip, timetable, world)
    at = {"at": moment.isoformat(), "bound": "before" if by else ""} if trip.when else {}
    return replace(response, memory={**response.memory, **at, **({"event": dict(event.item())} if event else {})})

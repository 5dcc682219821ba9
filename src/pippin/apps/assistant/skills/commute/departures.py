"""The next departures from a stop, the last of a day, and the one after the one that was named."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from pippin.apps.assistant.dates.spoken import say_day, say_length, say_time
from pippin.apps.assistant.dates.when import When
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import FOLLOW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.commute.telling import (
    ask_which,
    check_date,
    is_one_place,
    item_of,
    journey_of,
    moment_of_trip,
    say_leg,
    tell_journey,
)
from pippin.apps.assistant.skills.commute.trips import Trip, default_start, find_places, remember, with_choice
from pippin.apps.assistant.sources.timetable import Leg, Timetable

COUNT = 3
SOON = timedelta(hours=2)
"""Direct rides that leave later than that are no help; a change is offered."""
EARLIER = re.compile(r"\b(?:earlier|sooner|before (?:that|it|this))\b")
DAY_BEGINS = 3
"""The hour at which the trains of a day begin."""
VEHICLE = r"(?:train|bus|tram|one|subway|ride|departure|connection)"


def rides_of(request: Request) -> list[Item]:
    return [item for item in request.items if item.get("departs") and item.get("arrives") and item.get("to")]


def tell_ride(ride: Item, request: Request, timetable: Timetable) -> Response:
    """Answer what was asked of a ride that was shown: its line, its times, how long it takes."""
    legs = ride.get("legs") or [ride]
    told = "; then ".join(
        f"{leg['route']} towards {leg['headsign']} from {leg['from']} at {leg['departs'][11:16]}, {leg['to']} at "
        f"{leg['arrives'][11:16]}"
        if leg.get("route")
        else f"walk from {leg['from']} to {leg['to']}"
        for leg in legs
    )
    takes = datetime.fromisoformat(str(ride["arrives"])) - datetime.fromisoformat(str(ride["departs"]))
    return Response(
        reply=f"{told[:1].upper()}{told[1:]}. That takes {say_length(takes)}.", items=(ride,), memory=request.memory
    )


def tell_one_later(request: Request, timetable: Timetable, world: World) -> Response | None:
    """Answer with the ride after the one that was named first: "and the one after that?"."""
    ride = rides_of(request)[0]
    starts, ends = (best_names(str(ride[end]), timetable.stop_names) for end in ("from", "to"))
    moment = datetime.fromisoformat(str(ride["departs"])) + timedelta(minutes=1)
    if not starts or not ends:
        return None
    trip = Trip(str(ride["from"]), str(ride["to"]))
    if EARLIER.search(request.text.lower()):
        arrives = datetime.fromisoformat(str(ride["arrives"])) - timedelta(minutes=1)
        return tell_journey(timetable.latest(starts[0], ends[0], arrives), trip, timetable, world)
    return tell_journey(timetable.earliest(starts[0], ends[0], moment), trip, timetable, world)


def tell_departures(request: Request, whens: list[When], timetable: Timetable, world: World) -> Response | None:
    request = with_choice(request)
    trip, starts, ends = find_places(request, whens, timetable, world)
    if (trip.start and not starts) or (trip.end and not ends):
        return (
            None
            if request.mode == FOLLOW
            else cannot(f"I find no stop called {trip.end if trip.end and not ends else trip.start} in the timetable.")
        )
    starts = starts or default_start(trip, ends, timetable, world)
    if not starts:
        return ask("from", "From which stop?", **remember(trip))
    if len(starts) > 1 and not is_one_place(starts, ends, timetable):
        return ask_which("from", starts, timetable, trip)
    moment = moment_of_trip(trip, timetable, world)
    if isinstance(moment, Response):
        return moment
    if re.search(rf"\bfirst {VEHICLE}\b", request.text.lower()) and not (trip.when and trip.when.has_time):
        moment = moment.replace(hour=DAY_BEGINS, minute=0) if moment > world.now else moment
    problem = check_date(moment, timetable, world)
    if problem:
        return problem
    legs = [leg for start in starts for leg in timetable.departures(start, set(ends), moment, COUNT, trip.route)]
    legs = sorted(legs, key=lambda leg: leg.departs)[:COUNT]
    if re.search(rf"\blast {VEHICLE}\b", request.text.lower()):
        legs = _last_of_day(starts, ends, moment, trip, timetable)
        if not legs and ends:
            return tell_journey(timetable.latest(starts[0], ends[0], _night(moment)), trip, timetable, world)
    if not legs or (ends and legs[0].departs - moment > SOON and trip.when is None):
        return _without_ride(starts, ends, moment, trip, timetable, world)
    told = "; ".join(_say_departure(leg, bool(ends)) for leg in legs)
    day = "" if legs[0].departs.date() == world.now.date() else f", {say_day(legs[0].departs.date(), world.now.date())}"
    reply = f"From {legs[0].start}{day}: {told}."
    at = {"at": moment.isoformat()} if trip.when else {}
    return Response(reply=reply, items=tuple(map(item_of, legs)), memory=remember(trip, **at))


def _say_departure(leg: Leg, with_arrival: bool) -> str:
    """Return a departure, with its arrival where it was asked for a place to go to."""
    arrival = f" ({leg.end} {say_time(leg.arrives)})" if with_arrival else ""
    return f"{leg.route} towards {leg.headsign} at {say_time(leg.departs)}{arrival}"


def _night(moment: datetime) -> datetime:
    """Return three o'clock of the night after a moment."""
    return moment.replace(hour=3, minute=0) + timedelta(days=0 if moment.hour < 3 else 1)


def _last_of_day(starts: list[int], ends: list[int], moment: datetime, trip: Trip, timetable: Timetable) -> list[Leg]:
    night = _night(moment)
    legs = [leg for start in starts for leg in timetable.departures(start, set(ends), moment, 2000, trip.route)]
    legs = [leg for leg in legs if leg.departs < night]
    return sorted(legs, key=lambda leg: leg.departs)[-1:]


def _without_ride(
    starts: list[int], ends: list[int], moment: datetime, trip: Trip, timetable: Timetable, world: World
) -> Response:
    """Answer with a route where nothing goes there without a change."""
    if ends:
        legs = timetable.earliest(starts[0], ends[0], moment)
        if legs:
            told = "; then ".join(map(say_leg, legs))
            return Response(
                reply=f"Nothing goes there without a change: {told}.", items=(journey_of(legs),), memory=remember(trip)
            )
    return cannot(f"Nothing leaves {timetable.names[starts[0]]} then.", **remember(trip))

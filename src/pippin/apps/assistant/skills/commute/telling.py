"""How rides and journeys are told, and what is said where the timetable does not help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pippin.apps.assistant.dates.spoken import say_day, say_length, say_time
from pippin.apps.assistant.dialogue.requests import Response, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.commute.trips import Trip, remember
from pippin.apps.assistant.skills.phrases import resolve
from pippin.apps.assistant.sources.timetable import Leg, Timetable


def ask_which(slot: str, stops: list[int], timetable: Timetable, trip: Trip) -> Response:
    names = [timetable.names[index] for index in stops[:6]]
    return Response(
        CLARIFY,
        f"Which one? {'; '.join(names)}.",
        tuple({"name": name, "slot": slot} for name in names),
        memory=remember(trip),
    )


def check_date(moment: datetime, timetable: Timetable, world: World) -> Response | None:
    """Return the answer for a day that the timetable does not hold for."""
    day, today = moment.date(), world.now.date()
    if day > timetable.last:
        return cannot(
            f"The timetable ended on {say_day(timetable.last, today)} {timetable.last.year}; connect a newer one."
        )
    if day < timetable.first:
        return cannot(f"The timetable begins on {say_day(timetable.first, today)} {timetable.first.year} only.")
    return None


def moment_of_trip(trip: Trip, timetable: Timetable, world: World) -> datetime | Response:
    if trip.when is None:
        return world.now.astimezone(timetable.tzinfo)
    span = resolve(replace(trip.when, bound="") if trip.when.has_time else trip.when, world)
    if isinstance(span, Response):
        return span
    moment = span.start if trip.when.has_time or trip.when.part or span.start > world.now else world.now
    return moment.astimezone(timetable.tzinfo)


def item_of(leg: Leg) -> Item:
    return {
        "route": leg.route, "headsign": leg.headsign, "from": leg.start, "to": leg.end,
        "departs": leg.departs.isoformat(), "arrives": leg.arrives.isoformat(),
    }  # fmt: skip


def journey_of(legs: list[Leg]) -> Item:
    rides = [leg for leg in legs if leg.route]
    return {
        "from": legs[0].start, "to": legs[-1].end,
        "departs": legs[0].departs.isoformat(), "arrives": legs[-1].arrives.isoformat(),
        "route": rides[0].route if rides else "", "headsign": rides[0].headsign if rides else "",
        "changes": max(len(rides) - 1, 0), "legs": [item_of(leg) for leg in legs],
    }  # fmt: skip


def say_leg(leg: Leg) -> str:
    if not leg.route:
        return f"walk from {leg.start} to {leg.end}"
    times = f"from {leg.start} at {say_time(leg.departs)}, {leg.end} at {say_time(leg.arrives)}"
    return f"{leg.route} towards {leg.headsign} {times}"


def tell_journey(legs: list[Leg], trip: Trip, timetable: Timetable, world: World) -> Response:
    if not legs:
        return cannot("I find no way there at that time.", **remember(trip))
    length = say_length(legs[-1].arrives - legs[0].departs)
    day = "" if legs[0].departs.date() == world.now.date() else f"{say_day(legs[0].departs.date(), world.now.date())}: "
    reply = f"{day}{'; then '.join(map(say_leg, legs))}. That takes {length}."
    return Response(reply=reply[0].upper() + reply[1:], items=(journey_of(legs),), memory=remember(trip))


def is_one_place(stops: list[int], ends: list[int], timetable: Timetable) -> bool:
    """Tell whether several stations are one place for people: they have one name."""
    return len({timetable.names[index] for index in stops}) == 1

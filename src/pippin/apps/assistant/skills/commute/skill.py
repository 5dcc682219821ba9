"""Commute: next departures, routes, and when to leave to be somewhere on time, from a timetable."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.spoken import say_day, say_length, say_moment, say_time
from pippin.apps.assistant.dates.when import When
from pippin.apps.assistant.dialogue.cues import points_back, simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import problem_of, resolve, without
from pippin.apps.assistant.skills.schedule.event_search import find_events
from pippin.apps.assistant.sources.timetable import Leg, Timetable

NONE = "I know no timetable. `pippin assistant connect FILE.zip` reads one (GTFS)."
COUNT = 3
SOON = timedelta(hours=2)
"""Direct rides that leave later than that are no help; a change is offered."""

LATER = re.compile(
    r"\b(?:one|ride|train|bus|tram)? ?after (?:that|this|it)\b|^(?:and )?the (?:next|following|later) one$"
)

FILLER = re.compile(
    r"\b(?:next|trains?|bus|buses|trams?|subway|metro|departures?|when|what|time|does|do|go|goes|going|get|leave|leaves|leaving|take|"
    r"route|way|best|quickest|line|connection|directions|travel|how|long|must|should|be|on time|in time|arrive|"
    r"latest|last|first|"
    r"set off|head out|out of the door|catch|change|now|show|which|stop|station|have|need|there|by|before|after|at)\b"
)


@dataclass(frozen=True)
class Trip:
    """What is asked for: between which places, in the user's words, and when; an event where it is for one."""

    start: str = ""
    end: str = ""
    when: When | None = None
    route: str = ""


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about trains and buses; None where it goes on from nothing here."""
    timetable = world.sources.timetable()
    if timetable is None:
        return cannot(NONE)
    day = _day_there(request)
    whens = [when.on(day) if day else when for when in find_whens(request.text, world.now)]
    problem = problem_of(whens)
    if problem:
        return problem
    if LATER.search(simplify(request.text)) and _rides(request) and not whens:
        return _one_later(request, timetable, world)
    return {"next": _next, "route": _route, "leave": _leave}[request.intent](request, whens, timetable, world)


def _rides(request: Request) -> list[Item]:
    return [item for item in request.items if item.get("departs") and item.get("arrives") and item.get("to")]


def _one_later(request: Request, timetable: Timetable, world: World) -> Response | None:
    """Answer with the ride after the one that was named first: "and the one after that?"."""
    ride = _rides(request)[0]
    starts, ends = (best_names(str(ride[end]), timetable.stop_names) for end in ("from", "to"))
    moment = datetime.fromisoformat(str(ride["departs"])) + timedelta(minutes=1)
    if not starts or not ends:
        return None
    trip = Trip(str(ride["from"]), str(ride["to"]))
    return _tell_journey(timetable.earliest(starts[0], ends[0], moment), trip, timetable, world)


def _place_there(request: Request, timetable: Timetable) -> str:
    """Return the stop that "there" means: where the ride or event shown last is."""
    for item in request.items:
        place = str(item.get("to") if item.get("route") is not None else item.get("location") or "")
        found = best_names(place, timetable.stop_names) if place else []
        if found:
            return timetable.stop_names[found[0]]
    return ""


def _arrival(request: Request) -> datetime | None:
    """Return the moment from which one is "there"."""
    if not re.search(r"\bfrom there\b", simplify(request.text)):
        return None
    moments = [str(item.get("arrives") or item.get("end") or "") for item in request.items[:1]]
    return datetime.fromisoformat(moments[0]) if moments and "T" in moments[0] else None


def _day_there(request: Request) -> date | None:
    moment = _arrival(request)
    return moment.date() if moment else None


# What was asked -----------------------------------------------------------------------------------------------


def read_trip(text: str, whens: list[When], at_end: bool = False) -> Trip:
    """Return the places and the time a text names: "from X to Y at 9"; "at X" is where to go with `at_end`."""
    plain = simplify(without(text, whens))
    start = re.search(
        rf"\b(?:from|leave|leaves|leaving{'' if at_end else '|at'}) (?P<place>(?!for\b|to\b|by\b|my\b|home "
        rf"to\b)(?:(?!\b(?:to|towards|for|until|on|at|from)\b).)+)",
        plain,
    )
    end = re.search(
        r"\b(?:to|towards|for|at)\b(?! (?:be|get|leave|go|take|catch|have|arrive|change|travel|set|head)\b) "
        r"(?P<place>(?:(?!\b(?:from|to|on|for|by)\b).)+)",
        plain,
    )
    if end and start and end.start() == start.start():
        end = None
    route = re.search(
        r"\b(?:the|line|route|number|bus|tram|train|next) (?P<route>\d{1,3}[a-z]?|[a-z])\b(?= (?:train|bus|tram|"
        r"line|to|from|leave|go)|$)",
        plain,
    )
    home = re.search(r"(?<!from )(?<!leave )(?<!leaving )(?<!at )\bhome\b", plain)
    return Trip(
        start["place"].strip() if start else ("home" if re.search(r"leave home\b", plain) else ""),
        end["place"].strip() if end else "home" if home and not (start and "home" in start["place"]) else "",
        whens[0] if whens else None,
        route["route"] if route else "",
    )


def find_stop(place: str, timetable: Timetable, world: World) -> list[int]:
    """Return the stations that a place names, home and work among them."""
    if re.fullmatch(r"(?:right )?(?:here|my place|where i am)", place):
        place = "home"
    words = FILLER.sub(" ", place) if len(place.split()) > 1 else place
    words = re.sub(r"\b(?:the|my|please)\b", " ", words).strip()
    for name, station in (("home", world.home), ("work", world.work), ("the office", world.work)):
        if words in (name, name.removeprefix("the ")):
            return [i for i, known in enumerate(timetable.stop_names) if known == station]
    return best_names(words, timetable.stop_names)


def _places(
    request: Request, whens: list[When], timetable: Timetable, world: World
) -> tuple[Trip, list[int], list[int]]:
    """Return the trip asked for with the stations it names; what follows up keeps what was asked before."""
    trip = read_trip(request.text, whens, request.intent == "leave")
    if trip.start in ("there", "over there"):
        trip = replace(trip, start=_place_there(request, timetable) or trip.start)
    elif not trip.end and re.search(r"\b(?:get|go|way|take me) there\b", simplify(request.text)):
        trip = replace(trip, end=_place_there(request, timetable))
    before = request.memory
    if request.mode == FILL and request.asks in ("from", "to"):
        trip = replace(trip, start=request.text) if request.asks == "from" else replace(trip, end=request.text)
    goes_on = request.mode == NEW and points_back(request.text) and not (trip.start or trip.end) and before.get("end")
    if request.mode in (FOLLOW, FILL, CORRECT) or goes_on:
        if request.mode == FOLLOW and not trip.end and not trip.start and not whens:
            trip = replace(trip, end=simplify(request.text))
        trip = replace(
            trip,
            start=trip.start or before.get("start", ""),
            end=trip.end or before.get("end", ""),
            route=trip.route or before.get("route", ""),
        )
    starts, ends = (find_stop(place, timetable, world) if place else [] for place in (trip.start, trip.end))
    return trip, starts, ends


def _default_start(trip: Trip, ends: list[int], timetable: Timetable, world: World) -> list[int]:
    """Return home, or of a way home work."""
    name = world.work if [timetable.names[i] for i in ends] == [world.home] and world.work else world.home
    return [index for index, known in enumerate(timetable.stop_names) if known == name]


def _memory(trip: Trip, **more: Any) -> dict[str, Any]:
    return {"start": trip.start, "end": trip.end, "route": trip.route, **more}


def _which(slot: str, stops: list[int], timetable: Timetable, trip: Trip) -> Response:
    names = [timetable.names[index] for index in stops[:6]]
    return Response(
        CLARIFY,
        f"Which one? {'; '.join(names)}.",
        tuple({"name": name, "slot": slot} for name in names),
        memory=_memory(trip),
    )


def _check_date(moment: datetime, timetable: Timetable, world: World) -> Response | None:
    """Return the answer for a day that the timetable does not hold for."""
    day, today = moment.date(), world.now.date()
    if day > timetable.last:
        return cannot(
            f"The timetable ended on {say_day(timetable.last, today)} {timetable.last.year}; connect a newer one."
        )
    if day < timetable.first:
        return cannot(f"The timetable begins on {say_day(timetable.first, today)} {timetable.first.year} only.")
    return None


def _moment(trip: Trip, timetable: Timetable, world: World) -> datetime | Response:
    if trip.when is None:
        return world.now.astimezone(timetable.tzinfo)
    span = resolve(replace(trip.when, bound="") if trip.when.has_time else trip.when, world)
    if isinstance(span, Response):
        return span
    moment = span.start if trip.when.has_time or trip.when.part or span.start > world.now else world.now
    return moment.astimezone(timetable.tzinfo)


# Answers ------------------------------------------------------------------------------------------------------


def _item(leg: Leg) -> Item:
    return {
        "route": leg.route, "headsign": leg.headsign, "from": leg.start, "to": leg.end,
        "departs": leg.departs.isoformat(), "arrives": leg.arrives.isoformat(),
    }  # fmt: skip


def _journey(legs: list[Leg]) -> Item:
    rides = [leg for leg in legs if leg.route]
    return {
        "from": legs[0].start, "to": legs[-1].end,
        "departs": legs[0].departs.isoformat(), "arrives": legs[-1].arrives.isoformat(),
        "route": rides[0].route if rides else "", "headsign": rides[0].headsign if rides else "",
        "changes": max(len(rides) - 1, 0), "legs": [_item(leg) for leg in legs],
    }  # fmt: skip


def _say_leg(leg: Leg) -> str:
    if not leg.route:
        return f"walk from {leg.start} to {leg.end}"
    times = f"from {leg.start} at {say_time(leg.departs)}, {leg.end} at {say_time(leg.arrives)}"
    return f"{leg.route} towards {leg.headsign} {times}"


def _choice_of(request: Request) -> dict[str, str]:
    """Return the slot that a chosen stop fills."""
    if request.mode != CHOOSE or not request.choice:
        return {}
    return {{"from": "start", "to": "end"}[str(request.choice["slot"])]: str(request.choice["name"]).lower()}


def _next(request: Request, whens: list[When], timetable: Timetable, world: World) -> Response | None:
    if request.mode == CHOOSE:
        request = replace(request, mode=FILL, asks="", memory={**request.memory, **_choice_of(request)}, text="")
    trip, starts, ends = _places(request, whens, timetable, world)
    if (trip.start and not starts) or (trip.end and not ends):
        return (
            None
            if request.mode == FOLLOW
            else cannot(f"I find no stop called {trip.end if trip.end and not ends else trip.start} in the timetable.")
        )
    starts = starts or _default_start(trip, ends, timetable, world)
    if not starts:
        return ask("from", "From which stop?", **_memory(trip))
    if len(starts) > 1 and not _one_line(starts, ends, timetable):
        return _which("from", starts, timetable, trip)
    moment = _moment(trip, timetable, world)
    if isinstance(moment, Response):
        return moment
    problem = _check_date(moment, timetable, world)
    if problem:
        return problem
    legs = [leg for start in starts for leg in timetable.departures(start, set(ends), moment, COUNT, trip.route)]
    legs = sorted(legs, key=lambda leg: leg.departs)[:COUNT]
    if re.search(r"\blast (?:train|bus|tram|one|subway)\b", request.text.lower()):
        legs = _last_of_day(starts, ends, moment, trip, timetable)
        if not legs and ends:
            return _tell_journey(timetable.latest(starts[0], ends[0], _night(moment)), trip, timetable, world)
    if not legs or (ends and legs[0].departs - moment > SOON and trip.when is None):
        return _without_ride(starts, ends, moment, trip, timetable, world)
    told = "; ".join(f"{leg.route} towards {leg.headsign} at {say_time(leg.departs)}" for leg in legs)
    day = "" if legs[0].departs.date() == world.now.date() else f", {say_day(legs[0].departs.date(), world.now.date())}"
    reply = f"From {legs[0].start}{day}: {told}."
    return Response(reply=reply, items=tuple(map(_item, legs)), memory=_memory(trip))


def _one_line(starts: list[int], ends: list[int], timetable: Timetable) -> bool:
    """Tell whether several stations are one place for people: they have one name."""
    return len({timetable.names[index] for index in starts}) == 1


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
            told = "; then ".join(map(_say_leg, legs))
            return Response(
                reply=f"Nothing goes there without a change: {told}.", items=(_journey(legs),), memory=_memory(trip)
            )
    return cannot(f"Nothing leaves {timetable.names[starts[0]]} then.", **_memory(trip))


def _route(request: Request, whens: list[When], timetable: Timetable, world: World) -> Response | None:
    if request.mode == CHOOSE:
        request = replace(request, mode=FILL, asks="", memory={**request.memory, **_choice_of(request)}, text="")
    trip, starts, ends = _places(request, whens, timetable, world)
    if re.search(r"\bmy commute\b", request.text.lower()):
        trip, ends = replace(trip, end="work"), find_stop("work", timetable, world)
    event = None
    if not ends and trip.end:
        event = next(iter(find_events(request.text, whens, world)), None)
        ends = best_names(event.location, timetable.stop_names) if event and event.location else []
    if not ends:
        if trip.end:
            return None if request.mode == FOLLOW else cannot(f"I find no stop called {trip.end} in the timetable.")
        return ask("to", "To which stop?", **_memory(trip))
    if trip.start and not starts:
        return cannot(f"I find no stop called {trip.start} in the timetable.")
    starts = starts or _default_start(trip, ends, timetable, world)
    if not starts:
        return ask("from", "From which stop?", **_memory(trip))
    for slot, stops in (("from", starts), ("to", ends)):
        if not _one_line(stops, [], timetable):
            return _which(slot, stops, timetable, trip)
    by = trip.when is not None and trip.when.bound == "before"
    moment = _moment(trip, timetable, world)
    if isinstance(moment, Response):
        return moment
    there, half = _arrival(request), timedelta(hours=12)
    if there and moment < there <= moment + half and not re.search(r"morning|\d ?am\b", request.text.lower()):
        moment += half
    problem = _check_date(moment, timetable, world)
    if problem:
        return problem
    legs = (timetable.latest if by else timetable.earliest)(starts[0], ends[0], moment)
    return _tell_journey(legs, trip, timetable, world)


def _tell_journey(legs: list[Leg], trip: Trip, timetable: Timetable, world: World) -> Response:
    if not legs:
        return cannot("I find no way there at that time.", **_memory(trip))
    length = say_length(legs[-1].arrives - legs[0].departs)
    day = "" if legs[0].departs.date() == world.now.date() else f"{say_day(legs[0].departs.date(), world.now.date())}: "
    reply = f"{day}{'; then '.join(map(_say_leg, legs))}. That takes {length}."
    return Response(reply=reply[0].upper() + reply[1:], items=(_journey(legs),), memory=_memory(trip))


def _leave(request: Request, whens: list[When], timetable: Timetable, world: World) -> Response | None:
    if request.mode == CHOOSE:
        request = replace(
            request,
            mode=FILL,
            asks="",
            memory={**request.memory, **_choice_of(request)},
            text=str(request.memory.get("said", "")),
        )
        whens = find_whens(request.text, world.now)
    trip, starts, ends = _places(request, whens, timetable, world)
    events = find_events(request.text, whens, world) if request.mode != FILL else []
    if request.mode == FILL and request.memory.get("by"):
        by, goal = datetime.fromisoformat(request.memory["by"]), str(request.memory.get("goal", ""))
    elif events and (not ends or not any(w.has_time for w in whens)):
        event = events[0]
        by, goal = event.start, f"{event.summary}, {say_moment(event.start, world.now.date())}"
        ends = best_names(event.location, timetable.stop_names) if event.location else []
        if not ends:
            where = f"it is at {event.location}" if event.location else "it names no place"
            return ask(
                "to",
                f"Which stop is nearest to {event.summary}? ({where[0].upper()}{where[1:]}.)",
                **_memory(trip, by=by.isoformat(), goal=goal),
            )
    elif ends and whens and whens[0].has_time:
        span = resolve(replace(whens[0], bound=""), world)
        if isinstance(span, Response):
            return span
        by, goal = span.start, f"{say_moment(span.start, world.now.date())}"
    elif request.mode == FOLLOW:
        return None
    elif ends:
        return ask("when", "When must you be there?", **_memory(trip))
    else:
        return cannot("I find neither such an event nor such a stop.")
    if request.mode == FILL and not ends:
        return cannot(f"I find no stop called {request.text} in the timetable.")
    starts = starts or [i for i, known in enumerate(timetable.stop_names) if known == world.home]
    if not starts:
        return ask("from", "From which stop do you leave?", **_memory(trip, by=by.isoformat(), goal=goal))
    problem = _check_date(by, timetable, world)
    if problem:
        return problem
    journeys = [legs for end in ends if (legs := timetable.latest(starts[0], end, by.astimezone(timetable.tzinfo)))]
    if not journeys:
        return cannot("I find no way there in time.", **_memory(trip))
    legs = max(journeys, key=lambda journey: journey[0].departs)
    leaves = legs[0].departs
    late = " That has passed." if leaves < world.now else ""
    reply = (
        f"Leave {say_moment(leaves, world.now.date())}, to be there for {goal}: "
        f"{'; then '.join(map(_say_leg, legs))}.{late}"
    )
    slots = {"at": leaves.isoformat()}
    return Response(
        reply=reply, items=(_journey(legs),), slots=slots, memory=_memory(replace(trip, end=""), said=request.text)
    )

"""Flights: those booked, the next one, its details, and when to leave for the airport."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pippin.apps.assistant.dates.calendar_math import add_exactly
from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.spoken import say_day, say_length, say_moment, say_time
from pippin.apps.assistant.dates.when import Span
from pippin.apps.assistant.dialogue.cues import choose, points_back, read_position, simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import moment_of, problem_of, resolve, whens_of, without

EARLY = timedelta(hours=2)
"""So long before departure one is at the airport."""
NONE = "I know of no flights. `pippin assistant connect FILE` reads booking mails (.eml, mbox, html) and calendars."
Flight = Mapping[str, Any]


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about flights; None where it goes on from nothing here."""
    if not world.sources.flights():
        return cannot(NONE)
    whens = whens_of(request, world)
    problem = problem_of(whens)
    if problem:
        return problem
    intent = "list" if request.intent == "list" and request.mode != FOLLOW else request.intent
    return {"list": _list, "next": _next, "details": _details, "leave": _leave, "arrange": _arrange}[intent](
        request, world
    )


def _arrange(request: Request, world: World) -> Response | None:
    """Answer what only an airline can do; what was shown stays what is talked of."""
    if request.mode == FOLLOW:
        return None
    shown = tuple(item for item in request.items if item.get("flight"))
    return cannot("I only read your bookings: I cannot book, change or check in a flight. Ask the airline.", shown)


def _coming(world: World, cancelled: bool = False) -> list[Flight]:
    return [
        f for f in world.sources.flights() if bool(f["cancelled"]) == cancelled and moment_of(f["departs"]) >= world.now
    ]


def _item(flight: Flight) -> Item:
    return {key: value for key, value in flight.items() if key != "sent" and value != ""}


def say_flight(flight: Flight, world: World) -> str:
    """Return a flight with its airports and times, each in its airport's own time."""
    departs, arrives = moment_of(flight["departs"]), flight["arrives"] and moment_of(flight["arrives"])
    today = world.now.date()
    end = ""
    if arrives:
        day = f"{say_day(arrives.date(), today)} at " if arrives.date() != departs.date() else ""
        end = f", arriving {day}{say_time(arrives)}"
    start, goal = _say_airport(flight, "from"), _say_airport(flight, "to")
    return f"{flight['flight']} from {start} to {goal}, {say_moment(departs, today)}{end}"


def _say_airport(flight: Flight, end: str) -> str:
    """Return an airport with its code: "Lisbon (LIS)"."""
    name = re.sub(r"\s*\b(?:international )?airport\b", "", str(flight[f"{end}_name"]), flags=re.IGNORECASE).strip()
    return f"{name} ({flight[end]})" if name and name.lower() != flight[end].lower() else str(flight[end])


def _list(request: Request, world: World) -> Response | None:
    whens = whens_of(request, world)
    flights, cancelled = _coming(world), _coming(world, cancelled=True)
    if request.mode == FOLLOW and not whens:
        if re.search(r"after|then|next", request.text.lower()):
            return _next(request, world)
        return _details(request, world) if points_back(request.text) else _follow_place(request, world)
    span = resolve(whens[0], world) if whens else None
    if isinstance(span, Response):
        return span
    if span:
        flights, cancelled = ([f for f in group if _is_within(f, span)] for group in (flights, cancelled))
    named = _named(request.text, [*flights, *cancelled], world) if request.mode == NEW else []
    if named:
        flights, cancelled = ([f for f in named if bool(f["cancelled"]) == lost] for lost in (False, True))
    if re.search(r"\bcancell?ed\b", request.text.lower()):
        told = "; ".join(say_flight(f, world) for f in cancelled)
        reply = f"Cancelled: {told}." if cancelled else "None of your flights is cancelled."
        return Response(reply=reply, items=tuple(map(_item, cancelled)))
    notes = " ".join(f"{say_flight(f, world)}, was cancelled." for f in cancelled)
    if not flights and named:
        return Response(reply=f"{notes[:1].upper()}{notes[1:]}", items=tuple(map(_item, cancelled)))
    if not flights:
        return Response(reply=f"You have no flights {'then' if span else 'coming up'}. {notes}".strip())
    told = "; ".join(say_flight(f, world) for f in flights)
    return Response(reply=f"{told}. {notes}".strip(), items=tuple(map(_item, flights)))


def _follow_place(request: Request, world: World) -> Response | None:
    found = _named(request.text, _coming(world), world)
    return _tell(found[0], request, world) if found else None


def _is_within(flight: Flight, span: Span) -> bool:
    departs = moment_of(flight["departs"])
    return span.start <= departs < span.end or span.start == departs


def _next(request: Request, world: World) -> Response | None:
    flights = _coming(world)
    shown = [item for item in request.items if item.get("departs") and item.get("flight")]
    if shown and read_position(re.sub(r"\bnext\b", "", request.text), len(shown)) is not None:
        return _details(request, world)
    if request.mode == FOLLOW or re.search(r"\bafter (?:that|this|it)\b|\bthe one after\b", request.text.lower()):
        if request.mode == FOLLOW and not re.search(r"after|then|next|that one|later", request.text.lower()):
            return _follow_place(request, world)
        last = moment_of(shown[-1]["departs"]) if shown else world.now
        flights = [f for f in flights if moment_of(f["departs"]) > last]
    if not flights:
        return Response(reply="No flight comes after that." if shown else "You have no flights coming up.")
    whens = [when for when in whens_of(request, world) if when.has_day]
    span = resolve(whens[0], world) if whens else None
    if isinstance(span, Response):
        return span
    if span and request.mode != FOLLOW:
        flights = [f for f in flights if _is_within(f, span)]
        if not flights:
            return Response(reply="You have no flights then.")
    if re.search(r"\b(?:last|latest|final)\b", request.text.lower()) and request.mode != FOLLOW:
        return Response(reply=f"{say_flight(flights[-1], world)}.", items=(_item(flights[-1]),), intent="next")
    lost = [f for f in _coming(world, cancelled=True) if moment_of(f["departs"]) < moment_of(flights[0]["departs"])]
    note = "" if request.mode == FOLLOW else "".join(f" {say_flight(f, world)}, was cancelled." for f in lost)
    return Response(reply=f"{say_flight(flights[0], world)}.{note}", items=(_item(flights[0]),), intent="next")


def _named(text: str, flights: Sequence[Flight], world: World) -> list[Flight]:
    """Return the flights whose number, reservation or airport a text names; from and to are told apart."""
    lower = text.lower()
    for flight in flights:
        number = re.sub(r"\s", "", flight["flight"]).lower()
        if number in re.sub(r"\s", "", lower) or (flight["reservation"] and flight["reservation"].lower() in lower):
            return [flight]
    if re.search(r"\b(?:home|homeward|return|back)\b", lower) and not re.search(r"leave home", lower) and flights:
        back = [flight for flight in flights if flight["to"] == flights[0]["from"]]
        if back:
            return back[:1]
    found: list[Flight] = list(flights)
    hit = False
    for end, word in (("from", r"\bfrom\b(?! now)"), ("to", r"\b(?:to|for|in|into|at)\b")):
        part = re.search(rf"{word} (?P<place>(?:(?!\b(?:from|to|on|at)\b).)+)", lower)
        if part:
            names = [f"{f[end]} {f[end + '_name']}" for f in found]
            best = list(best_names(re.sub(r"\b(?:airport|international)\b", "", part["place"]), names))
            if best:
                found, hit = [found[index] for index in best], True
    if not hit:
        names = [f"{f['to']} {f['to_name']}" for f in flights]
        plain = re.sub(r"\b(?:airport|international|flight|leave|home)\b", "", lower)
        return [flights[index] for index in best_names(plain, names)]
    return found


def _pick(request: Request, world: World) -> list[Flight] | Response:
    """Return the flights that a request means: named, on a day, picked from those shown, or the next."""
    everything = [f for f in world.sources.flights() if moment_of(f["departs"]) >= world.now - timedelta(days=1)]
    whens = [when for when in whens_of(request, world) if when.has_day and not when.has_time]
    shown = [item for item in request.items if item.get("flight")]
    found = _named(without(request.text, whens), everything, world)
    if not found and len(shown) == 1 and re.search(r"\b(?:it|that one|this one)\b", request.text.lower()):
        return [shown[0]]
    if whens:
        span = resolve(whens[0], world)
        if isinstance(span, Response):
            return span
        past = [f for f in world.sources.flights() if span.end <= world.now]
        return [f for f in found or past or everything if _is_within(f, span)]
    if found:
        return found
    chosen = choose(request.text, shown) if shown else None
    if chosen or len(shown) == 1:
        return [chosen or shown[0]]
    return shown or _coming(world)[:1]


def _details(request: Request, world: World) -> Response | None:
    flights = [request.choice] if request.mode == CHOOSE and request.choice else _pick(request, world)
    if isinstance(flights, Response):
        return flights
    if not flights:
        return None if request.mode == FOLLOW else cannot("I know of no such flight.")
    if len(flights) > 1:
        return Response(
            CLARIFY, f"Which one? {'; '.join(say_flight(f, world) for f in flights)}.", tuple(map(_item, flights))
        )
    return _tell(flights[0], request, world)


def _tell(flight: Flight, request: Request, world: World) -> Response:
    lower = request.text.lower()
    parts = [say_flight(flight, world)]
    if flight.get("arrives") and re.search(r"how long|duration", lower):
        length = moment_of(flight["arrives"]) - moment_of(flight["departs"])
        parts.append(f"it takes {say_length(length)}")
    if flight.get("reservation"):
        parts.append(f"reservation {flight['reservation']}")
    for key in ("airline", "seat", "terminal", "gate"):
        if re.search(rf"\b{key}", lower):
            parts.append(f"{key} {flight[key]}" if flight.get(key) else f"the booking names no {key}")
    if flight.get("cancelled"):
        parts.append("it was cancelled")
    return Response(reply=f"{'; '.join(parts)}.", items=(_item(flight),), intent="details")


RIDE_ALONE = re.compile(
    r"\b(?:that's|that is|it's|it is|takes|only|by (?:cab|taxi|car|bike)|say|with|if)\b\D*\b(\d{1,3})$"
)
"""A ride in minutes without the word: "what if I take a cab, that's 25"."""


RIDE_TO = re.compile(
    r"\b(?:minutes?|mins?|hours?|hrs?|drive|ride|journey|trip|way) (?:away )?(?:to|for|from) "
    r"(?P<place>(?:the )?\w+(?: airport)?)",
    re.IGNORECASE,
)
"""The airport to which the ride takes so long, which is the one to fly from: "it's 50 minutes to Heathrow"."""


def _pick_from(request: Request, world: World) -> list[Flight] | Response:
    """Return the flights that one leaves for: of those a request means, the ones from the airport its ride goes to."""
    ride = RIDE_TO.search(request.text)
    if ride is None:
        return _pick(request, world)
    rest = replace(request, text=f"{request.text[: ride.start('place')]} it {request.text[ride.end() :]}")
    coming = _coming(world)
    days = [when for when in whens_of(rest, world) if when.has_day and not when.has_time]
    span = resolve(days[0], world) if days else None
    if isinstance(span, Response):
        return span
    coming = [f for f in coming if span is None or _is_within(f, span)]
    found = best_names(ride["place"], [f"{f['from']} {f['from_name']}" for f in coming])
    return [coming[found[0]]] if found else _pick(rest, world)


def _leave(request: Request, world: World) -> Response | None:
    bare = RIDE_ALONE.search(simplify(request.text)) if request.mode == FOLLOW or request.memory.get("flight") else None
    if request.mode == FOLLOW and not find_durations(request.text) and not bare:
        return None
    known = request.memory.get("flight") if request.mode in (FILL, CORRECT, CHOOSE, FOLLOW) else None
    flights = [request.choice] if request.choice else [known] if known else _pick_from(request, world)
    if isinstance(flights, Response):
        return flights
    flights = [f for f in flights if not f.get("cancelled")]
    if not flights:
        return cannot("I know of no such flight.")
    if len(flights) > 1:
        return Response(
            CLARIFY, f"For which one? {'; '.join(say_flight(f, world) for f in flights)}.", tuple(map(_item, flights))
        )
    flight = flights[0]
    durations = find_durations(request.text)
    number = re.fullmatch(r"\D*(\d{1,3})\D*", request.text) if request.mode == FILL else bare
    ride = durations[0].length if durations else timedelta(minutes=int(number[1])) if number else None
    be_there = bool(re.search(r"\b(?:be|arrive) (?:at|there)\b", request.text.lower()))
    if ride is None and not be_there:
        return ask("ride", "How long is the ride to the airport?", flight=dict(_item(flight)))
    at = add_exactly(moment_of(flight["departs"]), -EARLY - (ride or timedelta())).astimezone(world.zone)
    what = f"Leave {say_moment(at, world.now.date())}" if ride else f"Be there {say_moment(at, world.now.date())}"
    how = f", {say_length(ride)} of ride and" if ride else ","
    reply = f"{what}:{how} two hours before {say_flight(flight, world)}.".replace(":,", ":")
    slots = {"at": at.isoformat(), **({"ride": ride.total_seconds() / 60} if ride else {})}
    item = {**_item(flight), "leave": at.isoformat()}
    return Response(reply=reply, items=(item,), slots=slots, memory={"flight": dict(_item(flight))})

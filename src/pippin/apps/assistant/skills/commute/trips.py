"""Which trip a text asks for: between which places, at what time, continued from what was asked before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from pippin.apps.assistant.dates.when import When
from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.names import best_names
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, NEW, Request
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import without
from pippin.apps.assistant.sources.timetable import Timetable

FILLER = re.compile(
    r"\b(?:next|trains?|bus|buses|trams?|subway|metro|departures?|when|whens|soon|quick|please|what|time|does|do|"
    r"go|goes|going|get|leave|leaves|leaving|take|"
    r"route|way|best|quickest|line|connection|directions|travel|how|long|must|should|be|on time|in time|arrive|"
    r"latest|last|first|"
    r"so|want|like|would|could|can|tell|me|it|that|am|is|are|i'd|travelling|heading|head|coming|"
    r"set off|head out|out of the door|catch|change|now|show|which|stop|station|have|need|there|by|before|after|at)\b"
)


@dataclass(frozen=True)
class Trip:
    """What is asked for: between which places, in the user's words, and when; an event where it is for one."""

    start: str = ""
    end: str = ""
    when: When | None = None
    route: str = ""


PLACE_TO = r"(?P<place>(?:(?!\b(?:from|to|on|for|by)\b)[^,;?])+)"
VARIES = re.compile(r"^(?:(?:and|but|so|or|ok) )*(?:what )?if\b|\binstead$|^(?:and )?(?:what|how) about\b")
BACK = re.compile(
    r"\b(?:and |what about )?(?:the way |coming |going |getting |the )?(?:back|return|way back)(?: again)?\b"
)
HOME = re.compile(
    r"(?<!from )(?<!leave )(?<!leaving )(?<!at )(?:\b(?:get|getting|go|going|come|coming|travel|ride|take me|way|"
    r"route|back|"
    r"tram|train|bus|to) )*\bhome\b"
)


def _find_place_there(request: Request, timetable: Timetable) -> str:
    """Return the stop that "there" means: where the ride or event shown last is."""
    for item in request.items:
        place = str(item.get("to") if item.get("route") is not None else item.get("location") or "")
        found = best_names(place, timetable.stop_names) if place else []
        if found:
            return timetable.stop_names[found[0]]
    return ""


def arrival_of(request: Request) -> datetime | None:
    """Return the moment from which one is "there"."""
    if not re.search(r"\bfrom there\b", simplify(request.text)):
        return None
    moments = [str(item.get("arrives") or item.get("end") or "") for item in request.items[:1]]
    return datetime.fromisoformat(moments[0]) if moments and "T" in moments[0] else None


def day_there(request: Request) -> date | None:
    moment = arrival_of(request)
    return moment.date() if moment else None


def read_trip(text: str, whens: list[When], at_end: bool = False) -> Trip:
    """Return the places and the time a text names: "from X to Y at 9"; "at X" is where to go with `at_end`."""
    plain = simplify(without(text, whens))
    home = HOME.search(plain)
    if home:
        plain = f"{plain[: home.start()]} {plain[home.end() :]}".strip()
    start = re.search(
        rf"\b(?:from|(?:get|hop|got) on at|board at|start(?:ing)?(?: off| out)? (?:at|in)|leave|leaves|"
        rf"leaving{'' if at_end else '|at'}) (?P<place>(?!for\b|to\b|by\b|my\b|home "
        rf"to\b)(?:(?!\b(?:to|towards|for|until|on|at|from)\b).)+)",
        plain,
    )
    end = re.search(
        r"\b(?:to|towards|for|at)\b(?! (?:be|get|leave|go|take|catch|have|arrive|change|travel|set|head)\b) "
        rf"{PLACE_TO}",
        plain,
    )
    if end and start and start.start() <= end.start() < start.start("place"):
        end = re.search(rf"\b(?:to|towards) {PLACE_TO}", plain[start.end() :])
    route = re.search(
        r"\b(?:the|line|route|number|bus|tram|train|next) (?P<route>\d{1,3}[a-z]?|[a-z])\b(?= (?:train|bus|tram|"
        r"line|to|from|leave|go)|$)",
        plain,
    )
    return Trip(
        start["place"].strip() if start else ("home" if re.search(r"leave home\b", plain) else ""),
        "home" if home and not (start and "home" in start["place"]) else end["place"].strip() if end else "",
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


def find_places(
    request: Request, whens: list[When], timetable: Timetable, world: World
) -> tuple[Trip, list[int], list[int]]:
    """Return the trip asked for with the stations it names; what follows up keeps what was asked before."""
    request = replace(request, text=re.sub(r"\b(?:to|for) it\b", "there", request.text))
    trip = read_trip(request.text, whens, request.intent == "leave")
    if trip.start in ("there", "over there"):
        trip = replace(trip, start=_find_place_there(request, timetable) or trip.start)
    elif not trip.end and re.search(r"(?<!is )(?<!are )(?<!from )\bthere\b", simplify(request.text)):
        trip = replace(trip, end=_find_place_there(request, timetable))
    before = request.memory
    if BACK.fullmatch(simplify(request.text)) or (
        BACK.search(simplify(request.text)) and not trip.start and not trip.end
    ):
        ride = next((item for item in request.items if item.get("departs") and item.get("to")), None)
        start = str(ride["to"]).lower() if ride else before.get("end", "")
        before = {**before, "start": start, "end": str(ride["from"]).lower() if ride else before.get("start") or "home"}
        request = replace(request, mode=FILL, asks="")
    if request.mode == FILL and request.asks in ("from", "to"):
        trip = replace(trip, start=request.text) if request.asks == "from" else replace(trip, end=request.text)
    goes_on = (
        request.mode == NEW
        and before.get("end", before.get("start"))
        and (not (trip.start or trip.end) or bool(VARIES.search(simplify(request.text))))
    )
    if request.mode in (FOLLOW, FILL, CORRECT) or goes_on:
        if request.mode == FOLLOW and not trip.end and not trip.start and not whens:
            trip = replace(trip, end=simplify(request.text))
        trip = replace(
            trip,
            start=trip.start or before.get("start", ""),
            end=trip.end or before.get("end", ""),
            route=trip.route or before.get("route", ""),
            when=trip.when or _when_before(request, trip),
        )
    starts, ends = (find_stop(place, timetable, world) if place else [] for place in (trip.start, trip.end))
    return trip, starts, ends


def _when_before(request: Request, trip: Trip) -> When | None:
    """Return the moment that was asked for before, where another place is now."""
    at = request.memory.get("at")
    return (
        When(instant=datetime.fromisoformat(at), bound=request.memory.get("bound", ""))
        if at and (trip.start or trip.end) and request.intent != "leave"
        else None
    )


def default_start(trip: Trip, ends: list[int], timetable: Timetable, world: World) -> list[int]:
    """Return home, or of a way home work."""
    name = world.work if [timetable.names[i] for i in ends] == [world.home] and world.work else world.home
    return [index for index, known in enumerate(timetable.stop_names) if known == name]


def remember(trip: Trip, **more: Any) -> dict[str, Any]:
    return {"start": trip.start, "end": trip.end, "route": trip.route, **more}


def choice_of(request: Request) -> dict[str, str]:
    """Return the slot that a chosen stop fills."""
    if request.mode != CHOOSE or not request.choice:
        return {}
    return {{"from": "start", "to": "end"}[str(request.choice["slot"])]: str(request.choice["name"]).lower()}


def with_choice(request: Request) -> Request:
    """Return a request in which the chosen stop is what was asked for."""
    if request.mode != CHOOSE:
        return request
    return replace(request, mode=FILL, asks="", memory={**request.memory, **choice_of(request)}, text="")

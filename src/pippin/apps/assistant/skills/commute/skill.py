"""Commute: next departures, routes, and when to leave to be somewhere on time, from a timetable."""

from __future__ import annotations

import re
from dataclasses import replace

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dialogue.cues import simplify
from pippin.apps.assistant.dialogue.requests import FOLLOW, Request, Response, cannot
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.commute.departures import rides_of, tell_departures, tell_one_later, tell_ride
from pippin.apps.assistant.skills.commute.leaving import tell_when_to_leave
from pippin.apps.assistant.skills.commute.routing import tell_route
from pippin.apps.assistant.skills.commute.trips import day_there
from pippin.apps.assistant.skills.phrases import day_talked_of, problem_of

NONE = "I know no timetable. `pippin assistant connect FILE.zip` reads one (GTFS)."
LATER = re.compile(
    r"\b(?:one|ride|train|bus|tram)? ?after (?:that|this|it)(?: one)?\b|^(?:and )?(?:the )?(?:next|following|"
    r"later|one)(?: one)?(?: after)?$|"
    r"\bthe one after\b|\b(?:an earlier|a later|an earlier or later) one\b|\b(?:anything|something|one|"
    r"bit) (?:\w+ )?(?:earlier|later|sooner)\b|\bnext one after\b"
)
ABOUT_RIDE = re.compile(
    r"(?:and )?(?:which|what) (?:tram|bus|train|line|one|number|platform|route)(?: number)?(?: is (?:that|it)| "
    r"do i (?:take|get|need)| would "
    r"(?:that|it) be)?|(?:and )?(?:when|what time)(?: do(?:es)? (?:it|that|we|i)| would (?:i|we|it))? (?:get "
    r"(?:in|there)|arrive|am i "
    r"there)|(?:and )?(?:do i|must i|is there a) (?:have to )?change(?: on it| somewhere)?|how long (?:is|does) "
    r"(?:that|it)(?: take)?"
)
"""Questions about the ride that was told."""
OF_RIDE = re.compile(
    r"(?:(?:and|so|when|what|where|which|how|time|long|do|does|did|will|would|is|are|i|we|it|that|this|the|arrive|arrival|get|gets|"
    r"there|in|take|takes|ride|journey|trip|tram|train|bus|change|line|land|be|am|at|other|end|duration|many|stops|have|to|must|on)"
    r"(?: |$))*(?:arrive|get in|get there|land|arrival|change|long|other end|duration)(?: (?:there|at|in|then|"
    r"that|it|is|take|the|other|end|"
    r"do|i|have|to|will|would|be|does|ride|trip|journey|arrive))*"
)
INTENTS = {"next": tell_departures, "route": tell_route, "leave": tell_when_to_leave}


def _asks_of_ride(text: str) -> bool:
    """Tell whether a text asks something of a ride, and names neither place nor time."""
    plain = simplify(text)
    return bool(ABOUT_RIDE.fullmatch(plain) or OF_RIDE.fullmatch(plain))


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about trains and buses; None where it goes on from nothing here."""
    timetable = world.sources.timetable()
    if timetable is None:
        return cannot(NONE)
    day = day_there(request)
    anchor = day_talked_of(request)
    whens = [when.on(day) if day else when for when in find_whens(request.text, world.now, anchor=anchor)]
    if request.intent == "leave" and request.mode == FOLLOW and not whens:
        whens = find_whens(request.text, world.now, anchor=anchor, bare=True)
    problem = problem_of(whens)
    if problem:
        return problem
    if LATER.search(simplify(request.text)) and rides_of(request) and not whens:
        return tell_one_later(request, timetable, world)
    if request.intent == "next" and re.search(r"\bhow long\b", request.text.lower()):
        response = tell_route(request, whens, timetable, world)
        return response and replace(response, intent="route")
    if _asks_of_ride(request.text) and rides_of(request) and not whens:
        return tell_ride(rides_of(request)[0], request, timetable)
    return INTENTS[request.intent](request, whens, timetable, world)

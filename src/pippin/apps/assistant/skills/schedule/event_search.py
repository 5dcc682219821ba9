"""Which events a text means: by title, by day, by what was shown last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pippin.apps.assistant.dates.when import Span, When
from pippin.apps.assistant.dialogue.cues import EXTREME, choose, points_back, simplify
from pippin.apps.assistant.dialogue.filler import COMMON, content_words, skill_named
from pippin.apps.assistant.dialogue.names import best_names, match_names, missed_words, split_words
from pippin.apps.assistant.dialogue.requests import Request
from pippin.apps.assistant.dialogue.values import Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import a_while, resolve, whens_of, without
from pippin.apps.assistant.sources.events import Event

SERIES = re.compile(r"\b(?:all|every|each|whole|entire|series|always)\b")
COMMANDS = re.compile(
    r"\b(?:cancel|delete|remove|move|reschedule|postpone|push|shift|change|delay|bring|put|call off|scrap|drop|"
    r"get rid of|"
    r"clear|take|out|off|back|forward|later|earlier|instead|please|time|make it|when|where|what|is|start|starts|"
    r"end|ends|"
    r"find|look up|remind|before|must|leave|home|go|should|have|need|calendar|by|sooner|can't|can|my|now|and|for|to)\b"
)


def means_series(text: str) -> bool:
    """Tell whether a text speaks of a whole series."""
    return bool(SERIES.search(simplify(text)))


def find_events(text: str, whens: Sequence[When], world: World) -> list[Event]:
    """Return the events a text means: the next of each title that fits best, or those on the day it names.

    Without a title those at the time it names ("my nine o'clock").
    """
    names = world.sources.event_names()
    title = _title_words(COMMANDS.sub(" ", simplify(without(text, list(whens)))), names)
    found = [names[index] for index in best_names(title, names)]
    days = [when for when in whens if when.has_day]
    if not found:
        return _events_at(whens, world) if not missed_words(title, ("",)) else []
    upcoming = [event for name in found for event in _upcoming(name, days, world)]
    return sorted(_within_part(upcoming, days, world), key=lambda event: event.start)


def _within_part(events: list[Event], days: Sequence[When], world: World) -> list[Event]:
    """Return of several events those in the part of the day that was named, where there are some."""
    spans = [span for day in days if day.part and isinstance(span := resolve(day, world), Span)]
    return [e for e in events if any(span.start <= e.start < span.end for span in spans)] or events


def named_events(request: Request, whens: Sequence[When], world: World) -> list[Event]:
    """Return the events a text names well, where they are not those shown: "isn't the boiler that morning?"."""
    names = world.sources.event_names()
    title = _title_words(COMMANDS.sub(" ", simplify(without(request.text, list(whens)))), names)
    shown = {str(item.get("summary")) for item in request.items}
    matches = [match for match in match_names(title, names) if match.weight > 1 and match.share >= 0.4]
    if not matches or any(names[match.index] in shown for match in matches[:1]) or choose(request.text, request.items):
        return []
    return find_events(request.text, whens, world)


def _title_words(text: str, names: Sequence[str]) -> str:
    """Return the words of a text that may be of a title: not those of any talk, where another is of a title."""
    content = " ".join(word for word in split_words(text) if word not in COMMON)
    return content if best_names(content, names) or not content else text


def _upcoming(name: str, days: Sequence[When], world: World) -> list[Event]:
    """Return the events of a title on the days named, or what is to come: of a series its next occurrence."""
    events = world.sources.events_named(name)
    spans = [span for day in days if isinstance(span := resolve(_whole_day(day), world), Span)]
    for span in spans:
        on_day = [event for event in events if event.start < span.end and event.end > span.start]
        if on_day:
            return on_day
    seen: set[str] = set()
    coming = []
    for event in events:
        if event.end > world.now and not (event.in_series and event.uid in seen):
            seen.add(event.uid)
            coming.append(event)
    return coming


def _whole_day(when: When) -> When:
    return When(first=when.first, last=when.last, grain=when.grain) if when.first else when


def _events_at(whens: Sequence[When], world: World) -> list[Event]:
    """Return the events that begin at a time that was named."""
    for when in whens:
        if when.has_time and when.time and not when.until:
            span = resolve(when, world)
            if isinstance(span, Span):
                return [e for e in world.sources.events(span.start, a_while(span.start)) if e.start == span.start]
    return []


def event_of(item: Item, world: World) -> Event | None:
    """Return the event that an item shows, as it is now."""
    if "uid" not in item:
        return None
    for event in world.sources.events_named(str(item["summary"])):
        shown = event.item()
        if (shown["uid"], shown["start"]) == (item["uid"], item["start"]):
            return event
    return None


def _means_shown(text: str, world: World) -> bool:
    """Tell whether a text points back, or names nothing at all: "when exactly?"."""
    if EXTREME.search(simplify(text)) or points_back(
        re.sub(
            r"\b(?:that|this|the same) (?:day|morning|afternoon|evening|night|week|weekend|month)\b", "", text.lower()
        )
    ):
        return True
    return not content_words(text, skill_named("schedule", world)) and not re.search(
        r"\b(?:next|any|all)\b", text.lower()
    )


def pointed_events(request: Request, world: World) -> list[Event]:
    """Return the events shown last that a text picks: "it", "the second one"."""
    shown = [item for item in request.items if "uid" in item]
    if not shown or not _means_shown(without(request.text, whens_of(request, world)), world):
        return []
    chosen = choose(request.text, shown)
    return [event for item in ([chosen] if chosen else shown) if (event := _event_now(item, request, world))]


def shown_on_day(request: Request, whens: Sequence[When], world: World) -> list[Event]:
    """Return the events shown last that are on the day a text names and nothing else: "cancel Thursday's"."""
    days = [span for when in whens if when.has_day and isinstance(span := resolve(_whole_day(when), world), Span)]
    if not days or content_words(without(request.text, list(whens)), skill_named("schedule", world)):
        return []
    shown = [event for item in request.items if "uid" in item and (event := event_of(item, world))]
    return [event for event in shown if any(day.start <= event.start < day.end for day in days)]


def _event_now(item: Item, request: Request, world: World) -> Event | None:
    """Return the event that an item shows, or of a series that goes on without it the one that is meant."""
    event = event_of(item, world)
    whens = [when for when in whens_of(request, world) if when.has_day]
    if event and not (event.in_series and whens and request.intent == "find"):
        return event
    return next(iter(_upcoming(str(item["summary"]), whens, world)), event)

"""Courses: those of a catalogue, and those the user is enrolled in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from pippin.apps.assistant.dates.spoken import say_day
from pippin.apps.assistant.dates.when import Span
from pippin.apps.assistant.dialogue.cues import choose, points_back, simplify
from pippin.apps.assistant.dialogue.filler import content_words, skill_named
from pippin.apps.assistant.dialogue.names import best_names, match_names
from pippin.apps.assistant.dialogue.requests import CHOOSE, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import CLARIFY, CONFIRM, Change, Item
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import problem_of, resolve, whens_of, without
from pippin.apps.assistant.sources.ics_editing import write_event

NONE = "I know of no courses. `pippin assistant connect FILE.csv` reads a catalogue with titles and beginnings."
MAX_SHOWN = 8
ALIKE, NEARLY, MAX_COMPARED = 0.55, 0.05, 400
"""Least cosine of a title with what was said, how far others may be behind the best, and of so many titles at most."""
MIN_TOPIC = 0.4
"""Least share of what was asked for, or of a name, that fits."""
ASKS_PRICE = re.compile(r"\b(?:how much|cost|costs|price|fee|expensive)\b")
SHE = re.compile(
    r"\b(?:she|he|they|(?:the same|that|this) (?:teacher|person|instructor|tutor|lecturer|one teaching)|her|him)\b"
)
KEYS = ("title",), ("subject", "teacher", "institution")
Course = Mapping[str, Any]


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about courses; None where it goes on from nothing here."""
    if request.intent == "mine":
        return _mine(request, world)
    if not world.sources.courses():
        return cannot(NONE)
    if request.intent in ("search", "details") and ASKS_PRICE.search(simplify(request.text)) and request.items:
        told = _details(replace(request, text="it"), world)
        priced = told and any(item.get("price") for item in told.items)
        return told if priced or not told else replace(told, reply=f"{told.reply} The catalogue names no price.")
    if request.intent == "search" and re.match(r"(?:who|when|on what date|what time)\b", simplify(request.text)):
        return _details(request, world)
    return {"search": _search, "details": _details, "enrol": _enrol, "drop": _drop}[request.intent](request, world)


def _item(course: Course) -> Item:
    return {key: value for key, value in course.items() if value}


def _say(course: Course, world: World) -> str:
    code = f" ({course['course']})" if course.get("course") else ""
    starts = date.fromisoformat(course["starts"])
    verb = "begins" if starts >= world.now.date() else "began"
    return f"{course['title']}{code}, {verb} {say_day(starts, world.now.date())}"


def _topic(text: str, world: World) -> str:
    """Return the words of a text that may name a course, a subject, a teacher or a school."""
    return " ".join(content_words(simplify(text), skill_named("courses", world)))


def find_courses(text: str, courses: Sequence[Course], world: World) -> list[Course]:
    """Return the courses that a text names, by code, title, subject, teacher or institution; the best alone."""
    lower = text.lower()
    by_code = [
        c
        for c in courses
        if c.get("course") and re.search(rf"(?<![\w.]){re.escape(c['course'].lower())}(?![\w])", lower)
    ]
    if by_code:
        return by_code
    topic = _topic(text, world)
    groups = sorted(map(partial(_names_by, courses), KEYS), key=lambda names: -_words_said(topic, names))
    return next(([courses[index] for index in best] for names in groups if (best := best_names(topic, names))), [])


def _names_by(courses: Sequence[Course], keys: Sequence[str]) -> list[str]:
    return [" ".join(str(course.get(key, "")) for key in keys) for course in courses]


def _words_said(topic: str, names: Sequence[str]) -> int:
    """Return how many words of a topic the best of some names has."""
    return max((len(match.words) for match in match_names(topic, names)), default=0)


def _search(request: Request, world: World) -> Response | None:
    whens = whens_of(request, world)
    problem = problem_of(whens)
    if problem:
        return problem
    span = resolve(whens[0], world) if whens else None
    if isinstance(span, Response):
        return span
    offered = [c for c in world.sources.courses() if date.fromisoformat(c["starts"]) >= world.now.date()]
    offered = [c for c in offered if span is None or _begins_within(c, span)]
    topic = _topic(without(request.text, whens), world)
    same, others = _by_same_teacher(request, offered)
    if same:
        return _tell_found(others, same, world)
    if request.mode == FOLLOW and not topic:
        if not span:
            return None
        topic = str(request.memory.get("topic", ""))
    found = _matching(topic, offered) if topic else offered
    found = found or _alike(request.text, offered, world)
    begun = [] if found or span else _matching(topic, world.sources.courses())
    if begun:
        told = "; ".join(_say(c, world) for c in begun[:MAX_SHOWN])
        return Response(
            reply=f"{told}; none is still to begin.", items=tuple(map(_item, begun)), memory={"topic": topic}
        )
    return _tell_found(found, topic, world)


def _alike(text: str, courses: Sequence[Course], world: World) -> list[Course]:
    """Return the courses whose titles mean what a text says in other words: "fix my bike" is Bicycle Repair."""
    measure = getattr(world.interpreter, "similarities", None)
    titles = list({course["title"]: 0 for course in courses})
    if measure is None or not 0 < len(titles) <= MAX_COMPARED:
        return []
    scores = dict(zip(titles, measure(simplify(text), titles), strict=True))
    best = max(scores.values())
    return [c for c in courses if best >= ALIKE and scores[c["title"]] >= best - NEARLY]


def _begins_within(course: Course, span: Span) -> bool:
    day, first = date.fromisoformat(course["starts"]), span.start.date()
    return first <= day < max(span.end.date(), first + timedelta(days=1))


def _by_same_teacher(request: Request, courses: Sequence[Course]) -> tuple[str, list[Course]]:
    """Return the teacher that "she" means, of the course shown last, and the courses by that teacher but this one."""
    shown = [item for item in request.items if item.get("teacher") and item.get("title")]
    if not shown or not SHE.search(simplify(request.text)):
        return "", []
    teacher = str(shown[0]["teacher"])
    titles = [shown[0]["title"]] if re.search(r"\b(?:else|other|another)\b", simplify(request.text)) else []
    return teacher, [c for c in courses if c.get("teacher") == teacher and c["title"] not in titles]


def _tell_found(found: Sequence[Course], topic: str, world: World) -> Response:
    found = sorted(found, key=lambda c: (c["starts"], c["title"]))
    if not found:
        return Response(reply="I find no course on that that is still to begin.", memory={"topic": topic})
    more = f"; and {len(found) - MAX_SHOWN} more" if len(found) > MAX_SHOWN else ""
    told = "; ".join(_say(c, world) for c in found[:MAX_SHOWN])
    return Response(reply=f"{told}{more}.", items=tuple(_item(c) for c in found), memory={"topic": topic})


def _matching(topic: str, courses: Sequence[Course]) -> list[Course]:
    """Return all courses that a topic fits: by title, or else by subject, teacher or institution."""
    said = len(topic.split()) or 1
    for names in sorted(map(partial(_names_by, courses), KEYS), key=lambda names: -_words_said(topic, names)):
        matches = match_names(topic, names)
        if matches:
            top = max(len(match.words) for match in matches)
            fits = [m for m in matches if len(m.words) == top and (top / said >= MIN_TOPIC or m.share > MIN_TOPIC)]
            if fits:
                return [courses[m.index] for m in fits]
    return []


def _pick(request: Request, world: World, courses: Sequence[Course]) -> list[Course]:
    """Return the courses a request means: chosen, named, or shown last."""
    if request.mode == CHOOSE and request.choice:
        return [request.choice]
    shown = [item for item in request.items if item.get("starts") and item.get("title")]
    if shown and points_back(request.text):
        chosen = choose(_topic(request.text, world) if len(shown) > 1 else request.text, shown)
        chosen = choose(request.text, shown) or chosen
        if chosen:
            return [chosen]
    found = find_courses(request.text, courses, world)
    if found:
        return found
    return [] if _topic(request.text, world) and not points_back(request.text) else list(shown[:1])


def _which(courses: Sequence[Course], world: World) -> Response:
    told = "; ".join(_say(c, world) for c in courses[:MAX_SHOWN])
    return Response(CLARIFY, f"Which one? {told}.", tuple(_item(c) for c in courses[:MAX_SHOWN]))


def _details(request: Request, world: World) -> Response | None:
    found = _pick(request, world, world.sources.courses())
    if not found:
        return None if request.mode == FOLLOW else cannot("I find no such course in the catalogue.")
    coming = [c for c in found if date.fromisoformat(c["starts"]) >= world.now.date()]
    found = sorted(coming or found, key=lambda c: c["starts"])
    same = [c for c in found if c["title"] == found[0]["title"]]
    if len(found) > 1 and len(same) < len(found):
        if re.search(r"\b(?:courses|classes|any|anything|something)\b", request.text.lower()):
            response = _search(request, world)
            return response and replace(response, intent="search")
        return _which(found, world)
    course = same[0] if coming else same[-1]
    more = [
        f"{name} {course[key]}"
        for key, name in (
            ("teacher", "taught by"),
            ("institution", "at"),
            ("room", "in"),
            ("subject", "subject"),
            ("hours", "hours"),
            ("price", "price"),
        )
        if course.get(key)
    ]
    return Response(reply=f"{'; '.join([_say(course, world), *more])}.", items=(_item(course),), intent="details")


PARTS = re.compile(r",? and (?:also )?(?:in |on |for |the )*|, (?:also )?")


def _enrol_in_all(request: Request, world: World) -> Response | None:
    """Offer to enrol in each course that the parts of a text name or point at: "in that and in sewing"."""
    parts = PARTS.split(request.text)
    shown = [item for item in request.items if item.get("starts") and item.get("title")]
    found: list[Course] = list(shown) if len(shown) == 2 and re.search(r"\bboth\b", request.text.lower()) else []
    for part in parts if len(parts) > 1 and not found else ():
        own = _pick(replace(request, text=part), world, world.sources.courses())
        names = bool(_topic(part, world)) or points_back(part)
        found += [c for c in own[:1] if names and len(own) == 1 and not any(_is_same(c, one) for one in found)]
    old = world.record("enrolled")
    found = [c for c in found if date.fromisoformat(c["starts"]) >= world.now.date()]
    if len(found) < 2 or any(_is_same(c, other) for c in found for other in old):
        return None
    items = tuple(map(_item, found))
    changes = [Change("enrolled", old, [*old, *items])]
    for course in items:
        start = date.fromisoformat(course["starts"])
        text = write_event(uid_of(course), course["title"], start, start + timedelta(days=1), world.now)
        changes.append(Change("event", None, text, uid_of(course)))
    told = "; ".join(_say(c, world) for c in items)
    reply = f"Enrol you in both: {told}, and put their beginnings into your calendar?"
    done = f"Done: you are enrolled in {told}; your calendar has their beginnings."
    return Response(CONFIRM, reply, items, changes=tuple(changes), done=done)


def _enrol(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    several = _enrol_in_all(request, world) if request.mode == NEW else None
    if several:
        return several
    found = _pick(request, world, world.sources.courses())
    if not found:
        return (
            ask("course", "In which course?")
            if not _topic(request.text, world)
            else cannot("I find no such course in the catalogue.")
        )
    coming = sorted(
        (c for c in found if date.fromisoformat(c["starts"]) >= world.now.date()), key=lambda c: c["starts"]
    )
    if not coming:
        return cannot(f"{_say(found[-1], world)}; only courses that are still to begin can be taken.")
    one_code = len({c.get("course") for c in coming}) == 1 and coming[0].get("course")
    if len({c["title"] for c in coming}) > 1 and not one_code:
        return _which(coming, world)
    course = _item(coming[0])
    old = world.record("enrolled")
    if any(_is_same(course, other) for other in old):
        return cannot(f"You are enrolled in {course['title']} already.")
    start = date.fromisoformat(course["starts"])
    text = write_event(uid_of(course), course["title"], start, start + timedelta(days=1), world.now)
    changes = (Change("enrolled", old, [*old, course]), Change("event", None, text, uid_of(course)))
    reply = f"Enrol you in {_say(course, world)}, and put its beginning into your calendar?"
    done = f"Done: you are enrolled in {_say(course, world)}; your calendar has its beginning."
    return Response(CONFIRM, reply, (course,), changes=changes, done=done)


def uid_of(course: Course) -> str:
    """Return the UID of the event for a course."""
    return f"{uuid.uuid5(uuid.NAMESPACE_OID, str(course.get('course')) + course['title'] + course['starts'])}@courses"


def _is_same(one: Course, two: Course) -> bool:
    return (one.get("course"), one["title"], one["starts"]) == (two.get("course"), two["title"], two["starts"])


def _drop(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    mine = world.record("enrolled")
    if not mine:
        return cannot("You are enrolled in no course.")
    found = [c for c in _pick(request, world, mine) if any(_is_same(c, other) for other in mine)]
    if not found:
        return (
            ask("course", "Which course?") if request.mode != FILL else cannot("You are not enrolled in that course.")
        )
    if len(found) > 1:
        return _which(found, world)
    course = found[0]
    changes = [Change("enrolled", mine, [c for c in mine if not _is_same(c, course)])]
    for event in world.sources.events_named(course["title"]):
        if event.uid == uid_of(course):
            changes.append(Change("event", world.sources.event_text(event), None, event.uid, event.source))
            break
    told = _say(course, world)
    return Response(
        CONFIRM,
        f"Drop {told}, and take its beginning out of your calendar?",
        (course,),
        changes=tuple(changes),
        done=f"Done: you dropped {course['title']}.",
    )


def _mine(request: Request, world: World) -> Response | None:
    if request.mode == FOLLOW:
        return None
    mine = sorted(world.record("enrolled"), key=lambda c: c["starts"])
    if not mine:
        return Response(reply="You are enrolled in no course.")
    return Response(reply=f"{'; '.join(_say(c, world) for c in mine)}.", items=tuple(mine))

"""Reminders and timers, which are set at once and can be undone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from pippin.apps.assistant.dates.calendar_math import add_exactly, midnight
from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.spoken import say_length, say_list, say_moment
from pippin.apps.assistant.dates.vocabulary import NUMBER
from pippin.apps.assistant.dates.when import When
from pippin.apps.assistant.dialogue.cues import MOMENTS, choose, item_name
from pippin.apps.assistant.dialogue.requests import CORRECT, FILL, FOLLOW, NEW, Request, Response, ask, cannot
from pippin.apps.assistant.dialogue.values import DONE, Change
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.phrases import moment_of, problem_of, resolve, whens_of, without
from pippin.apps.assistant.skills.schedule.event_search import find_events, pointed_events

MORNING, NIGHT = 9, 20
EVE = re.compile(r"\b(?:the|one|a) (?P<part>day|evening|night|morning|week) (?:before|earlier|ahead)\b(?! yesterday)")
MAX_TIMER = timedelta(days=2)
LEAD = re.compile(
    r"^(?:(?:please|can you|could you|would you|i want you to|i need you to) )*"
    r"(?:remind me|i(?:'d like| want|'d love| need| would like) (?:to be reminded|a reminder)|"
    r"set (?:me )?(?:up )?a reminder|set (?:me )?(?:an|the|my) alarm(?: clock)?|give me a (?:reminder|nudge|"
    r"shout|ping)|don't let me forget|ping me|"
    r"nudge me|alert me|tell me|let me know|make sure i(?: don't forget)?|i (?:must|mustn't|must not) forget|wake "
    r"me(?: up)?|"
    r"i need to remember|make sure i remember|a reminder|new reminder|reminder)\b ?",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"“”]([^\"“”]{2,80})[\"“”]")
AS_REMINDER = re.compile(
    r"^(?:stick|put|pop|note|write|set|save|make|add|enter)\b(?: down)?(?: as)?(?: an?)?(?: reminder)?", re.IGNORECASE
)
"""Words that make a quoted text a reminder: 'put "buy bread" down as a reminder'."""
BEFORE = re.compile(r" ?(?:before(?:hand| that| it| then)?|ahead(?: of(?: time)?)?|prior(?: to)?|earlier|in advance)\b")
POINTERS = re.compile(
    r"\b(?:that|it|this|them|about|of|the|event|one|flight|to|for|me|leave|i|have|need|must|should|set|head|off|go|out|"
    r"starts?|begins?|leaves?|departs?)\b"
)
RINGS = "It rings while `pippin assistant chat` or the studio runs."


def set_reminder(request: Request, world: World) -> Response | None:
    """Set a reminder at a time, or some time before an event."""
    if request.mode == FOLLOW and re.match(r"(?:to|about)\b", request.text.lower()):
        request = replace(request, mode=NEW, text=f"remind me {request.text}")
    if request.mode == FOLLOW:
        return None
    memory: dict[str, Any] = dict(request.memory) if request.mode in (FILL, CORRECT) else {}
    whens = whens_of(request, world, bare=request.asks == "when" or request.mode == CORRECT)
    problem = problem_of(whens)
    if problem:
        return problem
    quoted = QUOTED.search(request.text)
    rest = replace(request, text=AS_REMINDER.sub("remind me", QUOTED.sub(" ", request.text))) if quoted else request
    before = _before_event(rest, world)
    if quoted:
        memory["text"] = quoted[1].strip()
    if before:
        memory.update({**before, **({"text": memory["text"]} if quoted else {})})
    elif whens:
        at = _moment(request.text, _beside(whens[0], memory), world)
        if isinstance(at, Response):
            return at
        memory["at"] = at.isoformat()
    if not memory.get("text"):
        memory["text"] = _what(request.text, whens, request.mode == FILL)
    if not memory["text"]:
        return ask("event", "Remind you of what?", **memory)
    if not memory.get("at"):
        return ask("when", f"When shall I remind you: {memory['text']}?", **memory)
    at = moment_of(memory["at"])
    if at < world.now:
        return cannot(f"{say_moment(at, world.now.date())} has passed. Say a time to come.")
    item = {"text": memory["text"], "at": memory["at"]}
    reply = f"I will remind you {say_moment(at, world.now.date())}: {item['text']}. {RINGS}"
    memory = {**memory, "set": item}
    before = request.memory.get("set") if request.mode == CORRECT else None
    return _add("reminders", item, reply, world, before, memory)


def _what(text: str, whens: list[When], is_reply: bool) -> str:
    rest = LEAD.sub("", without(text, whens)) if not is_reply else without(text, whens)
    rest = re.sub(r",? (?:remind me|please|thanks)$", "", rest, flags=re.IGNORECASE)
    rest = re.sub(r"^(?:to|of|about|for|that|it's time to)\b ?", "", rest.strip(" ,.!?"), flags=re.IGNORECASE).strip(
        " ,.!?"
    )
    if not rest and re.match(r"wake", text.lower()):
        return "wake up"
    if not rest and re.search(r"\balarm\b", text.lower()):
        return "alarm"
    return re.sub(r"^(?:up|me)$", "", rest)


def _beside(when: When, memory: Mapping[str, Any]) -> When:
    """Return a time of day on the day, and in the half of it, that was said before."""
    if when.has_day or not memory.get("at"):
        return when
    before = moment_of(memory["at"])
    bare = when.time is not None and when.time.bare and not when.part
    when = replace(when, part="morning" if before.hour < 12 else "afternoon") if bare else when
    return when.on(before.date())


def _moment(text: str, when: When, world: World) -> datetime | Response:
    if when.time and when.time.bare and not when.part and re.search(r"\b(?:wake|breakfast|get up)\b", text.lower()):
        when = When(when.begin, when.stop, when.first, when.last, when.grain, when.time, part="morning")
    span = resolve(
        when if when.bound != "before" else When(when.begin, when.stop, when.first, when.last, when.grain, when.time),
        world,
    )
    if isinstance(span, Response):
        return span
    if when.has_time or when.part:
        return span.start if span.start >= world.now or when.time else max(span.start, world.now + timedelta(minutes=1))
    return span.start.replace(hour=MORNING)


def _before_event(request: Request, world: World) -> dict[str, str] | None:
    """Return what and when for "an hour before the lecture", or for "an hour before" of what was shown last."""
    lower = request.text.lower()
    eve = EVE.search(lower)
    if eve:
        return _on_the_eve(request, eve, world)
    durations = find_durations(lower)
    before = durations and BEFORE.match(lower[durations[0].stop :])
    if not durations or not before:
        return None
    rest = lower[: durations[0].begin] + lower[durations[0].stop + before.end() :]
    task = re.match(r" to (?!the\b|my\b|our\b)(?P<task>\w.*)", lower[durations[0].stop + before.end() :])
    if task and request.items:
        found = _before_shown(request, durations[0].length, world)
        return found and {**found, "text": request.text[durations[0].stop + before.end() + 4 :].strip(" .!?")}
    named = LEAD.sub("", rest).strip(" ,.!?")
    if not re.search(r"\w", POINTERS.sub(" ", named)):
        return _before_shown(request, durations[0].length, world)
    events = find_events(named, (), world) or pointed_events(request, world)
    if not events:
        return None
    return {"text": events[0].summary, "at": add_exactly(events[0].start, -durations[0].length).isoformat()}


def _on_the_eve(request: Request, eve: re.Match[str], world: World) -> dict[str, str] | None:
    """Return what and when for "the day before the dentist": nine o'clock, or eight in the evening."""
    named = f"{request.text[: eve.start()]} {request.text[eve.end() :]}"
    events = find_events(LEAD.sub("", named.strip()), (), world)
    moment = events[0].start if events else None
    shown = next((item for item in request.items if any(item.get(key) for key in MOMENTS)), None)
    if moment is None and shown:
        moment = moment_of(next(str(shown[key]) for key in MOMENTS if shown.get(key)))
    if moment is None:
        return None
    day = moment.date() - timedelta(days=7 if eve["part"] == "week" else 1)
    at = midnight(day, world.zone).replace(hour=MORNING if eve["part"] in ("day", "week", "morning") else NIGHT)
    said = [when for when in find_whens(named, world.now) if when.time]
    if said:
        late = said[0].time and said[0].time.bare and not said[0].part and eve["part"] in ("evening", "night")
        span = resolve(replace(said[0], part="evening" if late else said[0].part, bound="").on(day), world)
        at = at if isinstance(span, Response) else span.start
    return {"text": events[0].summary if events else item_name(shown or {}), "at": at.isoformat()}


def _before_shown(request: Request, length: timedelta, world: World) -> dict[str, str] | None:
    """Return what and when for some time before the first thing shown last."""
    of_thing = re.search(r"\b(?:flight|plane|departure|take-?off)\b", request.text.lower())
    for item in request.items[:1]:
        keys = [key for key in MOMENTS if item.get(key) and not (of_thing and key == "leave")]
        moment = str(item[keys[0]]) if keys else ""
        if moment:
            begin = moment_of(moment) if "T" in moment else midnight(date.fromisoformat(moment), world.zone)
            begin = begin if "T" in moment else begin.replace(hour=MORNING)
            return {"text": item_name(item), "at": add_exactly(begin, -length).isoformat()}
    return None


def set_timer(request: Request, world: World) -> Response | None:
    """Start a timer."""
    if request.mode == FOLLOW:
        return None
    before = request.memory.get("set") if request.mode == CORRECT else None
    text = _with_unit(request.text, before) if before else request.text
    durations = find_durations(text)
    if not durations and (
        re.search(r"\balarm\b", request.text.lower()) or any(w.has_time for w in whens_of(request, world))
    ):
        alarm = set_reminder(
            replace(request, text=re.sub(r"\bset (?:an|the|my) alarm\b", "remind me of alarm", request.text)), world
        )
        return replace(alarm, intent="remind") if alarm else None
    if not durations:
        return ask("when", "For how long?")
    length = durations[0].length
    if not timedelta() < length <= MAX_TIMER:
        return cannot("A timer runs for up to two days; set a reminder for later.")
    label = re.search(
        r"\bfor (?:the |my )?(?!\d|an?\b|half|a quarter)([a-z][\w ]{1,40}?)[.!]?$",
        text[durations[0].stop :].lower(),
    )
    ends = add_exactly(world.now, length)
    item = {
        "ends": ends.isoformat(),
        "seconds": length.total_seconds(),
        "text": label[1] if label else (before or {}).get("text", ""),
    }
    reply = f"The timer is set: {say_length(length)}, until {ends:%H:%M:%S}. {RINGS}"
    return _add("timers", item, reply, world, before, {"set": item})


def _with_unit(text: str, before: Mapping[str, Any]) -> str:
    """Return a number alone with the unit of the timer that it corrects: "make it 12" is of minutes, as before."""
    number = re.fullmatch(rf"(?:only |just )?(?P<n>{NUMBER})[.! ]*", text.strip().lower())
    seconds = float(before["seconds"])
    unit = "seconds" if seconds < 60 else "minutes" if seconds % 3600 or seconds < 3600 else "hours"
    return f"{number['n']} {unit}" if number else text


def _add(
    name: str, item: dict[str, Any], reply: str, world: World,
    instead_of: Any = None, memory: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    """Add an item, in the place of another where one is given."""
    old = world.record(name)
    new = [*(other for other in old if other != instead_of), item]
    return Response(DONE, reply, (item,), changes=(Change(name, old, new),), memory=memory or {})


def list_reminders(request: Request, world: World) -> Response | None:
    """Answer which reminders and timers are set."""
    if request.mode == FOLLOW:
        return None
    items = coming(world)
    if not items:
        return Response(reply="No reminder and no timer is set.")
    today = world.now.date()
    told = [
        f"{item.get('text') or 'timer'}: {say_length(moment_of(item['ends']) - world.now)} left"
        if "ends" in item
        else f"{item['text']}, {say_moment(moment_of(item['at']), today)}"
        for item in items
    ]
    return Response(reply=f"{'; '.join(told)}.", items=tuple(items))


def coming(world: World) -> list[dict[str, Any]]:
    """Return the timers and reminders that are still to ring."""
    timers = [item for item in world.record("timers") if moment_of(item["ends"]) > world.now]
    reminders = [item for item in world.record("reminders") if moment_of(item["at"]) > world.now]
    return [*timers, *sorted(reminders, key=lambda item: moment_of(item["at"]))]


def remove_reminder(request: Request, world: World) -> Response | None:
    """Remove reminders or timers."""
    if request.mode == FOLLOW:
        return None
    lower = request.text.lower()
    names = [name for name, word in (("timers", "timer"), ("reminders", "remind")) if word in lower] or [
        "timers",
        "reminders",
    ]
    items = [item for item in coming(world) if ("timers" if "ends" in item else "reminders") in names]
    if not items:
        return cannot("No such reminder or timer is set.")
    if not re.search(r"\ball\b|\bevery\b|reminders\b|timers\b", lower) and len(items) > 1:
        shown = [item for item in request.items if item in items]
        chosen = choose(lower, shown or items) or (shown[0] if len(shown) == 1 else None)
        items = [dict(chosen)] if chosen else items
        if len(items) > 1:
            return Response(
                "clarify", f"Which one? {say_list([str(i.get('text') or 'timer') for i in items])}.", tuple(items)
            )
    if request.choice:
        items = [dict(request.choice)]
    changes = []
    for name in names:
        old = world.record(name)
        left = [item for item in old if item not in items]
        if left != old:
            changes.append(Change(name, old, left))
    told = say_list([str(item.get("text") or "the timer") for item in items])
    return Response(DONE, f"Removed: {told}.", tuple(items), changes=tuple(changes), before=tuple(items))

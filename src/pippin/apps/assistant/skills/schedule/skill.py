"""The schedule: reads and changes calendars, sets reminders and timers."""

from __future__ import annotations

import re
from dataclasses import replace

from pippin.apps.assistant.dialogue.cues import points_back
from pippin.apps.assistant.dialogue.requests import CORRECT, NEW, Request, Response
from pippin.apps.assistant.dialogue.world import World
from pippin.apps.assistant.skills.schedule.changing import change_event
from pippin.apps.assistant.skills.schedule.creating import create_event
from pippin.apps.assistant.skills.schedule.listing import find_event, find_time, list_events
from pippin.apps.assistant.skills.schedule.reminding import list_reminders, remove_reminder, set_reminder, set_timer

INTENTS = {
    "list": list_events,
    "find": find_event,
    "free": find_time,
    "create": create_event,
    "move": change_event,
    "cancel": change_event,
    "remind": set_reminder,
    "timer": set_timer,
    "reminders": list_reminders,
    "forget": remove_reminder,
}


def answer(request: Request, world: World) -> Response | None:
    """Answer a request about the calendar; None where it goes on from nothing here."""
    of_reminder = bool(re.search(r"\b(?:remind\w*|timers?|alarms?)\b", request.text.lower()))
    if request.items and all("uid" not in item and ("ends" in item or "at" in item) for item in request.items):
        of_reminder = of_reminder or points_back(request.text)
    if request.mode == NEW and request.intent in ("forget", "cancel") and of_reminder != (request.intent == "forget"):
        meant = replace(request, intent="forget" if of_reminder else "cancel")
        response = INTENTS[meant.intent](meant, world)
        return replace(response, intent=meant.intent) if response else None
    if request.mode == CORRECT and request.memory.get("done") and request.intent in ("create", "move"):
        meant = replace(request, intent="move", mode=NEW, text=f"make it {request.text}", memory={})
        response = change_event(meant, world)
        return replace(response, intent="move") if response else None
    return INTENTS[request.intent](request, world)

"""A slip put right in one breath: "a salad, no wait, a soup", "on Friday at two, no, half past two"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.when import When
from pippin.apps.assistant.dialogue.cues import has_request
from pippin.apps.assistant.dialogue.replying import is_only_when
from pippin.apps.assistant.dialogue.world import World

HALT = (
    r"(?:no|nope|nah|wait|hang on|hold on|sorry|oh|oops|actually|i mean|i meant|or rather|rather|scratch "
    r"that|er|um|correction)"
)
SLIP = re.compile(
    rf"[\s,.;…–-]+(?:{HALT}[\s,.;…–-]+)*"
    r"(?:no,? wait|wait,? no|no,? sorry|sorry,? no|oh no|sorry,? i mean[t]?|no,? i mean[t]?|i mean[t]?|or rather|"
    r"actually no|no,? hang on|no,? hold on|hang on|hold on|scratch that|correction|"
    r"(?:nope|nah|no|sorry)(?=[,.!;…–-]|\s+(?:half|quarter|\d|at \d)))[\s,.;…–-]+"
    rf"(?:{HALT}[\s,.;…–-]+)*(?:make (?:it|that) |let's say |say )?",
    re.IGNORECASE,
)
AFTER = re.compile(r"(?P<slip>[\s,.;…–-]+i mean[t]?)[.!]*$", re.IGNORECASE)
"""The mark of a slip at the end: "sorry, 2:30 i mean"."""
VERB = re.compile(
    r"^(?P<lead>.*?\b(?:i'll (?:have|take|get|go for)|i(?:'d| would) (?:like|love)|i(?: want| need|'ll)|take|"
    r"have|get|give me|"
    r"get me|add|put|buy|order|cancel|move|book|delete|remove|drop|enrol me (?:in|on|for)|sign me up for|make "
    r"(?:it|that)|"
    r"show me|find|compare|grab|remind me to)\b)",
    re.IGNORECASE,
)
NOTHING_SAID = re.compile(r"(?:\W*(?:no|thanks|thank you|please|wait|it|that|sorry)\b)*\W*", re.IGNORECASE)


def mend_slip(text: str, world: World) -> str:
    """Return a text without what was taken back within it; what is said in its place stands where that stood."""
    text = AFTER.sub("", text) if SLIP.search(AFTER.sub("", text)) else text
    parts = SLIP.split(text)
    if len(parts) < 2 or not parts[0].strip() or NOTHING_SAID.fullmatch(parts[-1]):
        return text
    first, last = parts[0].strip(), parts[-1].strip()
    if is_only_when(last, world):
        return _put_time(first, last, world)
    if re.match(r"(?:undo|take (?:it|that) back|forget|leave|don't|do not|keep|not)\b", last.lower()):
        return text
    if has_request(last):
        return last if len(last.split()) > 1 else text
    lead = VERB.match(first)
    return f"{lead['lead']} {last}" if lead else last if len(last.split()) > 1 else text


def _put_time(text: str, time: str, world: World) -> str:
    """Return a text with another time in place of the last it says; a day stays where only the time is another."""
    whens, new = find_whens(text, world.now), find_whens(time, world.now, bare=True)
    if not whens or not new:
        return f"{text} {time}"
    old = whens[-1]
    if new[-1].has_day or not (old.has_day and old.has_time) or old.instant:
        return f"{_without(text, whens)} {time}"
    kept = _day_words(text[old.begin : old.stop], old, world)
    return f"{text[: old.begin]}{kept} {_at(time)}{text[old.stop :]}".strip()


def _without(text: str, whens: Sequence[When]) -> str:
    for when in reversed(whens):
        text = f"{text[: when.begin].rstrip()} {text[when.stop :]}".strip()
    return text


def _day_words(text: str, when: When, world: World) -> str:
    """Return what is left of "Friday at two" that names the day."""
    for match in re.finditer(r"\S+", text):
        for begin, stop in ((0, match.start()), (match.start(), len(text))):
            found = find_whens(text[begin:stop], world.now) if text[begin:stop].strip() else []
            if len(found) == 1 and found[0].first == when.first and not found[0].has_time:
                return text[begin:stop].strip(" ,")
    return text


def _at(time: str) -> str:
    return time if re.match(r"(?:at|by|before|after|from|around|in)\b", time.lower()) else f"at {time}"

"""A slip put right in one breath: "a salad, no wait, a soup", "on Monday, I mean Tuesday"."""

from __future__ import annotations

import re

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dialogue.replying import is_only_when
from pippin.apps.assistant.dialogue.world import World

SLIP = re.compile(
    r"[\s,.;–-]+(?:no,? wait|wait,? no|no,? sorry|sorry,? no|oh no|sorry,? i mean|no,? i mean|i mean|or rather|"
    r"actually no|"
    r"hang on|sorry)[\s,.;–-]+(?:make (?:it|that) )?",
    re.IGNORECASE,
)


def mend_slip(text: str, world: World) -> str:
    """Return a text without what was taken back within it; another time takes the place of the one before."""
    parts = SLIP.split(text)
    if len(parts) < 2 or not parts[-1].strip():
        return text
    first, last = parts[0].strip(), parts[-1].strip()
    if not is_only_when(last, world):
        return last if len(last.split()) > 1 else text
    for when in reversed(find_whens(first, world.now)):
        first = f"{first[: when.begin].rstrip()} {first[when.stop :]}".strip()
    return f"{first} {last}"

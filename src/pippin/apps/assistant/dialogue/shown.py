"""What was shown that a text may point at: by the last answer, or by one before it."""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue.cues import read_position, simplify
from pippin.apps.assistant.dialogue.values import Item, State

MAX_BACK = 3
"""So many answers ago things may have been shown that are pointed at."""


def shown_for(text: str, state: State) -> tuple[Item, ...]:
    """Return the things that a text may point at: those of the last answer that showed some, or enough of them."""
    recent = [frame for frame in reversed(state.frames[-MAX_BACK:]) if frame.items]
    if not recent:
        return ()
    frames = [frame for frame in recent if frame.skill == recent[0].skill]
    ordinal = re.search(r"\b(?:first|second|third|fourth|last) ?(?:one)?\b", simplify(text))
    if ordinal and len(frames[0].items) == 1:
        frames = [
            frame for frame in frames if read_position(text, len(frame.items)) is not None and len(frame.items) > 1
        ]
    if (
        frames
        and len(frames[0].items) == 1
        and re.search(r"\b(?:cheap|cheaper|dear|dearer|expensive) one\b", simplify(text))
    ):
        return tuple(item for frame in frames for item in frame.items)
    return (frames or recent)[0].items

"""What was shown that a text may point at: by the last answer, or by one before it."""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue.cues import item_name, read_position, simplify
from pippin.apps.assistant.dialogue.values import Item, State

MAX_BACK = 3
"""So many answers ago things may have been shown that are pointed at."""
OTHER = re.compile(r"\b(?:the|that|my) other(?: (?:one|two|ones))?\b(?! (?:day|week|way|side|direction)\b)")


def shown_for(text: str, state: State) -> tuple[Item, ...]:
    """Return the things that a text may point at: those of the last answer that showed some, or enough of them."""
    others = others_shown(text, state)
    if others:
        return others
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


def others_shown(text: str, state: State) -> tuple[Item, ...]:
    """Return what was shown beside the one thing talked of last, for "the other one"; () where nothing was."""
    last = next((frame for frame in reversed(state.frames) if frame.items), None)
    if last is None or not OTHER.search(simplify(text)):
        return ()
    focus = last.items[-1] if last.act == "done" else last.items[0]
    groups = [tuple(last.memory.get("among") or ()), *(frame.items for frame in reversed(state.frames))]
    for items in groups:
        others = tuple(item for item in items if not _is_same(item, focus))
        if 0 < len(others) < len(items):
            return others
    return ()


def _is_same(item: Item, other: Item) -> bool:
    """Tell whether two items show one thing."""
    return item_name(item) == item_name(other) and item.get("uid") == other.get("uid")

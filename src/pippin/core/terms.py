"""Names for people: what a metric or a command is called on a page, and one line on what it means."""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("see", "hear", "play", "decide", "mine")
_GROUP_OF_INPUT = {"image": "see", "video": "see", "audio": "hear", "episode": "play"}


@dataclass(frozen=True)
class Term:
    """A name with a capital letter, and one sentence on what it means."""

    label: str
    help: str


def group_of(input_kind: str) -> str:
    """Return the group of applications that read this kind of input, where none is declared."""
    return _GROUP_OF_INPUT.get(input_kind, "decide")


def default_label(name: str) -> str:
    """Return a name in code as words: `save-as` becomes `Save as`."""
    words = name.strip("_").replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]

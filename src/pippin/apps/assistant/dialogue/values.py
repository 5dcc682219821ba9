"""Values of a dialogue: acts, changes with their inverse, frames, and the state, which is plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

ANSWER, ASK, CLARIFY, CONFIRM, DONE = "answer", "ask", "clarify", "confirm", "done"
UNDONE, CANCELLED, CANNOT = "undone", "cancelled", "cannot"
ACTS = (ANSWER, ASK, CLARIFY, CONFIRM, DONE, UNDONE, CANCELLED, CANNOT)
OPEN = (ASK, CLARIFY, CONFIRM)
"""Acts after which an answer is awaited."""
MAX_FRAMES = 6
MAX_JOURNAL = 50
AGREED = ("event", "orders", "enrolled")
"""What changes after a yes only."""

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """What the assistant did about one request."""

    skill: str | None
    intent: str | None
    act: str
    items: tuple[Item, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    reply: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for `rehearse --json` and pages."""
        return {
            "skill": self.skill,
            "intent": self.intent,
            "act": self.act,
            "items": [dict(item) for item in self.items],
            "slots": dict(self.slots),
        }


@dataclass(frozen=True)
class Change:
    """One thing that becomes another: `what` is "event" or a list of the records; None is nothing.

    Of an event, `key` is its UID, `source` its calendar (0: the one new events go to), and the values are its text.
    """

    what: str
    before: Any
    after: Any
    key: str = ""
    source: int = 0

    @property
    def inverse(self) -> Change:
        """The change that takes it back."""
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True)
class Frame:
    """One request and where it stands; `act` is what was answered last, open while an answer is awaited."""

    skill: str
    intent: str
    act: str = ANSWER
    items: tuple[Item, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    reply: str = ""
    done: str = ""
    asks: str = ""
    text: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.act in OPEN


@dataclass(frozen=True)
class Entry:
    """What was done in one go, with what was shown of it and what stood before."""

    skill: str
    intent: str
    changes: tuple[Change, ...]
    items: tuple[Item, ...] = ()
    before: tuple[Item, ...] = ()


@dataclass(frozen=True)
class State:
    """A talk: its frames, the last on top, and its journal."""

    frames: tuple[Frame, ...] = ()
    journal: tuple[Entry, ...] = ()

    @property
    def open(self) -> Frame | None:
        """The frame that waits for an answer."""
        return next((frame for frame in reversed(self.frames) if frame.is_open), None)

    @property
    def last(self) -> Frame | None:
        """The frame that was talked of last."""
        return self.frames[-1] if self.frames else None

    def push(self, frame: Frame) -> State:
        """Return the state with a frame on top; one that waits for an answer takes the place of another that did."""
        kept = [item for item in self.frames if not (frame.is_open and item.is_open)]
        return replace(self, frames=(*kept, frame)[-MAX_FRAMES:])

    def close(self, frame: Frame) -> State:
        """Return the state without a frame."""
        return replace(self, frames=tuple(item for item in self.frames if item is not frame))

    def record(self, entry: Entry) -> State:
        """Return the state with one more entry in its journal."""
        return replace(self, journal=(*self.journal, entry)[-MAX_JOURNAL:]) if entry.changes else self

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> State:
        """Read what `to_json` wrote."""
        frames = tuple(
            Frame(**{**frame, "items": tuple(frame["items"]), "changes": _read_changes(frame["changes"])})
            for frame in value.get("frames", ())
        )
        journal = tuple(
            Entry(**{**entry, "changes": _read_changes(entry["changes"]), "items": tuple(entry["items"]),
                     "before": tuple(entry["before"])})
            for entry in value.get("journal", ())
        )  # fmt: skip
        return cls(frames, journal)


def _read_changes(values: Any) -> tuple[Change, ...]:
    return tuple(Change(**value) for value in values)

"""What a skill is given and what it gives back: `answer(request, world) -> Response`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pippin.apps.assistant.dialogue.values import ANSWER, CANNOT, Act, Change, Frame, Item

NEW, FILL, CHOOSE, CORRECT, FOLLOW = "new", "fill", "choose", "correct", "follow"


@dataclass(frozen=True)
class Request:
    """One request to a skill.

    Args:
        intent: Name within the skill.
        text: What was said in this turn.
        mode: "new"; "fill" where `text` answers what the skill asked (`asks`); "choose" where `choice` was picked from
            items it offered; "correct" where `text` changes what it is about to do; "follow" where `text` goes on from
            the last answer ("and on Friday?").
        memory: What the skill's last response to this frame remembered.
        items: What was shown last, by any skill, for "the second one" and "it"; `topic` is that skill.
        hints: Slots as the tagger sees them.
    """

    skill: str
    intent: str
    text: str
    mode: str = NEW
    memory: Mapping[str, Any] = field(default_factory=dict)
    asks: str = ""
    choice: Item | None = None
    items: tuple[Item, ...] = ()
    topic: str = ""
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What a skill answers.

    Args:
        act: "answer", "ask" (with `asks`), "clarify" (with items to choose from), "confirm" (with the changes that a
            yes would make, and `done`, what to say then), "done" (with changes that need no yes) or "cannot".
        memory: Plain JSON values for the next request to this frame.
        before: Items as they were before changes, shown when they are undone.
        intent: Another intent of the skill that was meant, where it sees that.
    """

    act: str = ANSWER
    reply: str = ""
    items: tuple[Item, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    done: str = ""
    asks: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Item, ...] = ()
    intent: str = ""

    def frame(self, request: Request) -> Frame:
        """Return the frame this leaves behind."""
        return Frame(
            request.skill,
            self.intent or request.intent,
            self.act,
            self.items,
            self.slots,
            self.memory,
            self.changes,
            self.reply,
            self.done,
            self.asks,
            request.text,
        )

    def to_act(self, request: Request) -> Act:
        """Return the act of this response."""
        slots = {**self.slots, "asks": self.asks} if self.asks else self.slots
        return Act(request.skill, self.intent or request.intent, self.act, self.items, slots, self.reply)


def cannot(
    reply: str, items: tuple[Item, ...] = (), *, refused: Mapping[str, Any] | None = None, **memory: Any
) -> Response:
    """Return the answer to what cannot be done; `refused` are the values, by slot, that stand in its way."""
    return Response(CANNOT, reply, items, slots=refused or {}, memory=memory)


def ask(slot: str, reply: str, **memory: Any) -> Response:
    """Return a question for a slot."""
    return Response("ask", reply, asks=slot, memory=memory)

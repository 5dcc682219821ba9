"""Intents as answers: a label, which of its words fill slots, and the names of what is no intent."""

from __future__ import annotations

from collections.abc import Iterable

from pippin.apps.assistant.understanding.slot_tagger import Slot

# What data sets call sentences that ask for nothing the assistant can do.
OUT_OF_SCOPE = frozenset({"oos", "ood", "out_of_scope", "out-of-scope", "outofscope", "none", "unknown"})


class SlottedIntent(str):
    """An intent's label that knows the slots of its sentence; equal to the label alone."""

    slots: tuple[Slot, ...]

    def __new__(cls, label: str, slots: Iterable[Slot] = ()) -> SlottedIntent:
        """Make a label with slots."""
        made = super().__new__(cls, label)
        made.slots = tuple(slots)
        return made

    def __reduce__(self) -> tuple[type, tuple[str, tuple[Slot, ...]]]:
        return SlottedIntent, (str(self), self.slots)


def slots_of(answer: object) -> tuple[Slot, ...]:
    """Return the slots of an answer, none for a plain label."""
    return getattr(answer, "slots", ())


def is_out_of_scope(answer: object) -> bool:
    """Return whether an answer is one of the names for what is no intent."""
    return str(answer).casefold() in OUT_OF_SCOPE


def checked_intent(answer: object) -> str:
    """Return a taught intent without spaces around it, as one line."""
    return " ".join(str(answer).split())

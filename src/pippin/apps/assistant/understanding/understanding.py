"""What a text asks for: its intent, how surely, its slots, and whether it is anything the assistant knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from pippin.apps.assistant.understanding.slot_tagger import Slot

MAX_ALTERNATIVES = 50


@dataclass(frozen=True)
class Understanding:
    """What a text asks for.

    `intent` is the likeliest, None where nothing was ever learned; `known` is False where the text resembles no
    example: then it is not to be acted on. `slots` maps names to words of the text, the first of each name; `spans` has
    all of them with their places. `alternatives` are the next likeliest intents with their probabilities.
    `certainty` is what `known` was decided by, `nearest` the examples most like the text with their cosines.
    """

    intent: str | None
    confidence: float = 0.0
    known: bool = False
    slots: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    alternatives: tuple[tuple[str, float], ...] = ()
    spans: tuple[Slot, ...] = ()
    certainty: float = 0.0
    nearest: tuple[tuple[str, str, float], ...] = ()


class Marked(NamedTuple):
    """An example: its text, its intent and its slots."""

    text: str
    intent: str
    slots: tuple[Slot, ...] = ()


def slot_texts(text: str, spans: tuple[Slot, ...]) -> Mapping[str, str]:
    """Return the words of each slot's first span."""
    return MappingProxyType({slot.name: text[slot.start : slot.end] for slot in reversed(spans)})

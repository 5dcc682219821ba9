"""What a sentence asks for, and the interpreter that finds it out from examples in skill folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from pippin.apps.assistant.skills.skill_files import Skill
from pippin.apps.assistant.understanding.intent_head import THRESHOLD, IntentHead
from pippin.apps.assistant.understanding.slot_tagger import Slot, SlotTagger, trimmed
from pippin.learn.text.token_encoder import WIDTH, Encoding, TokenEncoder, token_encoder

MAX_ALTERNATIVES = 5


@dataclass(frozen=True)
class Understanding:
    """What a text asks for.

    `intent` is the likeliest, None where nothing was ever learned; `known` is False where the text resembles no
    example: then it is not to be acted on. `slots` maps names to words of the text, the first of each name; `spans` has
    all of them with their places. `alternatives` are the next likeliest intents with their probabilities.
    """

    intent: str | None
    confidence: float = 0.0
    known: bool = False
    slots: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    alternatives: tuple[tuple[str, float], ...] = ()
    spans: tuple[Slot, ...] = ()


class Marked(NamedTuple):
    """An example: its text, its intent and its slots."""

    text: str
    intent: str
    slots: tuple[Slot, ...] = ()


class Interpreter:
    """Finds intent and slots of texts by examples; with more of them it is another interpreter."""

    def __init__(
        self,
        examples: Sequence[Marked],
        *,
        threshold: float = THRESHOLD,
        encoder: TokenEncoder | None = None,
        known: Mapping[str, Encoding] | None = None,
    ) -> None:
        self.examples, self.threshold = tuple(examples), threshold
        self.encoder = encoder or token_encoder()
        self._encodings = dict(known or {})
        self._encode([example.text for example in self.examples])
        self.tagger = SlotTagger(WIDTH)
        for example in self.examples:
            self.tagger.add(self._encodings[example.text], example.slots, example.intent)
        vectors = [self._encodings[example.text].vector for example in self.examples]
        self.head = (
            IntentHead(np.stack(vectors), [example.intent for example in self.examples]) if self.examples else None
        )

    @classmethod
    def from_skills(cls, skills: Iterable[Skill], taught: Sequence[Marked] = (), **more: float) -> Interpreter:
        """Make an interpreter of the examples of skills, and of what was taught; the last word on a text counts."""
        found = {example.text: example for example in (*examples_of(skills), *taught)}
        return cls(tuple(found.values()), **more)  # type: ignore[arg-type]

    def extended(self, more: Sequence[Marked]) -> Interpreter:
        """Return an interpreter that knows `more` examples, too; one for the same text takes the other's place."""
        found = {example.text: example for example in (*self.examples, *more)}
        return Interpreter(tuple(found.values()), threshold=self.threshold, encoder=self.encoder, known=self._encodings)

    def interpret(self, text: str) -> Understanding:
        """Return what a text asks for."""
        if self.head is None or not text.strip():
            return Understanding(None)
        (encoding,) = self.encoder.encode([text])
        judged = self.head.judge(encoding.vector[None])
        shares = judged.probabilities[0]
        order = (-shares).argsort(kind="stable")[: MAX_ALTERNATIVES + 1]
        (intent, confidence), *others = [(self.head.labels[place], float(shares[place])) for place in order]
        spans = trimmed(self.tagger.tag(encoding, intent), text)
        return Understanding(
            intent,
            confidence,
            bool(judged.certainty[0] >= self.threshold),
            MappingProxyType({slot.name: text[slot.start : slot.end] for slot in reversed(spans)}),
            tuple(others),
            spans,
        )

    def _encode(self, texts: Sequence[str]) -> None:
        new = list(dict.fromkeys(text for text in texts if text not in self._encodings))
        self._encodings.update(zip(new, self.encoder.encode(new), strict=True))


def examples_of(skills: Iterable[Skill]) -> list[Marked]:
    """Return the examples of skills, each intent by its label."""
    return [
        Marked(example.text, intent.label, tuple(Slot(span.slot, span.start, span.end) for span in example.spans))
        for skill in skills
        for intent in skill.intents
        for example in intent.examples
    ]

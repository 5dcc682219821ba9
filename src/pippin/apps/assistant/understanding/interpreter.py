"""The interpreter of the dialogue: what a sentence asks for, by the examples of skills and what was taught."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from pippin.apps.assistant.data import out_of_scope
from pippin.apps.assistant.skills.skill_files import Skill
from pippin.apps.assistant.understanding.fitting import encode, fit_model, name_vectors
from pippin.apps.assistant.understanding.model import UnderstandingModel
from pippin.apps.assistant.understanding.slot_tagger import Slot
from pippin.apps.assistant.understanding.understanding import Marked, Understanding
from pippin.learn.text.token_encoder import TokenEncoder, token_encoder

NOTHING = Understanding(None)


class Interpreter:
    """Finds intent and slots of texts by a model, or by examples."""

    def __init__(self, model: UnderstandingModel | None, encoder: TokenEncoder | None = None) -> None:
        self.model, self.encoder = model, encoder or token_encoder()

    @classmethod
    def from_examples(
        cls, examples: Sequence[Marked], *, outside: Sequence[str] = (), threshold: float = 0.0
    ) -> Interpreter:
        """Fit to examples, and to texts `outside` that ask for nothing known; for equal texts the last one counts."""
        own = list({example.text: example for example in examples}.values())
        if not own:
            return cls(None)
        encoder = token_encoder()
        encodings = encode(encoder, [*(example.text for example in own), *outside])
        model = fit_model(own, encodings, name_vectors(encoder, (example.intent for example in own)), outside)
        return cls(replace(model, threshold=threshold) if threshold else model, encoder)

    @classmethod
    def from_skills(
        cls, skills: Iterable[Skill], taught: Sequence[Marked] = (), *, threshold: float = 0.0
    ) -> Interpreter:
        """Fit to the examples of skills and to what was taught."""
        return cls.from_examples([*examples_of(skills), *taught], outside=out_of_scope(), threshold=threshold)

    def interpret(self, text: str) -> Understanding:
        """Return what a text asks for."""
        if self.model is None or not text.strip():
            return NOTHING
        (found,) = self.model.interpret(self.encoder, [text])
        return found

    def similarities(self, text: str, others: Sequence[str]) -> list[float]:
        """Return the cosine of a text with each of the others, by what they mean."""
        return [float(one) for one in _unit_vectors(tuple(others)) @ _unit_vectors((text,))[0]]


@lru_cache(maxsize=8)
def _unit_vectors(texts: tuple[str, ...]) -> Any:
    vectors = token_encoder().vectors(texts)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def examples_of(skills: Iterable[Skill]) -> list[Marked]:
    """Return the examples of skills, each intent by its label."""
    return [
        Marked(example.text, intent.label, tuple(Slot(span.slot, span.start, span.end) for span in example.spans))
        for skill in skills
        for intent in skill.intents
        for example in intent.examples
    ]

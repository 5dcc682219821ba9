"""What a new intent would change: which of its sentences are taken for another, and which others it would take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from pippin.apps.assistant.skills.skill_files import load_skills
from pippin.apps.assistant.understanding.fitting import name_vectors
from pippin.apps.assistant.understanding.intent_head import IntentHead, spaced
from pippin.apps.assistant.understanding.interpreter import Interpreter, examples_of
from pippin.apps.assistant.understanding.model import UnderstandingModel
from pippin.apps.assistant.understanding.understanding import Marked, Understanding
from pippin.learn.text.token_encoder import Array, token_encoder

LOOKED_AT = 100  # examples of other intents: those that the new one is likeliest for


def find_collisions(
    interpreter: Interpreter, examples: Sequence[Marked], label: str, texts: Sequence[str], line: str = ""
) -> dict[str, Any]:
    """Return how sentences `texts` of a new intent `label` get along with a model that was fitted to `examples`.

    "collisions" are those that the model takes for another intent, with the probability; "losses" are examples of
    other intents that it would then take for the new one, by intent; "tried" is what it would take `line` for.
    """
    model, encoder = interpreter.model, interpreter.encoder
    if model is None:
        return {"collisions": [], "losses": [], "tried": None}
    new = [Marked(text, label) for text in texts]
    later = _with_intent(model, examples, new)
    collisions = [
        {"text": text, **_summary(found)}
        for text, found in zip(texts, model.interpret(encoder, texts), strict=True)
        if found.known
    ]
    near = _likeliest(later, examples, label)
    taken = defaultdict(list)
    for text, before, after in zip(near, model.interpret(encoder, near), later.interpret(encoder, near), strict=True):
        if before.known and after.known and after.intent == label:
            taken[str(before.intent)].append(text)
    tried = next(iter(later.interpret(encoder, [line])), None) if line else None
    return {
        "collisions": collisions,
        "losses": [{"label": one, "count": len(lost), "texts": lost} for one, lost in sorted(taken.items())],
        "tried": {"text": line, **_summary(tried)} if tried else None,
    }


def _summary(found: Understanding) -> dict[str, Any]:
    return {"label": found.intent, "known": found.known, "confidence": round(found.confidence, 4)}


def _with_intent(model: UnderstandingModel, examples: Sequence[Marked], new: Sequence[Marked]) -> UnderstandingModel:
    """Return the model with a head fitted to a new intent, too; as sharp as it is, since that takes most of the time.

    For equal texts the new one counts, as where it is fitted for good.
    """
    both = list({one.text: one for one in [*examples, *new]}.values())
    intents = [one.intent for one in both]
    head = IntentHead.fit(_vectors([one.text for one in both]), intents, name_vectors(token_encoder(), intents))
    kept = [index for index, one in enumerate(head.labels) if one in model.head.labels]
    factor = np.linalg.norm(model.head.weights_DL) / np.linalg.norm(head.weights_DL[:, kept])
    texts = tuple(both[index].text for index in spaced(np.searchsorted(head.labels, intents)))
    return replace(model, head=head.sharpened(float(factor)), texts=texts)


def _likeliest(model: UnderstandingModel, examples: Sequence[Marked], label: str) -> list[str]:
    """Return the examples for which an intent is likeliest."""
    texts = [one.text for one in examples]
    shares = model.probabilities(texts, _vectors(texts))[:, model.labels.index(label)]
    return [texts[index] for index in (-shares).argsort(kind="stable")[:LOOKED_AT]]


def _vectors(texts: Sequence[str]) -> Array:
    known = _builtin_vectors()
    others = [text for text in texts if text not in known]
    found = {**known, **dict(zip(others, token_encoder().vectors(others), strict=True))} if others else known
    return np.stack([found[text] for text in texts])


@lru_cache(maxsize=1)
def _builtin_vectors() -> dict[str, Array]:
    """Return the vectors of the built-in skills' sentences; they take seconds, and 10 MB."""
    texts = sorted({one.text for one in examples_of(load_skills())}, key=len)
    return dict(zip(texts, token_encoder().vectors(texts), strict=True))

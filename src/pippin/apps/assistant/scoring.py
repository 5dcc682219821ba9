"""How `assistant` is scored: intents, what is kept and refused, slots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pippin.apps.assistant.intents import is_out_of_scope, slots_of
from pippin.apps.assistant.understanding.slot_tagger import Slot
from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.classification_scores import learned_labels
from pippin.learn.metrics import accuracy, bootstrap, wilson


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return scores of predictions against the examples' intents and slots.

    accuracy: share of sentences in scope whose likeliest intent is right, known or not. in_scope_kept: share of them
    that are right and known. out_of_scope_found: share of the others (without an intent, or of one never learned) that
    are unknown. slot_f1: harmonic mean of precision and recall over slots of exactly the right name and words, by
    bootstrap over sentences in scope. An input that failed counts as wrong.
    """
    taught = {str(label) for label in learned_labels(predictions)}
    pairs = list(zip(predictions, examples, strict=True))
    inside = [(p, e) for p, e in pairs if str(e.answer) in taught and not is_out_of_scope(e.answer)]
    outside = [p for p, e in pairs if not (str(e.answer) in taught and not is_out_of_scope(e.answer))]
    scores: dict[str, Score] = {}
    if inside:
        right = [not p.error and p.answer == e.answer for p, e in inside]
        scores["accuracy"] = accuracy([None if p.error else p.answer for p, _ in inside], [e.answer for _, e in inside])
        kept = [good and p.known for good, (p, _) in zip(right, inside, strict=True)]
        scores["in_scope_kept"] = wilson(sum(kept), len(kept))
    if outside:
        scores["out_of_scope_found"] = wilson(sum(not p.known for p in outside), len(outside))
    if any(slots_of(e.answer) for _, e in inside):
        scores["slot_f1"] = slot_f1([slots_found(p) for p, _ in inside], [set(slots_of(e.answer)) for _, e in inside])
    return scores


def slot_f1(found: Sequence[set[Slot]], truth: Sequence[set[Slot]]) -> Score:
    """Return F1 over slots (Tjong Kim Sang and De Meulder 2003), with a bootstrap interval over sentences."""
    counts = np.array(
        [(len(own & right), len(own), len(right)) for own, right in zip(found, truth, strict=True)], float
    )

    def f1(rows: np.ndarray) -> float:
        both, own, right = rows.sum(axis=0)
        return float(2 * both / max(1.0, own + right))

    return bootstrap(f1, counts)


def slots_found(prediction: Prediction) -> set[Slot]:
    """Return the slots of a prediction."""
    facts = [one for one in prediction.evidence if isinstance(one, dict) and "slots" in one]
    return {Slot(slot["name"], slot["start"], slot["end"]) for one in facts for slot in one["slots"]}

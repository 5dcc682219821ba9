"""Slots of a sentence: ridge regression from word states to tags, and the best path through them (Viterbi).

Tags are B-SLOT, I-SLOT and O (Ramshaw and Marcus 1995). The regression is held as sums over words, so that sentences
are added at the cost of their words alone, and two taggers are merged by adding their sums.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.learn.text.token_encoder import WIDTH, Array, Encoding

OUTSIDE = "O"
STRENGTH = 0.3  # of the penalty, in words
SHARPNESS = 12.0  # of the softmax of the regression's scores
SIGNS = " \t\n.,;:!?"  # that are no part of a slot at its ends
TAGGED = (0, 3)  # layers by whose states words are tagged without training
NEVER = -1e4  # the logarithm of what cannot be
SMOOTHING = 0.5  # of a step between tags, in sentences


class Slot(NamedTuple):
    """A slot's name and the characters of the text that fill it."""

    name: str
    start: int
    end: int


class Tagger:
    """What all taggers share: weights of tags, steps from tag to tag, and the slots seen with each intent."""

    def __init__(self) -> None:
        self.steps: Counter[tuple[str, str]] = Counter()  # (tag, next tag) -> times; "" before and after a sentence
        self.slots_of: dict[str, set[str]] = defaultdict(set)  # intent -> slots seen with it

    def inputs(self, states_WD: Array) -> Array:
        """Return what the weights are multiplied with [W,D+1]."""
        raise NotImplementedError

    def weights(self) -> tuple[list[str], Array, Array]:
        """Return tags, their weights [D+1,K] and the scores [K+1,K+1] of steps between them."""
        raise NotImplementedError

    def tag(self, encoding: Encoding, intent: str | None) -> tuple[Slot, ...]:
        """Return the slots of a sentence, of those that `intent` was shown with."""
        allowed = self.slots_of.get(intent or "", set())
        if not allowed or not len(encoding.states):
            return ()
        tags, weights_DK, steps_KK = self.weights()
        kept = [index for index, tag in enumerate(tags) if tag == OUTSIDE or tag[2:] in allowed]
        scores = self.inputs(encoding.states) @ weights_DK[:, kept]
        ends = [*kept, len(tags)]
        path = best_path(scores, steps_KK[np.ix_(ends, ends)])
        return slots_of_tags(encoding.words, [tags[kept[index]] for index in path])

    def count(self, tags: Sequence[str], slots: Sequence[Slot], intent: str) -> None:
        """Count a sentence's steps from tag to tag, and its slots as the intent's."""
        self.steps.update(zip(["", *tags], [*tags, ""], strict=True))
        self.slots_of[intent] |= {slot.name for slot in slots}

    def counts(self) -> dict[str, Any]:
        """Return what was counted as JSON values."""
        return {
            "steps": [[*pair, count] for pair, count in sorted(self.steps.items())],
            "slots_of": {intent: sorted(names) for intent, names in sorted(self.slots_of.items())},
        }

    def set_counts(self, facts: Mapping[str, Any]) -> None:
        """Take what `counts` returned."""
        self.steps = Counter({(before, after): count for before, after, count in facts["steps"]})
        self.slots_of = defaultdict(set, {intent: set(names) for intent, names in facts["slots_of"].items()})


class TunedTagger(Tagger):
    """A tagger whose weights and steps were trained: a conditional random field (Lafferty et al. 2001)."""

    def __init__(self, tags: Sequence[str], weights_DK: Array, steps_KK: Array) -> None:
        super().__init__()
        self.tags, self.weights_DK, self.steps_KK = list(tags), weights_DK, steps_KK

    def inputs(self, states_WD: Array) -> Array:
        """Return the states of all layers, with a constant beside them [W,D+1]."""
        return with_constant(states_WD)

    def weights(self) -> tuple[list[str], Array, Array]:
        """Return tags, weights and the scores of steps."""
        return self.tags, self.weights_DK, self.steps_KK

    def save(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return arrays and JSON values that `load_tagger` takes."""
        return {"weights": self.weights_DK, "steps": self.steps_KK}, {"tags": self.tags, **self.counts()}


class SlotTagger(Tagger):
    """Sums over the words it was shown; weights are solved for when they are next needed."""

    def __init__(self) -> None:
        super().__init__()
        width = WIDTH * len(TAGGED)
        self.gram_DD: Array = np.zeros((width + 1, width + 1), np.float32)
        self.moments: dict[str, Array] = {}  # tag -> sum of the inputs of its words [D+1]
        self._weights: tuple[list[str], Array, Array] | None = None

    def inputs(self, states_WD: Array) -> Array:
        """Return the states of the layers TAGGED, each of the same length, with a constant beside them [W,D+1]."""
        parts = [states_WD[:, layer * WIDTH : (layer + 1) * WIDTH] for layer in TAGGED]
        lengths = [np.linalg.norm(part, axis=1, keepdims=True) * np.sqrt(len(TAGGED)) for part in parts]
        scaled = [part / np.maximum(length, 1e-6) for part, length in zip(parts, lengths, strict=True)]
        return with_constant(np.concatenate(scaled, axis=1))

    def add(self, encoding: Encoding, slots: Sequence[Slot], intent: str) -> None:
        """Take in a sentence with its slots."""
        tags = tags_of(encoding.words, slots)
        rows = self.inputs(encoding.states)
        self.gram_DD += rows.T @ rows
        for row, tag in zip(rows, tags, strict=True):
            self.moments[tag] = self.moments.get(tag, 0) + row
        self.count(tags, slots, intent)
        self._weights = None

    def weights(self) -> tuple[list[str], Array, Array]:
        """Return tags, weights and the scores of steps."""
        if self._weights is None:
            tags = sorted(self.moments)
            penalty = np.eye(len(self.gram_DD), dtype=np.float32) * np.float32(STRENGTH)
            sums = np.stack([self.moments[tag] for tag in tags], axis=1)
            weights_DK = np.float32(SHARPNESS) * np.linalg.solve(self.gram_DD + penalty, sums)
            self._weights = tags, weights_DK, step_scores(tags, self.steps)
        return self._weights

    def save(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return arrays and JSON values that `load` takes."""
        tags = sorted(self.moments)
        moments = np.stack([self.moments[tag] for tag in tags]) if tags else np.zeros((0, len(self.gram_DD)))
        return {"gram": self.gram_DD, "moments": moments.astype(np.float32)}, {"tags": tags, **self.counts()}


def load_tagger(arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> TunedTagger | SlotTagger:
    """Return the tagger that was saved."""
    found: TunedTagger | SlotTagger
    if "weights" in arrays:
        found = TunedTagger(facts["tags"], *(np.array(arrays[name], np.float32) for name in ("weights", "steps")))
    else:
        found = SlotTagger()
        found.gram_DD = np.array(arrays["gram"], np.float32)
        found.moments = {tag: np.array(row) for tag, row in zip(facts["tags"], arrays["moments"], strict=True)}
    found.set_counts(facts)
    return found


def with_constant(rows_WD: Array) -> Array:
    """Return rows with a 1 at their ends [W,D+1]."""
    return np.concatenate([rows_WD, np.ones((len(rows_WD), 1), np.float32)], axis=1).astype(np.float32)


def tags_of(words: Iterable[tuple[int, int]], slots: Sequence[Slot]) -> list[str]:
    """Return the tag of each word; a word belongs to the slot in which it begins."""
    found, before = [], None
    for start, _ in words:
        slot = next((slot for slot in slots if slot.start <= start < slot.end), None)
        found.append(OUTSIDE if slot is None else f"{'I' if slot is before else 'B'}-{slot.name}")
        before = slot
    return found


def slots_of_tags(words: Sequence[tuple[int, int]], tags: Sequence[str]) -> tuple[Slot, ...]:
    """Return the slots that tags spell."""
    found: list[Slot] = []
    for (start, end), tag in zip(words, tags, strict=True):
        if tag.startswith("B-"):
            found.append(Slot(tag[2:], start, end))
        elif tag.startswith("I-") and found:
            found[-1] = found[-1]._replace(end=end)
    return tuple(found)


def trimmed(slots: Iterable[Slot], text: str) -> tuple[Slot, ...]:
    """Return slots without signs and spaces at their ends; one of nothing else is left out."""
    found = []
    for slot in slots:
        own = text[slot.start : slot.end]
        start, end = slot.start + len(own) - len(own.lstrip(SIGNS)), slot.start + len(own.rstrip(SIGNS))
        if start < end:
            found.append(slot._replace(start=start, end=end))
    return tuple(found)


def step_scores(tags: Sequence[str], steps: Mapping[tuple[str, str], int]) -> Array:
    """Return the logarithms [K+1,K+1] of steps from tag to tag, the last row the start and the last column the end.

    Each is how much more often the step occurs than its tags' frequencies tell.
    """
    names = [*tags, ""]
    counts = np.array([[steps.get((one, other), 0) for other in names] for one in names], np.float64)
    total = max(1.0, counts.sum())
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    scores = np.log((counts + SMOOTHING) / (expected + SMOOTHING)).astype(np.float32)
    return np.where(may_follow(tags), scores, np.float32(NEVER))


def may_follow(tags: Sequence[str]) -> NDArray[np.bool_]:
    """Return which tag (column) may follow which (row) [K+1,K+1]: I-SLOT follows B-SLOT or itself alone."""
    names = [*tags, ""]
    return np.array(
        [[not tag.startswith("I-") or one in (f"B-{tag[2:]}", tag) for tag in names] for one in names], bool
    )


def best_path(scores_WK: NDArray[Any], steps_KK: NDArray[Any]) -> list[int]:
    """Return the tags of the greatest sum of scores and steps (Viterbi 1967); `steps_KK` ends in start and end."""
    inner, best = steps_KK[:-1, :-1], scores_WK[0] + steps_KK[-1, :-1]
    back: list[NDArray[np.intp]] = []
    for scores in scores_WK[1:]:
        through = best[:, None] + inner
        back.append(through.argmax(axis=0))
        best = through.max(axis=0) + scores
    path = [int((best + steps_KK[:-1, -1]).argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]

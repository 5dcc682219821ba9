"""Learning a speaker: clips with what they say, and what teaching them gains on others."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pippin.apps.lipread import data
from pippin.apps.lipread.alignments import readable
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.scoring import score
from pippin.core.data import Example, Skipped, rank
from pippin.core.errors import PippinError
from pippin.core.values import Correction, Prediction, Score

if TYPE_CHECKING:
    from pippin.apps.lipread.learner import LipreadLearner

FOLDS = 3


def find_clips(given: Sequence[Path]) -> tuple[list[Example], list[Skipped]]:
    """Return clips, or all of folders: with sentences as in a data set, else by the phrase that names their folder.

    PippinError where no clip is found.
    """
    examples, skipped = list[Example](), list[Skipped]()
    for path in given:
        for folder in (path, *data.folders(path)) if path.is_dir() else (path.parent,):
            for file in data.files(folder) if path.is_dir() else (path,):
                try:
                    clip, sentence = data.clip_of(file), data.said_in(file)
                    sentence = sentence or readable(folder.name.replace("_", " "), str(folder))
                    examples.append(Example(clip, sentence, clip.digest()))
                except PippinError as problem:
                    skipped.append(Skipped(str(file), problem.message))
    if not examples:
        first = skipped[0].reason if skipped else "there is none"
        raise PippinError(f"No clip in {', '.join(map(str, given))} can be used: {first}")
    return examples, skipped


def by_sentence(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Group examples by their sentences."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[str(example.answer)].append(example)
    return groups


def gain(base: LipreadLearner, examples: Sequence[Example]) -> tuple[dict[str, Score], dict[str, Score]]:
    """Return scores before and after, each third of the clips being read after the others were taught to `base`.

    `base` must not have been taught any of them, and stays as it is.
    """
    examples = [example for example in examples if example.key not in base.lessons.said]
    if len(examples) < FOLDS:
        return {}, {}
    ordered = sorted(examples, key=lambda e: (str(e.answer), rank(e.key, 0)))  # so that takes lie in several thirds
    held, before, after = list[Example](), list[Prediction](), list[Prediction]()
    for turn in range(FOLDS):
        out = ordered[turn::FOLDS]
        taught = base.copied()
        taught.update([Correction(e.input, e.answer) for index, e in enumerate(ordered) if index % FOLDS != turn])
        inputs = [example.input for example in out]
        held += out
        before += base.predict(inputs)
        after += taught.predict(inputs)
    return score(before, held), score(after, held)


def sentences(grammar: Grammar | None, count: int) -> list[str]:
    """Return sentences of a grammar to be filmed, in which each word takes its turn."""
    if grammar is None:
        raise PippinError("This model has no grammar to make sentences from; film what you like and give it a .txt.")
    orders = [sorted(slot, key=lambda phrase: hashlib.sha256(phrase.encode()).digest()) for slot in grammar.slots]
    return [" ".join(filter(None, (order[number % len(order)] for order in orders))) for number in range(count)]

"""Learning a speaker: the clips of a folder with what they say, and what teaching them gains on others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pippin.apps.lipread import data
from pippin.apps.lipread.alignments import readable
from pippin.apps.lipread.answers import score
from pippin.apps.lipread.grammar import Grammar
from pippin.core.data import Example, rank
from pippin.core.errors import PippinError
from pippin.core.learner import Prediction, Score, Taught

if TYPE_CHECKING:
    from pippin.apps.lipread.learner import Reader

FOLDS = 3


def found(folder: Path) -> list[Example]:
    """Clips with their sentences as in a data set, or with phrases by which their folders are named."""
    phrases = [below for below in data.folders(folder) if data.files(below)] if folder.is_dir() else []
    if phrases and not any(path.with_suffix(".txt").exists() for below in phrases for path in data.files(below)):
        return [
            Example(clip, readable(below.name.replace("_", " "), str(below)), clip.digest())
            for below in phrases
            for clip in data.clips(below)
        ]
    return list(data.load(str(folder), data.HERE).examples)


def by_sentence(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Examples by what they say."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[str(example.answer)].append(example)
    return groups


def gain(learner: Reader, examples: Sequence[Example]) -> tuple[dict[str, Score], dict[str, Score]]:
    """Scores before and after, each third of the clips being read after the others were taught."""
    if len(examples) < FOLDS:
        return {}, {}
    turns = defaultdict(list)
    for same in by_sentence(examples).values():  # so that each phrase has takes on either side
        for place, example in enumerate(sorted(same, key=lambda e: rank(e.key, 0))):
            turns[(place if len(same) >= FOLDS else int(rank(example.key, 0)[:8], 16)) % FOLDS].append(example)
    held, before, after = list[Example](), list[Prediction](), list[Prediction]()
    for turn, out in turns.items():
        taught = learner.copied()
        taught.update([Taught(e.input, e.answer) for other, part in turns.items() if other != turn for e in part])
        inputs = [example.input for example in out]
        held += out
        before += learner.predict(inputs)
        after += taught.predict(inputs)
    return score(before, held), score(after, held)


def sentences(grammar: Grammar | None, count: int) -> list[str]:
    """Sentences of a grammar to be filmed, in which each word takes its turn."""
    if grammar is None:
        raise PippinError("This model has no grammar to make sentences from; film what you like and give it a .txt.")
    chance = np.random.default_rng(0)
    orders = [chance.permutation(len(slot)) for slot in grammar.slots]
    return [
        " ".join(
            filter(None, (slot[order[number % len(slot)]] for slot, order in zip(grammar.slots, orders, strict=True)))
        )
        for number in range(max(1, count))
    ]

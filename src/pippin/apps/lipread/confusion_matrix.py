"""What is taken for what: word by word at each position of a sentence, and sound by sound as lips show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.apps.lipread import figures
from pippin.apps.lipread.rendering.phonemes import VISEMES, phonemes, visemes
from pippin.apps.lipread.scoring import score
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.report.cells import Figure, Table
from pippin.core.values import Score
from pippin.learn.metrics import wilson

if TYPE_CHECKING:
    from pippin.apps.lipread.learner import LipreadLearner

Array = np.ndarray
MAX_PAIRS = 12


@dataclass(frozen=True)
class Found:
    """Tables, a figure and numbers on what is confused."""

    tables: tuple[Table, ...]
    figure: Figure
    notes: tuple[str, ...]
    payload: dict[str, Any]


def measured(reader: LipreadLearner, data: Dataset) -> Found:
    """Measure on the clips to score on; PippinError where there is none."""
    if not data.test:
        raise PippinError(f"{data.name} has no clips to score on, so nothing tells what is confused.")
    predictions = list(reader.predict([example.input for example in data.test]))
    pairs = [(str(e.answer).split(), str(p.answer or "").split()) for p, e in zip(predictions, data.test, strict=True)]
    same = [(truth, answer) for truth, answer in pairs if len(truth) == len(answer)]
    right = [_right(pairs, index) for index in range(max((len(truth) for truth, _ in pairs), default=0))]
    wrong = Counter((t, a) for truth, answer in same for t, a in zip(truth, answer, strict=True) if t != a)
    names, counts = sounds([(t, a) for truth, answer in same for t, a in zip(truth, answer, strict=True)])
    alike = sum(looks_alike(*pair) * count for pair, count in wrong.items())
    total = sum(wrong.values())
    rows = tuple((t, a, count, looks_alike(t, a)) for (t, a), count in wrong.most_common(MAX_PAIRS))
    text = "Rows: sounds as they were spoken, by how lips show them; columns: as they were read; percent of each row."
    return Found(
        (
            Table(("position in the sentence", "words right"), tuple((str(n + 1), s) for n, s in enumerate(right))),
            Table(("spoken", "read", "times", "lips look alike"), rows, "what was taken for what"),
        ),
        Figure("sounds that were taken for one another", figures.squares(names, counts), "image/png", text),
        (f"{alike} of {total} wrong words look on the lips just like the right ones.",) if total else (),
        {
            "places": [s.value for s in right],
            "confused": rows,
            "wrong": total,
            "alike": alike,
            "clips": len(data.test),
            "wer": score(predictions, data.test)["wer"].value,
        },
    )


def _right(pairs: Sequence[tuple[list[str], list[str]]], position: int) -> Score:
    """Return the share of words right at a position, of all sentences that have one there."""
    asked = [(truth[position], answer[position : position + 1]) for truth, answer in pairs if len(truth) > position]
    return wilson(sum([word] == found for word, found in asked), len(asked))


def looks_alike(one: str, other: str) -> bool:
    """Return whether two words show the same on the lips, sound by sound."""
    return visemes(one) == visemes(other)


def sounds(words: Sequence[tuple[str, str]]) -> tuple[list[str], Array]:
    """Return classes of sounds, and counts [spoken, read], by the best alignment of each pair of words."""
    names = list(dict.fromkeys(VISEMES.values()))
    counts = np.zeros((len(names), len(names)))
    for truth, answer in words:
        for one, other in matched(phonemes(truth), phonemes(answer)):
            counts[names.index(VISEMES[one]), names.index(VISEMES[other])] += 1
    used = [index for index in range(len(names)) if counts[index].sum() + counts[:, index].sum()]
    return [names[index] for index in used], counts[np.ix_(used, used)]


def matched(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of items that stand for each other in the alignment of two sequences with the fewest edits."""
    costs = np.zeros((len(one) + 1, len(other) + 1))
    costs[:, 0], costs[0] = np.arange(len(one) + 1), np.arange(len(other) + 1)
    for row, item in enumerate(one, start=1):
        for column, against in enumerate(other, start=1):
            change = costs[row - 1, column - 1] + (item != against)
            costs[row, column] = min(change, costs[row - 1, column] + 1, costs[row, column - 1] + 1)
    row, column, pairs = len(one), len(other), list[tuple[str, str]]()
    while row and column:
        if costs[row, column] == costs[row - 1, column - 1] + (one[row - 1] != other[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((one[row], other[column]))
        elif costs[row, column] == costs[row - 1, column] + 1:
            row -= 1
        else:
            column -= 1
    return pairs[::-1]

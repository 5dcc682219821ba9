"""What can be said: a grammar of slots, each a choice of words or phrases, and exact reading by it.

All sentences of a grammar are weighed at once, each with all its alignments (Graves' forward and backward sums, over
the grammar's graph instead of one sentence), so that every word comes with its exact probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from pippin.apps.lipread.decoding.alphabet import BLANK, CHARACTERS, numbers
from pippin.apps.lipread.decoding.ctc import NEVER
from pippin.core.errors import PippinError, reason

Array = np.ndarray
MAX_WORDS = 2000  # in a grammar
GENERAL = 0.25  # of the sentences to learn from; with more words than that, they follow no grammar of slots


@dataclass(frozen=True)
class Grammar:
    """Slots in order; each is a choice of phrases, "" where it may be left out (never in the first)."""

    slots: tuple[tuple[str, ...], ...]

    @property
    def sentences(self) -> int:
        """How many can be said."""
        return prod(map(len, self.slots))

    def says(self, sentence: str) -> bool:
        """Return whether a sentence is one of them."""
        rests = {sentence}
        for slot in self.slots:
            cut = [
                (rest, phrase)
                for rest in rests
                for phrase in slot
                if f"{rest} ".startswith(f"{phrase} " if phrase else "")
            ]
            rests = {rest[len(phrase) :].lstrip() for rest, phrase in cut}
        return "" in rests

    @classmethod
    def parse(cls, written: str, name: str) -> Grammar:
        """Return a grammar as a user writes it: one slot a line, its phrases parted by `|`; `#` begins a remark.

        An empty phrase (as in `please |`) means that the slot may be left out. PippinError names what is wrong.
        """
        slots = []
        for number, line in enumerate(written.splitlines(), start=1):
            if not (line := line.split("#")[0].strip().lower()):
                continue
            phrases = list(dict.fromkeys(" ".join(phrase.split()) for phrase in line.split("|")))
            strange = sorted({letter for phrase in phrases for letter in phrase} - set(CHARACTERS))
            if strange:
                message = (
                    f"{name}, line {number}: {strange[0]!r} cannot be read off lips; write words in letters a to z."
                )
                raise PippinError(message, input=name)
            slots.append(tuple(phrases))
        if not slots or "" in slots[0]:
            raise PippinError(f"{name} is no grammar: its first line must hold words, parted by `|`.", input=name)
        if sum(map(len, slots)) > MAX_WORDS:
            raise PippinError(f"{name} holds more than {MAX_WORDS:,} phrases; give fewer.", input=name)
        return cls(tuple(slots))

    @classmethod
    def read(cls, path: Path) -> Grammar:
        """Return the grammar in a file."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"), str(path))
        except OSError as problem:
            raise PippinError(f"Cannot read the grammar {path}: {reason(problem)}.", input=path) from problem
        except UnicodeDecodeError as problem:
            raise PippinError(f"{path} is no text; write a grammar as text.", input=path) from problem

    @classmethod
    def of(cls, sentences: Sequence[str]) -> Grammar | None:
        """Return the grammar of slots that sentences follow: equally many words, few in each slot; else None."""
        rows = [sentence.split() for sentence in sentences]
        if len({len(row) for row in rows}) != 1 or not rows[0]:
            return None
        slots = tuple(tuple(sorted(set(column))) for column in zip(*rows, strict=True))
        return cls(slots) if sum(map(len, slots)) <= GENERAL * len(rows) else None


@dataclass(frozen=True)
class Word:
    """What was said in a slot: the phrase, its probability, the frame after its last, and the runners-up."""

    phrase: str
    probability: float
    end: int
    others: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Reading:
    """One word for each slot; `fit` is the logarithm, for each frame, of all that the grammar's sentences have."""

    words: tuple[Word, ...]
    fit: float

    @property
    def sentence(self) -> str:
        """The words in order."""
        return " ".join(word.phrase for word in self.words if word.phrase)


def read(logs: Array, grammar: Grammar) -> Reading | None:
    """Return the likeliest phrase of each slot; None where there are too few frames for any sentence.

    `logs` [T, classes] as of `ctc`. Choosing slot by slot by its exact probability makes the fewest wrong words.
    """
    spelt = [_spelt(slot, first=number == 0) for number, slot in enumerate(grammar.slots)]
    ahead, total = _swept(logs, spelt)
    behind, _ = _swept(logs[::-1], [_reversed(letters) for letters in reversed(spelt)])
    if total < NEVER / 2:
        return None
    words = []
    for number, phrases in enumerate(grammar.slots):
        # What leads to each phrase's end at each moment, and what can follow from there.
        paths = ahead[number][1] + behind[len(spelt) - 1 - number][0][::-1, None] - total
        shares = np.exp(np.logaddexp.reduce(paths, axis=0))
        order = np.argsort(-shares, kind="stable")
        best = int(order[0])
        others = tuple((phrases[index], float(shares[index])) for index in order[1:4])
        words.append(Word(phrases[best], float(min(1.0, shares[best])), int(paths[:, best].argmax()), others))
    return Reading(tuple(words), float(total) / len(logs))


def _spelt(phrases: Sequence[str], *, first: bool) -> Array:
    """Spell phrases as classes [phrases, longest], padded with blanks; a space separates each from what precedes it."""
    rows = [numbers(phrase if first or not phrase else f" {phrase}") for phrase in phrases]
    longest = max(map(len, rows))
    return np.array([row + [BLANK] * (longest - len(row)) for row in rows]).reshape(len(rows), longest)


def _reversed(letters: Array) -> Array:
    lengths = (letters != BLANK).sum(1)
    return np.array([[*row[:length][::-1], *row[length:]] for row, length in zip(letters, lengths, strict=True)])


def _swept(logs: Array, slots: Sequence[Array]) -> tuple[list[tuple[Array, Array]], float]:
    """Return for each slot the log sums of all paths that may enter it [T+1] and leave by each phrase [T+1, phrases].

    Moment t lies before frame t. Also the sum of all paths through all slots and frames.
    """
    arrived = np.full(len(logs) + 1, NEVER)
    arrived[0] = 0.0
    sums = []
    for letters in slots:
        entered = _waited(logs[:, BLANK], arrived)
        left = _spoken(logs, letters, entered)
        left[:, (letters == BLANK).all(1)] = arrived[:, None]  # where nothing is said, the blanks are the next slot's
        sums.append((entered, left))
        arrived = np.logaddexp.reduce(left, axis=1)
    return sums, float(_waited(logs[:, BLANK], arrived)[-1])


def _waited(blanks: Array, arrived: Array) -> Array:
    """Return paths that arrived, and those that have gone through any number of blanks since."""
    waited = arrived.copy()
    for time, blank in enumerate(blanks):
        waited[time + 1] = np.logaddexp(waited[time + 1], waited[time] + blank)
    return waited


def _spoken(logs: Array, letters: Array, entered: Array) -> Array:
    """Return paths through one phrase each: all that end with its last letter just before a moment [T+1, phrases]."""
    phrases, longest = letters.shape
    lengths = (letters != BLANK).sum(1)
    left = np.full((len(logs) + 1, phrases), NEVER)
    if not longest:
        return left
    on, between = np.full((phrases, longest), NEVER), np.full((phrases, longest), NEVER)
    doubled = np.zeros((phrases, longest), bool)
    doubled[:, 1:] = letters[:, 1:] == letters[:, :-1]
    rows, last = np.flatnonzero(lengths), lengths[lengths > 0] - 1
    for time, frame in enumerate(logs):
        onward = np.full((phrases, longest), entered[time])
        onward[:, 1:] = np.logaddexp(np.where(doubled, NEVER, 0)[:, 1:] + on[:, :-1], between[:, :-1])
        between = np.logaddexp(between, on) + frame[BLANK]
        on = np.logaddexp(on, onward) + frame[letters]
        left[time + 1, rows] = on[rows, last]
    return left

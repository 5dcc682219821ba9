"""Finds names of a user's own data (events, dishes, stops, titles) in what was said, by words that may be misspelt."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pippin.apps.assistant.dialogue.words import word_set
from pippin.core.errors import missing_extra

WORD = re.compile(r"[^\W_]+(?:[.'’][^\W_]+)*")
SAME = {"street": "st", "avenue": "av", "ave": "av", "square": "sq", "road": "rd",
        "boulevard": "blvd", "parkway": "pkwy",
        "heights": "hts", "center": "ctr", "centre": "ctr", "saint": "st", "and": "&", "mum": "mom"}  # fmt: skip
EMPTY = word_set(
    "a an the of to with for in on at by my our your his her their is are was be i me we you it its and",
    "or from & this that there what when where which who how much many do does did can could would like",
    "please want get have has s some any all one ones add put make",
)
GENERIC = word_set(
    "appointment appointments event events meeting meetings visit class course courses dish dishes thing",
    "lesson train trains bus tram flight flights session date calendar schedule bag bags bowl cup cups",
    "glass piece pieces plate portion portions can cans bottle order about called station stop next whole",
    "series every each",
)
SIMILAR, MIN_FUZZY = 84, 4
"""Letters in common (per cent) that make two words of at least four letters the same; "dentst" for "dentist" has 92."""


@dataclass(frozen=True)
class NameMatch:
    """A name found in a text: the weight of its words that were said, their share of the name, and their positions."""

    index: int
    weight: float
    share: float
    words: frozenset[int]


def split_words(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared."""
    return [normalize(match[0]) for match in WORD.finditer(text.lower().replace("-", " "))]


def normalize(word: str) -> str:
    """Return a word without possessive and plural, abbreviated as maps and timetables do."""
    word = re.sub(r"['’]s$", "", word.lower()).replace("’", "'")
    word = re.sub(r"^(\d+)(?:st|nd|rd|th)$", r"\1", SAME.get(word, word))
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(?:[sxz]|ch|sh|o)es$", word):
        return word[:-2]
    if word.endswith("ves") and len(word) > 4:
        return word[:-3] + "f"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class NameIndex:
    """Names and the weight of their words: rare ones tell more."""

    def __init__(self, names: Sequence[str]) -> None:
        self.words = [frozenset(word for word in split_words(name) if word not in EMPTY) for name in names]
        counts = Counter(word for words in self.words for word in words)
        self.weights = {word: math.log(1 + len(names) / count) for word, count in counts.items()}
        self.totals = [sum(self.weights[word] for word in words) or 1.0 for words in self.words]
        self.holders: dict[str, list[int]] = {}
        for index, words in enumerate(self.words):
            for word in words:
                self.holders.setdefault(word, []).append(index)
        self.joined: dict[str, set[tuple[int, str, str]]] = {}
        for index, name in enumerate(names):
            for one, two in pairwise(split_words(name)):
                if one in self.holders and two in self.holders:
                    self.joined.setdefault(one + two, set()).add((index, one, two))

    def match(self, text: str) -> list[NameMatch]:
        """Return the names of which a word was said, the best first."""
        said: dict[int, dict[str, set[int]]] = {}
        for position, word in enumerate(split_words(text)):
            if word in EMPTY:
                continue
            for index, *known_words in self.joined.get(word, ()) if word not in self.holders else ():
                for known in known_words:
                    said.setdefault(index, {}).setdefault(known, set()).add(position)
            for known in self._similar(word) if word not in self.joined else ():
                for index in self.holders[known]:
                    said.setdefault(index, {}).setdefault(known, set()).add(position)
        matches = [
            NameMatch(
                index,
                sum(self.weights[word] * (0.3 if word in GENERIC else 1) for word in words),
                sum(self.weights[word] for word in words) / self.totals[index],
                frozenset(position for positions in words.values() for position in positions),
            )
            for index, words in said.items()
        ]
        return sorted(matches, key=lambda match: (-round(match.weight, 6), -round(match.share, 6), match.index))

    def _similar(self, word: str) -> list[str]:
        """Return the known words that are this one, or one misspelt."""
        if word in self.holders:
            return [word]
        begun = [known for known in self.holders if len(word) > 2 and known.startswith(word) and not word.isdigit()]
        if len(word) < MIN_FUZZY and len(begun) == 1 and len(begun[0]) - len(word) < 2:
            return begun
        if len(word) < MIN_FUZZY or word.isdigit():
            return []
        try:
            from rapidfuzz import fuzz, process
        except ImportError as problem:
            raise missing_extra("rapidfuzz", "assistant", "finding names") from problem
        begun = [known for known in self.holders if known.startswith(word)]
        if len(begun) == 1:
            return begun
        found = process.extract(word, _long(tuple(self.holders)), scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=3)
        return [known for known, score, _ in found if score >= found[0][1] - 1]


@lru_cache(maxsize=64)
def _long(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if len(word) >= MIN_FUZZY and not word.isdigit()]


@lru_cache(maxsize=64)
def _index(names: tuple[str, ...]) -> NameIndex:
    return NameIndex(names)


def known_words(names: Sequence[str]) -> Collection[str]:
    """Return the words of names."""
    return _index(tuple(names)).holders.keys() if names else ()


def match_names(text: str, names: Sequence[str]) -> list[NameMatch]:
    """Return the matches of `names` in a text, the best first."""
    return _index(tuple(names)).match(text) if names else []


def best_names(text: str, names: Sequence[str], *, min_share: float = 0.0) -> list[int]:
    """Return the indices of the names that fit a text best; several where it does not tell them apart.

    Of names that were said alike, those said whole come first ("pizza" is the dish Pizza, not Pizza Bread).
    """
    matches = [match for match in match_names(text, names) if match.share >= min_share]
    if not matches:
        return []
    top = matches[0]
    if top.weight <= 0:
        return []
    tied = [match for match in matches if match.weight >= top.weight - 1e-6]
    whole = [match for match in tied if match.share > 0.999]
    return [match.index for match in (whole or tied)]


def missed_words(text: str, names: Sequence[str]) -> list[str]:
    """Return the words of a text that no name has, but for those that any text may have."""
    index = _index(tuple(names))
    return [word for word in split_words(text) if word not in EMPTY | GENERIC and not index._similar(word)]

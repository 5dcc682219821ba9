"""Patterns of everyday words: alternatives by "/", prefixes by "*", a few words between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from pippin.learn.text.english_words import FILLERS, Token

MAX_BETWEEN = 2  # words that carry meaning, between two words of a pattern
# Words over which no pattern reaches.
_BARRIERS = frozenset(
    [
        "or",
        "but",
        "trouble",
        "difficulty",
        "shortness",
        "short",
        "no",
        "not",
        "never",
        "without",
        "nor",
        "then",
        "because",
        "although",
        "though",
        ",",
    ]
)
_NEUTRAL = FILLERS | frozenset(
    [
        "my",
        "me",
        "i",
        "i'm",
        "am",
        "your",
        "you",
        "really",
        "so",
        "all",
        "just",
        "up",
        "like",
        "when",
        "while",
        "if",
        "bit",
        "even",
    ]
)


class Word(NamedTuple):
    """One word of a pattern: whole words, and beginnings of words."""

    whole: frozenset[str]
    prefixes: tuple[str, ...]

    def matches(self, token: Token) -> bool:
        """Return whether a token is one of these words."""
        return token.text in self.whole or token.text.startswith(self.prefixes)


Pattern = tuple[Word, ...]


@cache
def parse_pattern(text: str) -> Pattern:
    """Read a pattern such as "chest hurt*/pain*"."""
    return tuple(_word(part) for part in text.split())


def _word(text: str) -> Word:
    parts = text.lower().split("/")
    prefixes = tuple(part[:-1] for part in parts if part.endswith("*"))
    return Word(frozenset(part for part in parts if not part.endswith("*")), prefixes)


def find_pattern(pattern: Pattern, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return (start, end) of all matches; matches that begin at one token count once."""
    found = []
    for start in range(len(tokens)):
        end = _match(pattern, tokens, start)
        if end:
            found.append((start, end))
    return found


def _match(pattern: Pattern, tokens: Sequence[Token], start: int) -> int:
    """Return where a match that begins at `start` ends, 0 where there is none."""
    if not pattern[0].matches(tokens[start]):
        return 0
    position = start + 1
    for word in pattern[1:]:
        between = 0
        while position < len(tokens) and not word.matches(tokens[position]):
            if tokens[position].text in _BARRIERS:
                return 0
            between += tokens[position].text not in _NEUTRAL
            if between > MAX_BETWEEN:
                return 0
            position += 1
        if position == len(tokens):
            return 0
        position += 1
    return position

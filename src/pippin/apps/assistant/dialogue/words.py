"""Sets of words, written as sentences are: with blanks between them."""

from __future__ import annotations


def word_set(*lines: str) -> frozenset[str]:
    """Return the words of lines."""
    return frozenset(word for line in lines for word in line.split())

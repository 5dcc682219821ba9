"""Slips of spelling: a long word that no name knows, one letter away from exactly one that some name has."""

from __future__ import annotations

from collections.abc import Iterable

MIN_LENGTH, MAX_LENGTH = 7, 30  # of words that are corrected; shorter ones are near too many others


class Spelling:
    """Words with all their forms that lack one letter (after SymSpell, Garbe 2012)."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = {word for word in words if word.isalpha()}
        self._lacking: dict[str, set[str]] = {}
        for word in self.words:
            if len(word) >= MIN_LENGTH:
                for form in (word, *shorten(word)):
                    self._lacking.setdefault(form, set()).add(word)

    def correct(self, word: str) -> str:
        """Return the known word that `word` misspells, or `word` itself."""
        if word in self.words or not MIN_LENGTH - 1 <= len(word) <= MAX_LENGTH or not word.isalpha():
            return word
        near = {other for form in (word, *shorten(word)) for other in self._lacking.get(form, ())}
        matches = [other for other in near if other[0] == word[0] and is_one_slip(word, other)]
        return matches[0] if len(matches) == 1 else word

    def correct_stem(self, stem: str, text: str) -> str:
        """Return the known stem that a word misspells; where its ending is misspelled, the whole word tells."""
        if stem in self.words:
            return stem
        found = self.correct(stem)
        return found if found != stem else (whole if (whole := self.correct(text)) != text else stem)


def shorten(word: str) -> set[str]:
    """Return all forms of a word that lack one letter."""
    return {word[:index] + word[index + 1 :] for index in range(len(word))}


def is_one_slip(one: str, other: str) -> bool:
    """Return whether two words differ by one letter left out, added, replaced, or by two neighbours swapped."""
    if one == other:
        return False
    short, long = sorted((one, other), key=len)
    start = next((index for index, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(long) - len(short) == 1:
        return short[start:] == long[start + 1 :]
    if len(long) != len(short):
        return False
    swapped = long[start + 1 : start + 2] + long[start : start + 1] == short[start : start + 2]
    return short[start + 1 :] == long[start + 1 :] or (swapped and short[start + 2 :] == long[start + 2 :])

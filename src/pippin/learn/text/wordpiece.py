"""Texts as the pieces of words that BERT reads (Devlin et al. 2019; the uncased vocabulary)."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LONGEST_WORD = 100  # characters; what is longer is unknown as a whole


class WordPiece:
    """Greedy longest pieces of lower-case words without accents; `vocabulary` maps pieces to their numbers."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self.vocabulary = vocabulary
        self._known: dict[str, list[int]] = {}

    @classmethod
    def read(cls, path: Path) -> WordPiece:
        """Read a file with a piece in each line."""
        return cls({piece: number for number, piece in enumerate(path.read_text("utf-8").splitlines())})

    def __call__(self, text: str, most: int) -> list[int]:
        """Return the numbers of up to `most` pieces, [CLS] and [SEP] around them included."""
        found: list[int] = []
        for word in _words(text):
            found += self._of_word(word)
            if len(found) >= most - 2:
                break
        return [self.vocabulary["[CLS]"], *found[: most - 2], self.vocabulary["[SEP]"]]

    def of_words(self, words: Sequence[str], most: int) -> tuple[list[int], list[int]]:
        """Return up to `most` numbers, [CLS] and [SEP] included, and for each the position of its word (-1 for none).

        Each of `words` is read by itself, so that what is known of a piece is known of its word.
        """
        found: list[int] = []
        owners: list[int] = []
        for position, word in enumerate(words):
            pieces = [piece for part in _words(word) for piece in self._of_word(part)]
            found += pieces
            owners += [position] * len(pieces)
            if len(found) >= most - 2:
                break
        count = min(len(found), most - 2)
        return [self.vocabulary["[CLS]"], *found[:count], self.vocabulary["[SEP]"]], [-1, *owners[:count], -1]

    def _of_word(self, word: str) -> list[int]:
        if word not in self._known:
            self._known[word] = list(self._pieces(word))
        return self._known[word]

    def _pieces(self, word: str) -> list[int]:
        unknown = [self.vocabulary["[UNK]"]]
        if len(word) > LONGEST_WORD:
            return unknown
        found, start = [], 0
        while start < len(word):
            lead = "##" if start else ""
            ends = (end for end in range(len(word), start, -1) if lead + word[start:end] in self.vocabulary)
            end = next(ends, None)
            if end is None:
                return unknown
            found.append(self.vocabulary[lead + word[start:end]])
            start = end
        return found


def _words(text: str) -> Iterator[str]:
    """Yield words, signs and Chinese characters each by themselves, in lower case without accents."""
    word = ""
    # Letter by letter, as BERT's vocabulary was made: a sigma at a word's end stays like any other.
    for character in unicodedata.normalize("NFD", "".join(letter.lower() for letter in text)):
        kind = unicodedata.category(character)
        if kind == "Mn" or character in "\0\ufffd" or (kind in ("Cc", "Cf") and character not in "\t\n\r"):
            continue
        alone = _is_sign(character, kind) or _is_chinese(character)
        if character.isspace() or alone:
            if word:
                yield word
            word = ""
            if alone:
                yield character
        else:
            word += character
    if word:
        yield word


def _is_sign(character: str, kind: str) -> bool:
    # ASCII's signs count as punctuation, though Unicode calls some of them symbols.
    return kind.startswith("P") or character in string.punctuation


def _is_chinese(character: str) -> bool:
    point = ord(character)
    ranges = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
    return any(first <= point <= last for first, last in ranges)

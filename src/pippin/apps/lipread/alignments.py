"""When each word was spoken: GRID's `.align` files, and the sentence that a GRID file's name spells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pippin.apps.lipread.decoding.alphabet import CHARACTERS
from pippin.core.errors import PippinError

SILENCE = ("sil", "sp")
PER_SECOND = 25_000  # GRID's times are in thousandths of a frame
# A name has a letter for each word but the last two signs of it: "bbaf2n" is bin blue at f two now.
NAMED = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {letter: letter for letter in "abcdefghijklmnopqrstuvxyz"},
    {
        sign: word
        for signs, word in zip(
            ("z0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            strict=True,
        )
        for sign in signs
    },
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)
PLACES = ("command", "colour", "preposition", "letter", "digit", "adverb")

Words = tuple[tuple[float, float, str], ...]


def places(slots: Sequence[Sequence[str]]) -> list[tuple[str, list[str]]]:
    """Return each slot of a grammar by name, its words in order: as GRID has them, numbered in any other grammar."""
    ordered = [list(dict.fromkeys(words.values())) for words in NAMED]
    if len(slots) == len(ordered) and all(set(slot) <= set(words) for slot, words in zip(slots, ordered, strict=True)):
        kept = [[word for word in words if word in slot] for slot, words in zip(slots, ordered, strict=True)]
        return list(zip(PLACES, kept, strict=True))
    return [(f"place {number}", list(slot)) for number, slot in enumerate(slots, start=1)]


def words_in(path: Path) -> Words:
    """Return the words of an alignment with their times (begin s, end s, word), silence left out.

    PippinError where the file is none, or its times do not follow one another.
    """
    found, before = [], 0.0
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise PippinError(f"{path} cannot be read as an alignment.", input=path) from problem
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = re.fullmatch(r"\s*(\d{1,12})\s+(\d{1,12})\s+(\S+)\s*", line)
        begin, end = (int(match[1]) / PER_SECOND, int(match[2]) / PER_SECOND) if match else (0.0, 0.0)
        if match is None or not before <= begin < end:
            raise PippinError(f"{path}, line {number}: not `BEGIN END WORD` after the line before it.", input=path)
        before = end
        if match[3].lower() not in SILENCE:
            found.append((begin, end, readable(match[3], str(path))))
    return tuple(found)


def named(stem: str) -> str | None:
    """Return the sentence that a GRID file's name spells; None where it spells none."""
    if len(stem) != len(NAMED):
        return None
    words = [slot.get(sign) for slot, sign in zip(NAMED, stem.lower(), strict=True)]
    return " ".join(word for word in words if word) if all(words) else None


def readable(sentence: str, name: str) -> str:
    """Return a sentence as it is read: small letters and single spaces; PippinError where others stand in it."""
    plain = " ".join(sentence.lower().split())
    strange = sorted(set(plain) - set(CHARACTERS))
    if strange or not plain:
        what = f"holds {strange[0]!r}" if strange else "is empty"
        raise PippinError(f"The sentence of {name} {what}; write it in words of letters a to z.", input=name)
    return plain

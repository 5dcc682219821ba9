"""The characters that are read, and sentences made of them."""

from __future__ import annotations

from collections.abc import Sequence

CHARACTERS = " abcdefghijklmnopqrstuvwxyz'"
BLANK = len(CHARACTERS)  # CTC's class for no (new) character


def numbers(sentence: str) -> list[int]:
    """Return the classes of a sentence's characters."""
    return [CHARACTERS.index(letter) for letter in sentence]


def text(classes: Sequence[int]) -> str:
    """Return the sentence of these classes; those that are none (the blank) are left out."""
    return "".join(CHARACTERS[number] for number in classes if number < BLANK)

"""The words around a lesson, one file a language; what a language lacks is said in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "words"
ENGLISH = "en"


def languages() -> list[str]:
    """Return the languages there are words in."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def read_words(language: str) -> Mapping[str, str]:
    """Return the words by their keys; those of an unknown language are English."""
    own = _read(language) if language in languages() else {}
    return {**_read(ENGLISH), **own}


def _read(language: str) -> dict[str, str]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def say(language: str, key: str, **values: object) -> str:
    """Return the words of a key, {name} replaced by values."""
    text = read_words(language)[key]
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text

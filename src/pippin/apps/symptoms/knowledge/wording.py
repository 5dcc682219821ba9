"""Our own words for evidences: names, questions, options, and how they are said in everyday words."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pippin.apps.symptoms.knowledge.structure import SCALE, YES_NO, Question, load_structure

_FOLDER = Path(__file__).parent
SIDES = ("right", "left")


class Wording(NamedTuple):
    """One evidence in words; `phrases` are patterns of everyday words (see text/patterns.py)."""

    name: str
    question: str
    phrases: tuple[str, ...]


class Place(NamedTuple):
    """A place of the body: its name, everyday words for it, and "right" or "left" where it has a side."""

    code: str
    name: str
    phrases: tuple[str, ...]
    side: str


def _rows(name: str) -> list[list[str]]:
    lines = (_FOLDER / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line]


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(";") if one.strip())


@lru_cache(maxsize=1)
def load_wording() -> dict[str, Wording]:
    """Read names and questions by code."""
    return {code: Wording(name, question, _phrases(phrases)) for code, name, question, phrases in _rows("wording.tsv")}


@lru_cache(maxsize=1)
def load_places() -> tuple[Place, ...]:
    """Read the places of the body."""
    found = []
    for codes, name, phrases in _rows("places.tsv"):
        sides = SIDES if "," in codes else ("",)
        for code, side in zip(codes.split(","), sides, strict=True):
            found.append(Place(code, f"{name}, {side}" if side else name, _phrases(phrases), side))
    return tuple(found)


@lru_cache(maxsize=1)
def load_family() -> tuple[tuple[str, tuple[str, ...], frozenset[str]], ...]:
    """Read which words about relatives are an evidence: (code, phrases, relatives; none: all)."""
    return tuple(
        (code, _phrases(phrases), frozenset(one for one in relatives.split("/") if one))
        for code, phrases, relatives in _rows("family.tsv")
    )


@lru_cache(maxsize=1)
def _options() -> dict[tuple[str, str], str]:
    places = {("", place.code): place.name for place in load_places()}
    return {**places, **{(code, option): name for code, option, name, _ in _rows("options.tsv")}}


@lru_cache(maxsize=1)
def load_option_phrases() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Read how options are said in everyday words: (code, option, phrases)."""
    rows = ((code, option, _phrases(phrases)) for code, option, _, phrases in _rows("options.tsv"))
    return tuple(row for row in rows if row[2])


def option_name(question: Question, option: int) -> str:
    """Return an option in our words."""
    code = question.options[option]
    if question.kind in (YES_NO, SCALE):
        return code
    names = _options()
    return names.get((question.code, code)) or names[("", code)]


def answer_name(position: int, options: tuple[int, ...]) -> str:
    """Return an answer as a short phrase, such as "no fever" or "where it hurts: upper chest"."""
    question = load_structure().questions[position]
    name = load_wording()[question.code].name
    if question.kind == YES_NO:
        return name if question.options[options[0]] == "yes" else f"no {name}"
    return f"{name}: {', '.join(option_name(question, option) for option in options)}"

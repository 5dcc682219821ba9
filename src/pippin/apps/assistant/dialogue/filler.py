"""Words that name nothing: those of any talk, and those by which a skill is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pippin.apps.assistant.dialogue.names import EMPTY, normalize, split_words
from pippin.apps.assistant.dialogue.words import word_set
from pippin.apps.assistant.dialogue.world import ActiveSkill, World

if TYPE_CHECKING:
    from pippin.apps.assistant.skills.skill_files import Skill

MIN_TIMES = 3
"""So many sentences of a skill have a word that is its own."""

COMMON = frozenset(
    normalize(word)
    for word in word_set(
        "about actually again ah ahead all almost alright also already always am another any anybody",
        "anyone anything anyway around away back bad be because been before being best better bit both",
        "bring but came come coming could couple definitely did different do doing done down each either",
        "else enough er even ever every everybody everyone everything exactly fancy feel few find fine",
        "first for forget from gave get getting give given go going good got great guess had happen happy",
        "hardly has have having he hello help her here hers hey hi him his hm hmm hold hope how however i",
        "i'd i'll i'm i've idea if in inside instead interested interesting into is isn't it it's its",
        "just keen keep kind know known last later least let let's like likely little long look looking",
        "lot love lovely made make making many may maybe me mean might mind mine more most much must my",
        "myself named need needed never new next nice no none nor not nothing now of off oh ok okay on",
        "once one only onto open or other others our out over own perhaps please possible prefer pretty",
        "probably put quite rather ready really right said same saw say second see seem seen shall she",
        "should show so some somehow someone something sometime somewhere soon sorry sort sound stay",
        "still such sure take taken takes tell than thank thanks that that's the their them then there",
        "there's these they thing things think third this those though thought through till to together",
        "told too took tried try trying two um until up upon us use used useful usually very wait want",
        "wanted was way we we'd we'll we're we've well were what what's when when's where where's which",
        "while who who's whole whose why will wish with within without won't would yeah yes yet you you'd",
        "you'll you're you've your yours today tomorrow tonight quick quickly check ask asked answer",
        "question one's thinking going can't don't doesn't didn't wouldn't couldn't shouldn't wonder",
        "wondering curious recommend suggest decide decided weekend weekday undo",
    )
)
"""Words of any talk."""


def skill_words(skill: Skill) -> frozenset[str]:
    """Return the words of a skill's sentences outside their slots."""
    return _words_of(_sentences(skill))


def content_words(text: str, skill: Skill | None, names: Collection[str] = ()) -> list[str]:
    """Return the words of a text that may name something; those of `names` always stay."""
    known = frozenset(word for name in names for word in split_words(name)) - EMPTY
    filler = COMMON | EMPTY | (skill_words(skill) if skill else frozenset())
    return [word for word in split_words(text) if word in known or word not in filler]


def told_apart(text: str, skills: Sequence[ActiveSkill]) -> frozenset[str]:
    """Return the skills to which a word of the text belongs that no other skill's sentences have."""
    words = set(split_words(text))
    own = _own_words(tuple((item.skill.name, _sentences(item.skill)) for item in skills))
    return frozenset(name for name, special in own.items() if special & words)


def is_foreign(text: str, skill: str, skills: Sequence[ActiveSkill]) -> bool:
    """Tell whether a text has a word that sentences of other skills often have, and this skill's hardly."""
    counts = _counts(tuple((item.skill.name, _sentences(item.skill)) for item in skills))
    own = counts.get(skill, Counter())
    words = [word for word in split_words(text) if word not in COMMON | EMPTY and len(word) > 3]
    return any(
        own[word] < MIN_TIMES - 1 and any(other[word] >= MIN_TIMES for other in counts.values()) for word in words
    )


def words_of_skills(skills: Sequence[ActiveSkill]) -> frozenset[str]:
    """Return the words of all skills' sentences outside their slots."""
    return frozenset(word for item in skills for word in skill_words(item.skill))


def skill_named(name: str, world: World) -> Skill | None:
    """Return the skill of that name."""
    active = world.find_skill(name)
    return active.skill if active else None


_SENTENCES: dict[int, tuple[Skill, tuple[str, ...]]] = {}
MAX_KNOWN_SKILLS = 256


def _sentences(skill: Skill) -> tuple[str, ...]:
    """Return a skill's sentences with their slots blanked, kept by its identity: hashing all of it takes long."""
    known = _SENTENCES.get(id(skill))
    if known is None or known[0] is not skill:
        if len(_SENTENCES) >= MAX_KNOWN_SKILLS:
            _SENTENCES.clear()
        known = _SENTENCES[id(skill)] = skill, tuple(_blanked(skill))
    return known[1]


def _blanked(skill: Skill) -> Iterator[str]:
    for intent in skill.intents:
        for example in intent.examples:
            text = example.text
            for span in reversed(example.spans):
                text = f"{text[: span.start]} {text[span.end :]}"
            yield re.sub(r"\s+", " ", text)


@lru_cache(maxsize=64)
def _words_of(sentences: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for text in sentences for word in split_words(text))


@lru_cache(maxsize=8)
def _counts(skills: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, Counter[str]]:
    return {name: Counter(word for text in texts for word in set(split_words(text))) for name, texts in skills}


@lru_cache(maxsize=8)
def _own_words(skills: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, frozenset[str]]:
    counts = _counts(skills)
    own: dict[str, frozenset[str]] = {}
    for name, words in counts.items():
        others = set().union(*(other for key, other in counts.items() if key != name))
        own[name] = frozenset(
            w for w, n in words.items() if n >= MIN_TIMES and len(w) > 3 and w not in others | COMMON | EMPTY
        )
    return own

"""Which intent a sentence has: the interpreter's word, weighed with names of the user's data and the talk so far."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pippin.apps.assistant.dialogue.cues import points_back, simplify, strip_following
from pippin.apps.assistant.dialogue.filler import COMMON, is_foreign, told_apart, words_of_skills
from pippin.apps.assistant.dialogue.names import EMPTY, known_words, match_names, split_words
from pippin.apps.assistant.dialogue.values import State
from pippin.apps.assistant.dialogue.world import World

NAME_FACTOR, NAME_BONUS = 1.5, 0.08
STRONG_FACTOR, POINTING_FACTOR, FOLLOWING_FACTOR, TALK_FACTOR = 60.0, 4.0, 2.5, 1.4
"""How much likelier the skill is that was talked of last: for "it", for "that", for "and ...", for anything else."""
STRONG_POINTING = re.compile(
    r"\b(?:it|them|those|these|she|he|him|(?<!at )(?<!no )ones?|that one|this one|the (?:first|second|third|last|"
    r"other) one)\b|"
    r"\bthe (?:first|second|third|last|earliest|latest|soonest|cheapest)$|"
    r"^(?:and |so )?which (?:is|comes|starts|begins|leaves|costs) (?:the )?\w+$"
)
GOING = re.compile(
    r"\b(?:how (?:do|can|would|could|should|will) (?:i|we|you) (?:get|go|travel|reach)|(?:which|what) (?:tram|"
    r"bus|train|line)|"
    r"(?:when|what time) (?:\w+ ){1,4}(?:set (?:out|off)|leave|head (?:out|off))(?: (?:home|work|here|the "
    r"house))? (?:for|to)|"
    r"(?:when|what time) (?:should|must|do|would|will|shall) (?:i|we) (?:(?:have|need) to )?(?:set (?:out|off)|leave|"
    r"head(?: out| off)?|go)(?= home| work| here| for| to|$))\b"
)
"""Words of a way to somewhere, which turn from what was talked of before."""
ELSEWHERE_FACTOR = 0.4
"""What is left of that where a word or a name of another skill is said."""
BASKET_FACTOR = 8.0
MIN_CONTEXT = 0.08
"""Least probability of an intent that only the talk or a name speaks for."""
SHORT = 4
NAMED = 0.5
WHOLE = 0.999  # share of a name that was said
WITHOUT_DATA_FACTOR = 0.3
"""What is left of a skill where nothing is connected that it could tell of."""
NEED_NO_DATA = ("schedule", "shop.list", "shop.note", "shop.strike")
WITH_BASKET = ("basket", "order", "remove", "empty", "change")


@dataclass(frozen=True)
class Interpretation:
    """The intent of a sentence: its skill and name, or None where nothing fits; `scores` for the trace, best first."""

    skill: str | None = None
    intent: str | None = None
    confidence: float = 0.0
    slots: dict[str, str] = field(default_factory=dict)
    scores: tuple[tuple[str, float], ...] = ()

    @property
    def known(self) -> bool:
        """Whether an intent fits."""
        return self.skill is not None


@dataclass(frozen=True)
class _Evidence:
    """What speaks for skills beside the sentence itself: names of their data, their own words, the talk so far."""

    names: Mapping[str, float]
    own: frozenset[str]
    talk: Mapping[str, float]
    baskets: frozenset[str]
    without_data: frozenset[str] = frozenset()


def interpret(text: str, state: State, world: World) -> Interpretation:
    """Return the intent of a sentence that stands alone or points back to what was said."""
    understood = world.interpreter.interpret(text)
    scores = dict(understood.alternatives)
    if understood.intent:
        scores.setdefault(understood.intent, understood.confidence)
    evidence = _gather(text, state, world)
    weighed = {label: _weigh(label, score, evidence) for label, score in scores.items()}
    ranked = sorted(weighed.items(), key=lambda item: -item[1])
    fits = [
        (label, score)
        for label, score in ranked
        if understood.known or _is_supported(label, scores[label], weighed[label], evidence)
    ]
    if not fits or not world.find_skill(fits[0][0].split(".")[0]):
        return Interpretation(scores=tuple(ranked[:8]))
    skill, _, intent = _with_basket(fits[0][0], evidence, world).partition(".")
    total = sum(weighed.values()) or 1.0
    return Interpretation(skill, intent, fits[0][1] / total, dict(understood.slots), tuple(ranked[:8]))


def _with_basket(label: str, evidence: _Evidence, world: World) -> str:
    """Return an intent about a basket as one of the skill that has something in it, where the other has nothing."""
    skill, _, intent = label.partition(".")
    if len(evidence.baskets) != 1 or skill in evidence.baskets or intent not in ("basket", "order"):
        return label
    (kind,) = evidence.baskets
    names = {item.skill.name: {one.name for one in item.skill.intents} for item in world.skills}
    is_other = intent in names.get(kind, ()) and "basket" in names.get(skill, ()) and skill not in evidence.own
    return f"{kind}.{intent}" if is_other and not evidence.names.get(skill) else label


def _gather(text: str, state: State, world: World) -> _Evidence:
    names = {item.skill.name: name_evidence(text, item.skill.names, world) for item in world.skills}
    own = told_apart(text, world.skills)
    last = state.last.skill if state.last else ""
    talk = {last: _talk_factor(text, last, names, world)} if last else {}
    baskets = frozenset(str(line.get("kind")) for line in world.record("basket"))
    without = frozenset(
        item.skill.name
        for item in world.skills
        if item.skill.names and not any(names_of(k, world) for k in item.skill.names)
    )
    return _Evidence(names, own, talk, baskets, without)


def _talk_factor(text: str, last: str, names: Mapping[str, float], world: World) -> float:
    """Return how much likelier the skill talked of last is: a follow-up stays there unless its words say otherwise."""
    if last != "commute" and GOING.search(simplify(text)):
        factor = STRONG_FACTOR if last == "flights" and points_back(text) else TALK_FACTOR
    elif STRONG_POINTING.search(simplify(text)) or not any(w not in COMMON | EMPTY for w in split_words(text)):
        factor = STRONG_FACTOR
    elif points_back(text):
        factor = POINTING_FACTOR
    elif strip_following(text) is not None or len(split_words(text)) <= SHORT:
        factor = FOLLOWING_FACTOR
    else:
        factor = TALK_FACTOR
    named = max((share for skill, share in names.items() if skill != last), default=0.0)
    going = factor == STRONG_FACTOR and bool(GOING.search(simplify(text)))
    elsewhere = is_foreign(text, last, world.skills) or (named >= NAMED and named > names.get(last, 0.0))
    return max(1.0, min(factor, POINTING_FACTOR) * ELSEWHERE_FACTOR) if elsewhere and not going else factor


def _weigh(label: str, score: float, evidence: _Evidence) -> float:
    skill, _, intent = label.partition(".")
    named = evidence.names.get(skill, 0.0)
    factor = (1 + NAME_FACTOR * named) * evidence.talk.get(skill, 1.0) * (1.5 if skill in evidence.own else 1.0)
    if intent in WITH_BASKET and len(evidence.baskets) == 1:
        factor *= BASKET_FACTOR if skill in evidence.baskets else 1 / BASKET_FACTOR
    if skill in evidence.without_data and skill not in NEED_NO_DATA and label not in NEED_NO_DATA:
        factor *= WITHOUT_DATA_FACTOR
    return score * factor + NAME_BONUS * named


def _is_supported(label: str, score: float, weighed: float, evidence: _Evidence) -> bool:
    """Tell whether an intent of which the interpreter is unsure is one, since names or the talk speak for it."""
    skill = label.split(".")[0]
    named = evidence.names.get(skill, 0.0)
    spoken_for = named >= 0.6 or evidence.talk.get(skill, 1.0) >= POINTING_FACTOR or (named >= 0.25 and score >= 0.3)
    own = skill in evidence.own and score >= 0.25
    goes_on = evidence.talk.get(skill, 0.0) >= TALK_FACTOR and score >= 0.4
    follows = goes_on or (evidence.talk.get(skill, 1.0) >= FOLLOWING_FACTOR and score >= 0.2)
    return score >= MIN_CONTEXT and (spoken_for or own or follows)


def name_evidence(text: str, kinds: tuple[str, ...], world: World) -> float:
    """Return how far a text names something of these kinds: the share of the best name that was said, 0 to 1."""
    best = 0.0
    words = [word for word in split_words(text) if word not in COMMON and not word.isdigit()]
    for kind in kinds:
        names = names_of(kind, world)
        matches = match_names(" ".join(_may_name(words, names, world)), names)
        # In few names no word is rare: there a name tells where it was said whole.
        best = max([best, *(match.share for match in matches[:3] if match.weight > 1 or match.share >= WHOLE)])
    return best


def _may_name(words: Sequence[str], names: Sequence[str], world: World) -> list[str]:
    """Return the words that are of a name, or may be one misspelt: not those by which skills are asked."""
    known, asked = known_words(names), words_of_skills(world.skills)
    return [word for word in words if word in known or word not in asked]


def names_of(kind: str, world: World) -> tuple[str, ...]:
    """Return the names of a kind of live data: "events", "dishes", "products", "courses", "stops", "airports"."""
    sources = world.sources
    if kind == "events":
        return sources.event_names()
    if kind == "dishes":
        menu = sources.menu()
        return tuple({**{dish["item"]: 0 for dish in menu}, **{o["item"]: 0 for dish in menu for o in dish["options"]}})
    if kind == "products":
        return tuple(product["item"] for product in sources.products())
    if kind == "courses":
        keys = ("course", "title", "subject", "teacher", "institution")
        return tuple({str(course[key]): 0 for course in sources.courses() for key in keys if course.get(key)})
    if kind == "stops":
        timetable = sources.timetable()
        return timetable.stop_names if timetable else ()
    if kind == "airports":
        return tuple(f"{flight[end]} {flight[end + '_name']}" for flight in sources.flights() for end in ("from", "to"))
    return ()

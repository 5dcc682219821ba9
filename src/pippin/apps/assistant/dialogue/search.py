"""Which reading of a request is best: each is tried, and the one counts that explains most of what was said.

Skills change nothing when they answer, so several readings can be tried before one is taken. A reading has a prior: how
likely the sentence has that intent, by the interpreter, by names of the user's data in it and by the talk so far. What
a skill answers to it costs: words it does not explain, a question back, more than all that it cannot. Costs are never
negative, so the search ends at the first answer that is better than the priors of all readings left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dialogue.attributes import DETAILS, attribute_of
from pippin.apps.assistant.dialogue.clauses import asks_to_know, is_command
from pippin.apps.assistant.dialogue.cues import item_name, points_back, simplify
from pippin.apps.assistant.dialogue.filler import COMMON, skill_words
from pippin.apps.assistant.dialogue.interpretation import GOING, Interpretation, name_evidence, names_of
from pippin.apps.assistant.dialogue.names import EMPTY, GENERIC, match_names, split_words
from pippin.apps.assistant.dialogue.requests import FOLLOW, NEW, Request
from pippin.apps.assistant.dialogue.shown import shown_for
from pippin.apps.assistant.dialogue.steps import Step, request_of, run
from pippin.apps.assistant.dialogue.values import ANSWER, ASK, CANNOT, CLARIFY, CONFIRM, DONE, Change, Item, State
from pippin.apps.assistant.dialogue.world import ActiveSkill, World

MAX_TRIED = 6
MIN_PRIOR = math.log(0.01)
ELLIPTIC, LINKED, GOES_ON = 0.6, 0.35, 0.1
"""Priors of a question about what was shown, of one about a thing it names, and of a text that goes on."""
COSTS: Mapping[str, float] = {ANSWER: 0.0, DONE: 0.2, CONFIRM: 0.1, CLARIFY: 0.8, ASK: 1.3, CANNOT: 4.0}
WORD_COST, MAX_WORDS, EMPTY_COST = 0.7, 4, 0.4
"""Costs of a word that an answer does not explain, of so many at most, and of an answer that shows nothing."""
UNHEARD_COST = 0.8
"""Of any reading of a sentence that resembles none the interpreter knows."""
FREE = ("schedule.create", "schedule.remind", "shop.note", "schedule.timer")
"""Intents that take words of the user's own: they explain any word, and so say little."""
FREE_COST = 0.3
TELLING_COST, DOING_COST = 5.0, 1.5
"""Of a reading that only tells where something is to be done, and of one that does where something is asked."""
TELLING = frozenset(
    [
        "schedule.list",
        "schedule.find",
        "schedule.free",
        "schedule.reminders",
        "flights.list",
        "flights.next",
        "flights.details",
        "flights.leave",
        "commute.leave",
        "food.menu",
        "food.basket",
        "courses.search",
        "courses.details",
        "courses.mine",
        "commute.next",
        "commute.route",
        "shop.find",
        "shop.compare",
        "shop.basket",
        "shop.list",
    ]
)
REFUSING = ("flights.arrange",)
"""Intents that are known and cannot be done: to them "cannot" is the answer."""
POINTS = re.compile(
    r"(?:\b(?:is|are|does|do|was|will|how long|much|of|for|about|like) |^)(?:it|that|this|he|she|they)\b(?! "
    r"(?:day|morning|afternoon|evening|night|"
    r"week|weekend|month)\b)"
)
"""A question about the one thing that was shown: "what day of the week is it?"."""
STILL_ON = re.compile(r"\bstill (?:on|happening|going ahead)\b|\b(?:going ahead|on as usual|called off)\b")
UNHEARD_FACTOR = 2.5
"""How much dearer an unexplained word is in a sentence that resembles none the interpreter knows."""


@dataclass(frozen=True)
class Reading:
    """One way to take a request, and the logarithm of how likely it is before it is tried."""

    request: Request
    prior: float


def best_reading(state: State, text: str, meant: Interpretation, world: World) -> tuple[Step | None, float]:
    """Return the answer of the reading that fits best and its score; None where no reading is worth a try."""
    best: Step | None = None
    score = -math.inf
    readings = sorted(_readings(state, text, meant, world), key=lambda reading: -reading.prior)
    for reading in readings[:MAX_TRIED]:
        if reading.prior <= score:
            break
        step = run(state, reading.request, world, meant=meant)
        if step is None or (best is not None and _takes_away(step.changes)):
            continue
        own = reading.prior - cost_of(step, reading.request, world, known=meant.known)
        if own > score:
            best, score = step, own
    return best, score


def _readings(state: State, text: str, meant: Interpretation, world: World) -> Iterator[Reading]:
    unheard = 0.0 if meant.known else UNHEARD_COST
    total = sum(score for _, score in meant.scores) or 1.0
    for label, score in meant.scores:
        skill, _, intent = label.partition(".")
        active = world.find_skill(skill)
        prior = math.log(max(score / total, 1e-9)) - unheard
        if active and prior > MIN_PRIOR:
            yield Reading(_request(state, skill, intent, text, meant), prior)
    yield from _about_things(state, text, meant, world)


def _about_things(state: State, text: str, meant: Interpretation, world: World) -> Iterator[Reading]:
    """Yield the readings of a text as a question about a thing: one shown, or one it names; and as going on."""
    last = state.last
    asks = None if GOING.search(simplify(text)) else attribute_of(text)
    shown = shown_for(text, state)
    if asks and last and last.skill in DETAILS and _names_shown(text, shown):
        yield Reading(_request(state, last.skill, DETAILS[last.skill], text, meant), 0.0)
    elif asks and last and shown and last.skill in DETAILS and is_elliptic(text, last.skill, world):
        points = POINTS.search(simplify(text)) or STILL_ON.search(simplify(text))
        prior = 0.0 if len(shown) == 1 and points else math.log(ELLIPTIC)
        yield Reading(_request(state, last.skill, DETAILS[last.skill], text, meant), prior)
    for item in world.skills if asks else ():
        share = name_evidence(text, item.skill.names, world) if item.skill.name in DETAILS else 0.0
        if share >= 0.5:
            request = _request(state, item.skill.name, DETAILS[item.skill.name], text, meant)
            yield Reading(request, math.log(LINKED * share))
    if last and (points_back(text) or is_elliptic(text, last.skill, world)):
        yield Reading(request_of(last, state, text, FOLLOW), math.log(GOES_ON))


def _names_shown(text: str, shown: Sequence[Item]) -> bool:
    """Tell whether a text calls one thing that was shown by a word of its name: "the train", of a night train."""
    said = {word for word in re.findall(r"\b(?:the|that|this|my) (\w+)", simplify(text)) if word not in COMMON}
    return any(said & set(split_words(item_name(item))) for item in shown)


def _request(state: State, skill: str, intent: str, text: str, meant: Interpretation) -> Request:
    last = state.last
    memory = last.memory if last and last.skill == skill else {}
    return Request(
        skill, intent, text, NEW, memory, "", None, shown_for(text, state), last.skill if last else "", meant.slots
    )


def is_elliptic(text: str, skill: str, world: World) -> bool:
    """Tell whether a text names nothing: it has only words of any talk, dates, and words by which a skill is asked."""
    active = world.find_skill(skill)
    return not _content(text, active, world)


def _content(text: str, active: ActiveSkill | None, world: World) -> list[str]:
    """Return the words of a text that are not of any talk, nor of a date, nor those by which a skill is asked."""
    for when in reversed(find_whens(text, world.now)):
        rest = re.sub(r"^['’]s\b", "", text[when.stop :])
        text = f"{text[: when.begin]} {rest}"
    filler = COMMON | EMPTY | GENERIC | (skill_words(active.skill) if active else frozenset())
    return [word for word in split_words(text) if word not in filler and not word.isdigit()]


def cost_of(step: Step, request: Request, world: World, *, known: bool = True) -> float:
    """Return what an answer costs: its kind, and the words of the request it does not explain."""
    act = step.act
    cost = COSTS.get(act.act, 0.0)
    label = f"{request.skill}.{request.intent}"
    told = f"{act.skill}.{act.intent}"
    cost = COSTS[ANSWER] if label in REFUSING else cost
    if is_command(request.text) and label in TELLING and (told in TELLING or act.act == CANNOT):
        cost += TELLING_COST
    if act.act == CANNOT:
        return COSTS[CONFIRM] if act.slots else cost  # a value was understood, and is what is refused
    if act.act == ANSWER and not act.items and not act.slots:
        cost += EMPTY_COST
    if asks_to_know(request.text) and act.act in (DONE, CONFIRM):
        cost += DOING_COST
    if told in FREE:
        return cost + FREE_COST
    each = WORD_COST if known else WORD_COST * UNHEARD_FACTOR
    return cost + each * min(len(unexplained(step, request, world)), MAX_WORDS)


def unexplained(step: Step, request: Request, world: World) -> list[str]:
    """Return the content words of a request that nothing in the answer to it goes with."""
    active = world.find_skill(request.skill)
    words = _content(request.text, active, world)
    if not words:
        return []
    told = [step.act.reply, *(" ".join(map(str, item.values())) for item in step.act.items)]
    known = [name for kind in (active.skill.names if active else ()) for name in names_of(kind, world)]
    said = {position for match in match_names(" ".join(words), [" ".join(told)]) for position in match.words}
    said |= (
        {position for match in match_names(" ".join(words), known)[:1] for position in match.words} if known else set()
    )
    return [word for position, word in enumerate(words) if position not in said]


def _takes_away(changes: tuple[Change, ...]) -> bool:
    """Tell whether a list becomes shorter, which no second guess may do."""
    return any(len(change.after or ()) < len(change.before or ()) for change in changes)

"""What goes on from the last answer: "and on Friday?", "two of those", "who teaches it?"."""

from __future__ import annotations

import re

from pippin.apps.assistant.dialogue import cues
from pippin.apps.assistant.dialogue.interpretation import Interpretation, name_evidence
from pippin.apps.assistant.dialogue.pointing import NUMBER, counts_shown, takes_shown, things_of, without_numbers
from pippin.apps.assistant.dialogue.replying import is_only_when
from pippin.apps.assistant.dialogue.requests import CORRECT, FOLLOW, NEW, Request
from pippin.apps.assistant.dialogue.shown import shown_for
from pippin.apps.assistant.dialogue.steps import Step, request_of, run
from pippin.apps.assistant.dialogue.values import ASK, CANNOT, DONE, Change, State
from pippin.apps.assistant.dialogue.world import World

MIN_SCORE, MIN_NAMED, MIN_ALONE = 0.03, 0.3, 0.25
"""From this probability on an intent of the skill last talked of is tried where the likeliest leads nowhere."""
SURE = 0.6
"""From this probability on a sentence is no word about a basket where the interpreter hears another request."""
ELLIPTIC = re.compile(r"^(?:to|for|from|at|on|in|with|without|by|before|after|around|until|the|my)\b")
VARIES = re.compile(r"(?:(?:and|but|so|or|ok) )*(?:what )?if\b")
WITH_QUESTION = re.compile(r"[,.;] ?(?:and )?(?:when|what|how|where|which|who|can|could|do|does|is|are|should)\b")
"""A question of its own after an elliptic beginning: "and for Rome, when should I set off?"."""
NUMBER_ALONE = re.compile(
    rf"(?:(?:just|only|but|make it|the|of|them|those|please) ?)*{NUMBER}(?: (?:of|them|those|please|is enough))*"
)
READING = ("basket", "find", "menu", "compare", "list")


def follow(state: State, text: str, world: World) -> Step | None:
    """Deal with what goes on from the last answer: "and on Friday?", "tomorrow?"."""
    last = state.last
    if last is None:
        return None
    rest = cues.strip_following(text)
    if VARIES.match(cues.simplify(text)):
        step = run(state, request_of(last, state, text, FOLLOW), world)
        if step and step.act.act not in (CANNOT, ASK):
            return step
    picks = len(last.items) > 1 and cues.is_pick(text, len(last.items)) and not takes_shown(text)
    if rest is None and not picks and not is_only_when(text, world):
        return None
    if picks and rest is None and things_of(last.items) and last.intent in READING and _has_basket(last.skill, world):
        request = Request(last.skill, "add", text, NEW, last.memory, "", None, last.items, last.skill)
        return run(state, request, world)
    rest = text if rest is None else rest
    if cues.has_request(rest) and (not ELLIPTIC.match(rest) or WITH_QUESTION.search(rest)):
        return None
    return run(state, request_of(last, state, rest, FOLLOW), world)


def _has_basket(skill: str, world: World) -> bool:
    active = world.find_skill(skill)
    return active is not None and {"add", "basket"} <= {intent.name for intent in active.skill.intents}


def correct_done(state: State, text: str, meant: Interpretation, world: World) -> Step | None:
    """Deal with a change of what was done or shown last: "no, three of them", "actually make it Thursday"."""
    last = state.last
    if last is None or not cues.is_correction(text):
        return None
    plain = cues.strip_correction(text)
    changes_list = last.act == DONE and meant.skill == last.skill and meant.intent in (*READING, "add", "change")
    only_when = last.act == DONE and (is_only_when(plain, world) or bool(NUMBER_ALONE.fullmatch(plain)))
    if meant.skill == last.skill and not (changes_list or only_when or ELLIPTIC.match(plain)):
        return None
    if re.match(r"(?:what|when|where|which|who|how|show)\b", plain):
        return None
    step = run(state, request_of(last, state, plain, CORRECT), world, meant=meant)
    return step if step and (step.act.act != CANNOT or not meant.known) else None


def take_shown(state: State, text: str, meant: Interpretation, world: World) -> Step | None:
    """Take a text that takes something of what was shown last as one to the skill that showed it."""
    last = state.last
    if last is None or not things_of(shown_for(text, state)) or not takes_shown(text) or cues.is_correction(text):
        return None
    active = world.find_skill(last.skill)
    intents = [intent.name for intent in active.skill.intents] if active else []
    has_lines = any(line.get("kind") == last.skill for line in world.record("basket"))
    own = (*READING, *(["order"] if counts_shown(text) else []), *([] if has_lines else ["change", "usual"]))
    if "add" not in intents or (meant.skill == last.skill and meant.intent not in own):
        return None
    other = world.find_skill(meant.skill) if meant.skill else None
    if (
        other
        and not counts_shown(text)
        and meant.confidence > SURE
        and all(intent.name != "basket" for intent in other.skill.intents)
    ):
        return None
    others = [item for item in world.skills if item.skill.name != last.skill]
    if any(name_evidence(without_numbers(text), item.skill.names, world) >= MIN_NAMED for item in others):
        return None
    request = Request(last.skill, "add", text, NEW, last.memory, "", None, shown_for(text, state), last.skill)
    return run(state, request, world, meant=meant)


def try_last_skill(state: State, text: str, meant: Interpretation, step: Step | None, world: World) -> Step | None:
    """Take a text that leads nowhere in the skill it seems to mean as one about what was talked of last."""
    last = state.last
    assert last is not None
    intents = [
        label.partition(".")[2]
        for label, score in meant.scores
        if label.startswith(f"{last.skill}.") and score > MIN_SCORE
    ]
    for intent in intents[:1]:
        request = Request(last.skill, intent, text, NEW, last.memory, "", None, shown_for(text, state), last.skill)
        other = run(state, request, world, meant=meant)
        if other and other.act.act not in (CANNOT, ASK):
            return other
    if cues.points_back(text):
        other = run(state, request_of(last, state, text, FOLLOW), world)
        if other and other.act.act != CANNOT:
            return other
    return step


def try_named_skill(state: State, text: str, meant: Interpretation, world: World) -> Step | None:
    """Take a text that leads nowhere as one about what it names: "when does Portuguese start?" is a course."""
    for label, score in meant.scores:
        skill, _, intent = label.partition(".")
        active = world.find_skill(skill)
        if active is None or skill == meant.skill or score < MIN_SCORE:
            continue
        if score < MIN_ALONE and name_evidence(text, active.skill.names, world) < MIN_NAMED:
            continue
        step = run(state, Request(skill, intent, text), world, meant=meant)
        if step and step.act.act not in (CANNOT, ASK) and not _takes_away(step.changes):
            return step
    return None


def _takes_away(changes: tuple[Change, ...]) -> bool:
    """Tell whether a list becomes shorter, which no guess may do."""
    return any(len(change.after or ()) < len(change.before or ()) for change in changes)

"""A text as the reply to what was asked or offered last: a choice, what was missing, a correction, another request."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

from pippin.apps.assistant.dates.durations import find_durations
from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dialogue import cues
from pippin.apps.assistant.dialogue.clauses import request_in
from pippin.apps.assistant.dialogue.consent import split_no
from pippin.apps.assistant.dialogue.interpretation import interpret, name_evidence
from pippin.apps.assistant.dialogue.names import split_words
from pippin.apps.assistant.dialogue.openers import strip_courtesies
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, NEW, Request
from pippin.apps.assistant.dialogue.shown import others_shown
from pippin.apps.assistant.dialogue.steps import Step, request_of, run
from pippin.apps.assistant.dialogue.values import ASK, CANNOT, CLARIFY, CONFIRM, Frame, Item, State
from pippin.apps.assistant.dialogue.words import word_set
from pippin.apps.assistant.dialogue.world import World

AROUND_WHEN = word_set(
    "a an the on at in for to of by it then please around about is that be maybe perhaps say ok make do",
    "from until better would rather instead lasting takes lets let's we it's i'd like could can you",
    "change only just",
)
NOT_THAT = re.compile(r"^not (?:that|this|it)(?: one)?[, ]+(?:but )?")
MIN_NAMED = 0.3
WHOLE = re.compile(
    r"^(?:(?:for|cancel|move|delete|remove|do|please|yes|and) )*"
    r"(?:the (?:whole |entire )?series|all of them|every (?:one|week|"
    r"time|occurrence)|all occurrences|all the (?:others|rest)(?: too)?|not just this one)(?: please| too)*$"
)
QUESTION = re.compile(r"(?:what|when|where|who|how|do|does|is|are|am|show|list|which)\b")
COMMAND = re.compile(
    r"(?:(?:please|just|can you|could you|would you|i want to|i'd like to|rather) )*(?:cancel|delete|remove|move|"
    r"book|add|put|"
    r"schedule|create|show|list|tell|find|order|enrol|enroll|sign me|drop|remind|set|what|when|where|which|who|"
    r"how|do i|"
    r"does|is|are|am i|compare|buy|take me|empty|clear)\b"
)


RENAMES = re.compile(r"(?:(?:can|could) you |please |better )*(?:call|name|title) it\b|(?:it's|it is) called\b")
ABOUT_OFFER = re.compile(
    r"(?:and |but )?(?:is|isn't|are|was|does|do|when|what time|which day|where|who|how)\b(?! about\b)"
)
"""A question about what is offered, which changes nothing of it: "is it on Friday?"."""


def reply_to_open(state: State, text: str, world: World) -> Step | None:
    """Deal with a text as the answer to the open question, or return None where it is another request."""
    frame = state.open
    text = text if frame is None or frame.act == ASK else _call_it(frame, request_in(text), world)
    if frame is None or (frame is not state.last and not _changes_offer(text, world) and frame.act != CLARIFY):
        return None
    if frame.act == CLARIFY:
        return _choose(frame, state, text, world)
    if frame.act == ASK:
        if _is_other_request(frame, state, text, world):
            return None
        return run(state, request_of(frame, state, strip_courtesies(text), FILL), world, replaces=frame)
    return _correct(frame, state, text, world)


CHANGES = re.compile(
    r"(?:(?:can you|could you|please|better|let's|so|then) )*(?:make|move|change|put|set|push|shift|have) (?:the|my) "
)


def _call_it(frame: Frame, text: str, world: World) -> str:
    """Return a change of time that names what is on offer with "it" in its place: "make the call 1 o'clock"."""
    match = CHANGES.match(cues.simplify(text))
    if not match or frame.act != CONFIRM or frame.intent not in ("create", "move") or len(frame.items) != 1:
        return text
    words = cues.simplify(text)[match.end() :].split()
    name = set(split_words(cues.item_name(frame.items[0])))
    said = len(list(takewhile(lambda word: set(split_words(word)) <= name, words)))
    rest = " ".join(words[said:])
    is_when = is_only_when(rest, world) or bool(find_whens(rest, world.now, bare=True) and len(words) - said < 3)
    return f"make it {rest}" if said and is_when else text


def _changes_offer(text: str, world: World) -> bool:
    """Tell whether a text that comes after a question in between changes what is still on offer: "Tuesday then"."""
    if cues.is_correction(text):
        return True
    return is_only_when(text, world) and "?" not in text and cues.strip_following(text) is None


def _choose(frame: Frame, state: State, text: str, world: World) -> Step | None:
    choice = cues.choose(text, frame.items)
    if choice is None or (QUESTION.match(cues.simplify(strip_courtesies(text))) and not cues.points_back(text)):
        return None
    return run(state, request_of(frame, state, text, CHOOSE, choice=choice), world, replaces=frame)


def _correct(frame: Frame, state: State, text: str, world: World) -> Step | None:
    """Deal with a change of what is offered: "make it six", "no, on Friday", "no, cancel the other one"."""
    rest = split_no(text)
    rest = strip_courtesies(rest if rest is not None else text)
    if ABOUT_OFFER.match(cues.simplify(rest)) and text.rstrip().endswith("?"):
        return None
    if frame.intent == "create" and RENAMES.match(cues.simplify(rest)):
        return run(state, request_of(frame, state, rest, CORRECT), world, replaces=frame)
    others = others_shown(rest, state)
    if len(others) == 1:
        step = run(state, request_of(frame, state, text, CHOOSE, choice=others[0]), world, replaces=frame)
        if step and step.act.act == CONFIRM:
            return step
    listed = _choose_listed(frame, state, cues.strip_correction(rest))
    if listed is not None:
        step = run(state, request_of(frame, state, text, CHOOSE, choice=listed), world, replaces=frame)
        if step and step.act.act == CONFIRM:
            return step
    following = cues.strip_following(rest)
    if following is not None and is_only_when(following, world):
        rest = following
    is_correction = cues.is_correction(text) or cues.is_correction(rest)
    if is_correction and COMMAND.match(cues.simplify(rest)) and not cues.points_back(rest):
        return _offer_another(frame, state, rest, world)
    if (not is_correction and rest != text) or NOT_THAT.match(cues.simplify(text)):
        another = _take_another(frame, state, NOT_THAT.sub("", cues.simplify(rest)), world)
        if another:
            return another
    if is_correction or is_only_when(rest, world) or WHOLE.search(cues.simplify(rest)):
        return run(state, request_of(frame, state, cues.strip_correction(rest), CORRECT), world, replaces=frame)
    return None


def _choose_listed(frame: Frame, state: State, text: str) -> Item | None:
    """Return what a text picks in place of the one thing offered, of those listed with it: "the beginners one"."""
    if len(frame.items) != 1 or len(text.split()) > 6 or cues.has_request(text) or not re.search(r"\bone\b", text):
        return None
    for shown in reversed(state.frames):
        others = [item for item in shown.items if cues.item_name(item) != cues.item_name(frame.items[0])]
        if shown.skill == frame.skill and 0 < len(others) < len(shown.items):
            choice = cues.choose(text, shown.items)
            return choice if choice in others else None
    return None


def _take_another(frame: Frame, state: State, text: str, world: World) -> Step | None:
    """Deal with a name alone after a no: what is offered is done with what it names, "no, the parents' evening"."""
    active = world.find_skill(frame.skill)
    if active is None or len(text.split()) > 6 or cues.has_request(text) or is_only_when(text, world):
        return None
    if name_evidence(text, active.skill.names, world) < MIN_NAMED:
        return None
    request = Request(frame.skill, frame.intent, text, NEW, {}, "", None, frame.items, frame.skill)
    step = run(state, request, world, replaces=frame)
    return step if step and step.act.act in (CONFIRM, CLARIFY) else None


def _offer_another(frame: Frame, state: State, text: str, world: World) -> Step | None:
    """Deal with a request of the same kind in place of the one on offer: "no, cancel the review instead"."""
    text = re.sub(r"[\s,]+(?:instead|rather)[.!?]*$", "", text, flags=re.IGNORECASE)
    meant = interpret(text, state, world)
    if (meant.skill, meant.intent) != (frame.skill, frame.intent):
        return None
    request = Request(frame.skill, frame.intent, text, NEW, {}, "", None, frame.items, frame.skill, meant.slots)
    step = run(state, request, world, replaces=frame, meant=meant)
    return step if step and step.act.act != CANNOT else None


def _is_other_request(frame: Frame, state: State, text: str, world: World) -> bool:
    """Tell whether a text is no answer to a question but a request of its own."""
    if is_only_when(text, world) or len(text.split()) < 3 or not cues.has_request(text):
        return False
    meant = interpret(text, replace(state, frames=()), world)
    is_question = bool(QUESTION.match(cues.simplify(strip_courtesies(text))))
    return is_question or (
        meant.known and meant.confidence > 0.5 and (meant.skill, meant.intent) != (frame.skill, frame.intent)
    )


def is_only_when(text: str, world: World) -> bool:
    """Tell whether a text is a date, a time or a length of time and nothing else."""
    spans = [(when.begin, when.stop) for when in find_whens(text, world.now)]
    spans += [(duration.begin, duration.stop) for duration in find_durations(text)]
    rest = text
    for begin, stop in sorted(spans, reverse=True):
        rest = f"{rest[:begin]} {rest[stop:]}"
    return bool(spans) and all(word in AROUND_WHEN for word in split_words(rest))

"""One turn of a talk, as a pure function: state, text and world become state, reply, acts and changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pippin.apps.assistant.dialogue import cues
from pippin.apps.assistant.dialogue.clauses import request_in
from pippin.apps.assistant.dialogue.consent import split_no, split_yes
from pippin.apps.assistant.dialogue.following import correct_done, follow, take_shown
from pippin.apps.assistant.dialogue.interpretation import Interpretation, interpret, names_of
from pippin.apps.assistant.dialogue.openers import strip_courtesies
from pippin.apps.assistant.dialogue.recounting import recount
from pippin.apps.assistant.dialogue.replying import is_only_when, reply_to_open
from pippin.apps.assistant.dialogue.requests import Response
from pippin.apps.assistant.dialogue.search import best_reading
from pippin.apps.assistant.dialogue.slips import mend_slip
from pippin.apps.assistant.dialogue.spelling import correct, has_unknown_words
from pippin.apps.assistant.dialogue.steering import affirm, deny, steer
from pippin.apps.assistant.dialogue.steps import Step, describe
from pippin.apps.assistant.dialogue.values import ANSWER, CANNOT, CONFIRM, UNDONE, Act, Change, State
from pippin.apps.assistant.dialogue.world import World

MAX_CHARACTERS = 1000
MIN_UNHEARD = -2.5
"""Least score of a reading of a sentence that resembles none the interpreter knows."""
IT = re.compile(r"\b(?:it|that|they|them)\b", re.IGNORECASE)
UNKNOWN = "I don't know how to do that. Say `help` for what I can."


class Turn(NamedTuple):
    """What a turn gives: the state after it, the reply, an act for each request, and the changes to make."""

    state: State
    reply: str
    acts: tuple[Act, ...]
    changes: tuple[Change, ...] = ()
    trace: tuple[Mapping[str, Any], ...] = ()


def turn(state: State, text: str, world: World) -> Turn:
    """Return what becomes of a talk when `text` is said; nothing is changed but by the caller."""
    problem = find_problem(text)
    if problem:
        return _finish(state, (Step(state, Act(None, None, CANNOT, reply=problem)),))
    text = spell(text, world)
    return _finish(state, _take(state, text, world))


def spell(text: str, world: World) -> str:
    """Return a text with the words put right by which it is understood; names of the user's data stay."""
    if not has_unknown_words(text, world.vocabulary):
        return text
    examples = {example.text for item in world.skills for intent in item.skill.intents for example in intent.examples}
    names = {name for item in world.skills for kind in item.skill.names for name in names_of(kind, world)}
    return correct(text, examples, names, world.vocabulary)


def find_problem(text: str) -> str:
    """Return why a text cannot be taken as said, or ""."""
    if not text.strip():
        return "I heard nothing. Ask me something, such as: What is my schedule for tomorrow?"
    if len(text) > MAX_CHARACTERS:
        return f"That is {len(text):,} characters; say it in {MAX_CHARACTERS:,} or fewer."
    if not any(char.isalnum() for char in text):
        return "I read words only. Ask me something, such as: What is my schedule for tomorrow?"
    return ""


def _finish(before: State, steps: tuple[Step, ...]) -> Turn:
    state = steps[-1].state
    reply = " ".join(step.act.reply for step in steps if step.act.reply)
    waiting = state.open
    answered = all(step.act.act in (ANSWER, CANNOT, UNDONE) for step in steps)
    if waiting and waiting is before.open and answered and waiting.act == CONFIRM:
        reply = f"{reply} Still open: {waiting.reply}"
    changes = tuple(change for step in steps for change in step.changes)
    return Turn(state, reply, tuple(step.act for step in steps), changes, tuple(s.trace for s in steps if s.trace))


def _take(state: State, text: str, world: World) -> tuple[Step, ...]:
    """Deal with a text: what steers the talk, the reply to a question, or requests."""
    step = recount(state, text) or steer(state, text, world) or reply_to_open(state, text, world)
    if step:
        return (step,)
    waiting = state.open
    if waiting and waiting is state.last:
        more = split_yes(text) if waiting.act == CONFIRM else None
        if more and not cues.is_correction(more) and not is_only_when(more, world):
            return _go_on(affirm(state, text), more, world)
        rest = split_no(text)
        if rest is not None:
            return _after_no(state, rest, world)
    return _requests(state, mend_slip(request_in(text), world), world)


def _go_on(step: Step, text: str, world: World) -> tuple[Step, ...]:
    """Deal with a request that comes in one breath with a yes or no."""
    return step, *_requests(step.state, strip_courtesies(text), world.after(step.changes))


def _after_no(state: State, rest: str, world: World) -> tuple[Step, ...]:
    """Deal with a no and what comes after it: a request of its own, or a reason that needs no answer."""
    step = deny(state)
    request = strip_courtesies(rest)
    if not request or not cues.has_request(request) or not interpret(request, step.state, world).known:
        return (step,)
    others = _requests(step.state, request, world)
    return (step, *others) if all(other.act.act != CANNOT for other in others) else (step,)


def _requests(state: State, text: str, world: World) -> tuple[Step, ...]:
    """Deal with the one request in a text, or with several, one after the other."""
    parts = _put_topics(cues.split_requests(text))
    text = parts[0] if len(parts) == 1 else text
    if len(parts) > 1:
        parts = [strip_courtesies(part) for part in parts]
        meanings = [interpret(part, state, world) for part in parts]
        sentences = bool(re.search(r"[.!?;] ", text))
        apart = all(meant.known for meant in meanings) and (sentences or all(map(cues.has_request, parts)))
        parts = parts if apart else [text]
    steps: list[Step] = []
    for part in parts:
        step = _request_step(steps[-1].state if steps else state, part, world)
        if steps and _is_same(step, steps[-1]):
            continue
        world = world.after(step.changes)
        steps.append(step)
    return tuple(steps)


def _put_topics(parts: list[str]) -> list[str]:
    """Return requests in which "it" is the thing named alone before them: "Ooh, the crumble. What goes with it?"."""
    put: list[str] = []
    for part in parts:
        topic = strip_courtesies(put[-1]).strip(" .!") if put else ""
        names = topic and len(topic.split()) <= 5 and re.match(r"(?:the|my|that|this)\b", topic.lower())
        if names and not cues.has_request(topic) and IT.search(part):
            put[-1] = IT.sub(topic, part, count=1)
        else:
            put.append(part)
    return put


def _is_same(step: Step, before: Step) -> bool:
    """Tell whether a request was answered already by the one before: "when does it begin, and where is it?"."""
    one, two = step.act, before.act
    return not step.changes and (one.skill, one.act, one.reply) == (two.skill, two.act, two.reply)


def _request_step(state: State, text: str, world: World) -> Step:
    followed = follow(state, text, world)
    if followed:
        return followed
    text = _without_and(text)
    meant = interpret(text, state, world)
    step = take_shown(state, text, meant, world) or correct_done(state, text, meant, world)
    return step or _answer(state, text, meant, world)


def _without_and(text: str) -> str:
    """Return a request without an "and" before it, in its own letters."""
    first, _, rest = text.partition(" ")
    return rest if first.lower().strip(",") in ("and", "also", "so", "but") and rest.strip() else text


def _answer(state: State, text: str, meant: Interpretation, world: World) -> Step:
    """Deal with a request by the reading that fits best; one that resembles nothing known needs a good answer."""
    step, score = best_reading(state, text, meant, world)
    if step is None or (step.act.act == CANNOT and not meant.known) or (not meant.known and score < MIN_UNHEARD):
        return Step(state, Act(None, None, CANNOT, reply=UNKNOWN), trace=describe(text, meant, None))
    return step


__all__ = ["Response", "Turn", "find_problem", "is_only_when", "turn"]

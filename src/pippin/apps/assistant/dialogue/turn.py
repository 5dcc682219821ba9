"""One turn of a talk, as a pure function: state, text and world become state, reply, acts and changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dates.spoken import say_day, say_time
from pippin.apps.assistant.dialogue import cues
from pippin.apps.assistant.dialogue.interpretation import Interpretation, interpret, name_evidence, names_of
from pippin.apps.assistant.dialogue.names import split_words
from pippin.apps.assistant.dialogue.pointing import counts_shown, takes_shown, things_of, without_numbers
from pippin.apps.assistant.dialogue.requests import CHOOSE, CORRECT, FILL, FOLLOW, NEW, Request, Response
from pippin.apps.assistant.dialogue.spelling import correct, has_unknown_words
from pippin.apps.assistant.dialogue.values import (
    ANSWER,
    ASK,
    CANCELLED,
    CANNOT,
    CLARIFY,
    CONFIRM,
    DONE,
    UNDONE,
    Act,
    Change,
    Entry,
    Frame,
    State,
)
from pippin.apps.assistant.dialogue.world import World, needs_agreement

MAX_CHARACTERS = 1000
AROUND_WHEN = frozenset(
    [
        "a",
        "an",
        "the",
        "on",
        "at",
        "in",
        "for",
        "to",
        "of",
        "by",
        "it",
        "then",
        "please",
        "around",
        "about",
        "is",
        "that",
        "be",
        "maybe",
        "perhaps",
        "say",
        "ok",
    ]
)
MIN_SCORE, MIN_NAMED, MIN_ALONE = 0.03, 0.3, 0.1
"""From this probability on an intent of the skill last talked of is tried where the likeliest leads nowhere."""
SURE = 0.6
"""From this probability on a sentence is no word about a basket where the interpreter hears another request."""
UNKNOWN = "I don't know how to do that. Say `help` for what I can."


class Turn(NamedTuple):
    """What a turn gives: the state after it, the reply, an act for each request, and the changes to make."""

    state: State
    reply: str
    acts: tuple[Act, ...]
    changes: tuple[Change, ...] = ()
    trace: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class _Step:
    """One request that was dealt with."""

    state: State
    act: Act
    changes: tuple[Change, ...] = ()
    trace: Mapping[str, Any] | None = None


def turn(state: State, text: str, world: World) -> Turn:
    """Return what becomes of a talk when `text` is said; nothing is changed but by the caller."""
    problem = find_problem(text)
    if problem:
        return _finish(state, (_Step(state, Act(None, None, CANNOT, reply=problem)),))
    text = spell(text, world)
    step = _steer(state, text, world) or _reply_to_open(state, text, world)
    if step:
        return _finish(state, (step,))
    return _finish(state, _requests(state, text, world))


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


def _finish(before: State, steps: tuple[_Step, ...]) -> Turn:
    state = steps[-1].state
    reply = " ".join(step.act.reply for step in steps if step.act.reply)
    waiting = state.open
    answered = all(step.act.act in (ANSWER, CANNOT, UNDONE) for step in steps)
    if waiting and waiting is before.open and answered and waiting.act == CONFIRM:
        reply = f"{reply} Still open: {waiting.reply}"
    changes = tuple(change for step in steps for change in step.changes)
    return Turn(state, reply, tuple(step.act for step in steps), changes, tuple(s.trace for s in steps if s.trace))


# What steers a talk -------------------------------------------------------------------------------------------


def _steer(state: State, text: str, world: World) -> _Step | None:
    """Deal with yes, no, undo, thanks and help."""
    if cues.is_undo(text):
        return _deny(state) if state.open and state.open is state.last else _undo(state)
    if cues.is_regret(text) and state.open is None and state.last and state.last.act == DONE and state.journal:
        return _undo(state)
    if cues.is_yes(text):
        return _affirm(state)
    if cues.is_no(text):
        return _deny(state)
    if cues.is_thanks(text):
        return _Step(state, Act(None, None, ANSWER, reply="You're welcome." if "than" in text.lower() else "Hello."))
    if cues.is_clock_question(text):
        reply = f"It is {say_time(world.now)}, {say_day(world.now.date(), world.now.date()).partition(', ')[2]}."
        return _Step(state, Act(None, None, ANSWER, reply=reply))
    if cues.is_help(text):
        return _Step(state, Act(None, None, ANSWER, reply=_help(world)))
    return None


def _help(world: World) -> str:
    lines = [f"{item.skill.name}: {item.skill.summary}" for item in world.skills]
    return "I can help with " + "; ".join(lines) + ". Changes of calendars, orders and enrolments need your yes."


def _affirm(state: State) -> _Step:
    frame = state.open
    if frame is None:
        return _Step(state, Act(None, None, CANNOT, reply="There is nothing to say yes to."))
    if frame.act != CONFIRM:
        return _Step(state, Act(frame.skill, frame.intent, frame.act, frame.items, _asks(frame), frame.reply))
    done = replace(frame, act=DONE, changes=(), reply=frame.done)
    entry = Entry(frame.skill, frame.intent, frame.changes, frame.items, tuple(frame.memory.get("before", ())))
    act = Act(frame.skill, frame.intent, DONE, frame.items, frame.slots, frame.done)
    return _Step(state.close(frame).push(done).record(entry), act, frame.changes)


def _asks(frame: Frame) -> Mapping[str, Any]:
    return {**frame.slots, "asks": frame.asks} if frame.asks else frame.slots


def _deny(state: State) -> _Step:
    frame = state.open
    if frame is None:
        return _Step(
            state, Act(None, None, CANNOT, reply="There is nothing to call off; `undo` takes back what was done.")
        )
    act = Act(frame.skill, frame.intent, CANCELLED, frame.items, {}, "All right, nothing was changed.")
    return _Step(state.close(frame), act)


def _undo(state: State) -> _Step:
    if not state.journal:
        return _Step(state, Act(None, None, CANNOT, reply="There is nothing to undo."))
    entry = state.journal[-1]
    changes = tuple(change.inverse for change in reversed(entry.changes))
    shown = entry.before or entry.items
    names = ", ".join(filter(None, (cues.item_name(item) for item in (entry.items or entry.before))))
    reply = f"Undone{': ' + names if names else ''}."
    after = replace(state, journal=state.journal[:-1])
    if after.open:
        after = after.close(after.open)
    frame = Frame(entry.skill, entry.intent, UNDONE, shown, reply=reply)
    return _Step(
        after.push(frame) if not _is_list(state.last) else after,
        Act(entry.skill, entry.intent, UNDONE, shown, {}, reply),
        changes,
    )


def _is_list(frame: Frame | None) -> bool:
    """Tell whether the last answer was to a question, which later words may go on from."""
    return frame is not None and frame.act == ANSWER


# Replies to what was asked ------------------------------------------------------------------------------------


def _reply_to_open(state: State, text: str, world: World) -> _Step | None:
    """Deal with a text as the answer to the open question, or return None where it is another request."""
    frame = state.open
    if frame is None or (frame is not state.last and not cues.is_correction(text) and frame.act != CLARIFY):
        return None
    if frame.act == CLARIFY:
        choice = cues.choose(text, frame.items)
        if choice is None or _is_question(text):
            return None
        return _run(state, _request(frame, state, text, CHOOSE, choice=choice), world, replaces=frame)
    if frame.act == ASK:
        if _is_other_request(frame, state, text, world):
            return None
        return _run(state, _request(frame, state, text, FILL), world, replaces=frame)
    if cues.is_correction(text) or is_only_when(text, world):
        return _run(state, _request(frame, state, cues.strip_correction(text), CORRECT), world, replaces=frame)
    return None


def _request(frame: Frame, state: State, text: str, mode: str, choice: Any = None) -> Request:
    items = frame.items or (state.last.items if state.last else ())
    return Request(frame.skill, frame.intent, text, mode, frame.memory, frame.asks, choice, items, frame.skill)


def _is_question(text: str) -> bool:
    return bool(re.match(r"(?:what|when|where|who|how|do|does|is|are|am|show|list)\b", cues.simplify(text)))


def _is_other_request(frame: Frame, state: State, text: str, world: World) -> bool:
    """Tell whether a text is no answer to a question but a request of its own."""
    if is_only_when(text, world) or len(text.split()) < 3 or not cues.has_request(text):
        return False
    meant = interpret(text, replace(state, frames=()), world)
    return _is_question(text) or (
        meant.known and meant.confidence > 0.5 and (meant.skill, meant.intent) != (frame.skill, frame.intent)
    )


def is_only_when(text: str, world: World) -> bool:
    """Tell whether a text is a date or time and nothing else."""
    whens = find_whens(text, world.now)
    rest = text
    for when in reversed(whens):
        rest = f"{rest[: when.begin]} {rest[when.stop :]}"
    return bool(whens) and all(word in AROUND_WHEN for word in split_words(rest))


# Requests -----------------------------------------------------------------------------------------------------


def _requests(state: State, text: str, world: World) -> tuple[_Step, ...]:
    """Deal with the one request in a text, or with several, one after the other."""
    parts = cues.split_requests(text)
    if len(parts) > 1:
        meanings = [interpret(part, state, world) for part in parts]
        labels = {(meant.skill, meant.intent) for meant in meanings}
        apart = len(labels) == len(parts) or all(map(cues.has_request, parts))
        parts = parts if all(meant.known for meant in meanings) and apart else [text]
    steps: list[_Step] = []
    for part in parts:
        step = _request_step(steps[-1].state if steps else state, part, world)
        world = world.after(step.changes)
        steps.append(step)
    return tuple(steps)


def _request_step(state: State, text: str, world: World) -> _Step:
    followed = _follow(state, text, world)
    if followed:
        return followed
    meant = interpret(text, state, world)
    last = state.last
    taken = _take_shown(state, text, meant, world)
    if taken:
        return taken
    if last and cues.is_correction(text) and meant.skill != last.skill:
        request = _request(last, state, cues.strip_correction(text), CORRECT)
        step = _run(state, request, world)
        if step:
            return step
    if not meant.known:
        if last and cues.points_back(text):
            step = _run(state, _request(last, state, text, FOLLOW), world)
            if step:
                return step
        return _Step(state, Act(None, None, CANNOT, reply=UNKNOWN), trace=_trace(text, meant, None))
    assert meant.skill and meant.intent
    items, topic = (last.items, last.skill) if last else ((), "")
    memory = last.memory if last and last.skill == meant.skill else {}
    request = Request(meant.skill, meant.intent, text, NEW, memory, "", None, items, topic, meant.slots)
    step = _run(state, request, world, meant=meant)
    if last and last.skill != meant.skill and (step is None or step.act.act in (CANNOT, ASK)):
        step = _within_last_skill(state, text, meant, step, world) or step
    if step is None or step.act.act == CANNOT:
        step = _in_named_skill(state, text, meant, world) or step
    return step or _Step(state, Act(None, None, CANNOT, reply=UNKNOWN), trace=_trace(text, meant, None))


def _take_shown(state: State, text: str, meant: Interpretation, world: World) -> _Step | None:
    """Take a text that takes something of what was shown last as one to the skill that showed it."""
    last = state.last
    if last is None or not things_of(last.items) or not takes_shown(text) or cues.is_correction(text):
        return None
    active = world.find_skill(last.skill)
    intents = [intent.name for intent in active.skill.intents] if active else []
    own = ("basket", "find", "menu", *(["order"] if counts_shown(text) else []))
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
    request = Request(last.skill, "add", text, NEW, last.memory, "", None, last.items, last.skill)
    return _run(state, request, world, meant=meant)


def _in_named_skill(state: State, text: str, meant: Interpretation, world: World) -> _Step | None:
    """Take a text that leads nowhere as one about what it names: "when does Portuguese start?" is a course."""
    for label, score in meant.scores:
        skill, _, intent = label.partition(".")
        active = world.find_skill(skill)
        if active is None or skill == meant.skill or score < MIN_SCORE:
            continue
        if score < MIN_ALONE and name_evidence(text, active.skill.names, world) < MIN_NAMED:
            continue
        step = _run(state, Request(skill, intent, text), world, meant=meant)
        if step and step.act.act not in (CANNOT, ASK) and not _takes_away(step.changes):
            return step
    return None


def _takes_away(changes: tuple[Change, ...]) -> bool:
    """Tell whether a list becomes shorter, which no guess may do."""
    return any(len(change.after or ()) < len(change.before or ()) for change in changes)


def _within_last_skill(
    state: State, text: str, meant: Interpretation, step: _Step | None, world: World
) -> _Step | None:
    """Take a text that leads nowhere in the skill it seems to mean as one about what was talked of last."""
    last = state.last
    assert last is not None
    intents = [
        label.partition(".")[2]
        for label, score in meant.scores
        if label.startswith(f"{last.skill}.") and score > MIN_SCORE
    ]
    for intent in intents[:1]:
        request = Request(last.skill, intent, text, NEW, last.memory, "", None, last.items, last.skill)
        other = _run(state, request, world, meant=meant)
        if other and other.act.act not in (CANNOT, ASK):
            return other
    if cues.points_back(text):
        other = _run(state, _request(last, state, text, FOLLOW), world)
        if other and other.act.act != CANNOT:
            return other
    return step


def _follow(state: State, text: str, world: World) -> _Step | None:
    """Deal with what goes on from the last answer: "and on Friday?", "tomorrow?"."""
    last = state.last
    if last is None:
        return None
    rest = cues.strip_following(text)
    picks = len(last.items) > 1 and cues.is_pick(text, len(last.items))
    if rest is None and not picks and not is_only_when(text, world):
        return None
    rest = text if rest is None else rest
    if cues.has_request(rest):
        return None
    return _run(state, _request(last, state, rest, FOLLOW), world)


def _run(
    state: State, request: Request, world: World, *, replaces: Frame | None = None, meant: Interpretation | None = None
) -> _Step | None:
    """Let a skill answer; None where it declines.

    What needs a yes becomes a confirmation here, also where a skill says it is done.
    """
    active = world.find_skill(request.skill)
    response = active.answer(request, world) if active else None
    if response is None:
        return None
    if response.act == DONE and needs_agreement(response.changes):
        response = replace(
            response, act=CONFIRM, done=response.done or response.reply, reply=f"Shall I? {response.reply}"
        )
    changes = response.changes if response.act == DONE else ()
    frame = response.frame(request)
    after = state
    if replaces and response.act != CANNOT:
        after = after.close(replaces)
    if response.act != CANNOT or response.items:
        after = after.push(frame)
    after = after.record(Entry(frame.skill, frame.intent, changes, response.items, response.before))
    return _Step(after, response.to_act(request), changes, _trace(request.text, meant, request))


def _trace(text: str, meant: Interpretation | None, request: Request | None) -> Mapping[str, Any]:
    return {
        "heard": text,
        "intents": [[label, round(score, 3)] for label, score in (meant.scores if meant else ())],
        "decided": f"{request.skill}.{request.intent} ({request.mode})" if request else "no intent fits",
        "slots": dict(request.hints) if request else {},
    }


__all__ = ["Response", "Turn", "find_problem", "is_only_when", "turn"]

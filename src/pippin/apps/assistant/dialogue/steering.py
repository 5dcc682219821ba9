"""What steers a talk and is no request to a skill: yes, no, undo, thanks, the time, help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pippin.apps.assistant.dates.spoken import say_day, say_time
from pippin.apps.assistant.dialogue import cues
from pippin.apps.assistant.dialogue.clauses import WANTS, is_command, is_question, request_in, split_sentences
from pippin.apps.assistant.dialogue.consent import agrees, declines, is_no, is_yes, split_no
from pippin.apps.assistant.dialogue.openers import strip_courtesies
from pippin.apps.assistant.dialogue.requests import Request
from pippin.apps.assistant.dialogue.steps import Step, run
from pippin.apps.assistant.dialogue.values import (
    ANSWER,
    CANCELLED,
    CANNOT,
    CONFIRM,
    DONE,
    UNDONE,
    Act,
    Entry,
    Frame,
    State,
)
from pippin.apps.assistant.dialogue.world import World

NOTHING_OPEN = "There is nothing to call off; `undo` takes back what was done."
NAMES_ANOTHER = re.compile(
    r"(?:no,? )?not (?:that|this|it)(?: one)?, \w|(?:nah|no|nope)[, ]+wait[, ]+(?!and\b|keep\b|leave\b|don't\b|"
    r"do not\b|forget\b|never\b|stop\b|cancel\b|i\b|no\b)\w+"
)
"""A no that goes on with another thing: "not that, the review"."""
ONLY_THIS = re.compile(r"(?:no |yes |yeah )?(?:just|only) (?:that|this|the) (?:one|time|once|occurrence)(?: please)?")
"""What agrees to an offer of one occurrence alone."""
CONTENT = re.compile(r"\b(?:yes|yeah|yep|yup|y|confirm\w*|go ahead|do it|sure|agreed)\b")


def steer(state: State, text: str, world: World) -> Step | None:
    """Deal with yes, no, undo, thanks, help and the time; None where a text is none of these."""
    if cues.is_undo(text) or _asks_undo(text):
        return deny(state) if state.open and state.open is state.last else undo(state)
    if cues.is_regret(text) and state.open is None and state.last and state.last.act == DONE and state.journal:
        return undo(state)
    dropped = _drop_order(state, text, world) if CANCEL_ORDER.fullmatch(cues.simplify(request_in(text))) else None
    if dropped:
        return dropped
    asked = state.open if state.open is state.last else None
    between = state.open if state.last and state.last.act == ANSWER else None
    if between and between is not asked and between.act == CONFIRM and _declines(text):
        return deny(state)
    if _agrees_late(state, text):
        return affirm(state, text)
    if asked and "this occurrence alone" in asked.reply and ONLY_THIS.fullmatch(cues.simplify(text)):
        return affirm(state, text)
    if is_yes(text) or (asked and asked.act == CONFIRM and agrees(text, asked.intent)):
        return affirm(state, text)
    if asked and asked.act == CONFIRM and NAMES_ANOTHER.match(text.lower()):
        return None
    if (is_no(text) and (state.open or not _takes_away(state, text))) or (asked and _declines(text)):
        return deny(state)
    return _say_small(state, text, world)


def _agrees_late(state: State, text: str) -> bool:
    """Tell whether a yes that names the act comes after a question in between: "OK then, book it"."""
    offer, last = state.open, state.last
    if offer is None or offer is last or last is None or offer.act != CONFIRM or last.act != ANSWER:
        return False
    return last.skill == offer.skill and agrees(text, offer.intent)


CANCEL_ORDER = re.compile(
    r"(?:(?:no|actually|please|can you|could you|i want to|i'd like to)[ ,]+)*(?:cancel|scrap|drop|forget|"
    r"withdraw|call off|stop|"
    r"delete|undo) (?:the|my|that|this|our) (?:\w+ )?order"
)


def _drop_order(state: State, text: str, world: World) -> Step | None:
    """Deal with "cancel my order": decline the one on offer, take back the one made last, or empty the basket."""
    if state.open and state.open.intent == "order":
        return deny(state)
    if state.journal and state.journal[-1].intent == "order":
        return undo(state)
    kinds = {str(line.get("kind")) for line in world.record("basket")}
    for skill in sorted(kinds) if len(kinds) == 1 else ():
        active = world.find_skill(skill)
        names = [intent.name for intent in active.skill.intents] if active else []
        intent = "empty" if "empty" in names else "remove"
        return run(state, Request(skill, intent, "empty the basket, take out everything"), world)
    return None


HALT = re.compile(
    r"(?:oh |ah |um |no[, ]+)*(?:wait|hang on|hold on|one (?:sec|second|moment|minute))\b[ ,.!:-]+", re.IGNORECASE
)


def _declines(text: str) -> bool:
    """Tell whether a text declines, perhaps with a reason: "no, that's silly, leave it as it was"."""
    clauses = [strip_courtesies(clause) for clause in re.split(r"[,.;!]\s+", text)]
    if any(is_command(clause) and not is_no(clause) and not declines(clause) for clause in clauses[1:]):
        return False
    halt = HALT.match(text)
    if halt and re.search(r"\w{2}", text[halt.end() :]):
        after = text[halt.end() :]
        return is_no(after) or _declines(after)
    rest = split_no(text)
    return not is_question(text) and (declines(text) or (bool(rest) and declines(request_in(rest or ""))))


def _asks_undo(text: str) -> bool:
    """Tell whether one clause asks for an undo and the others say why: "I misread the letter. Undo that please"."""
    clauses = [clause for part in split_sentences(text) for clause in re.split(r",\s*", part) if clause.strip()]
    others = [clause for clause in clauses if not cues.asks_undo(clause)]
    return len(others) < len(clauses) and not any(map(_asks_for_more, others))


NOT_WANTED = re.compile(
    r"(?:n't|\bnot|\bnever|\bno longer|\bdont|\bdoesnt|\bdidnt) (?:\w+ )?\w+|"
    r"\b(?:i|we|he|she|they|there)(?:'ve|'s)?(?: still| already| just)* (?:have|has|had|got|is|are)\b"
)
"""What one does not want, or has already."""


def _asks_for_more(clause: str) -> bool:
    """Tell whether a clause asks for something; "he doesn't want one" and "I still have some" say why not."""
    rest = NOT_WANTED.sub(" ", cues.simplify(clause))
    return is_question(clause) or is_command(clause) or bool(WANTS.search(rest))


def _say_small(state: State, text: str, world: World) -> Step | None:
    """Deal with thanks, greetings, help and the time."""
    if cues.is_thanks(text):
        return _answer(state, "You're welcome." if "than" in text.lower() or "cheers" in text.lower() else "Hello.")
    if cues.is_remark(text) and not (state.last and "that" in text.lower() and state.open):
        return _answer(state, "Goodbye." if re.search(r"bye|see you|night|have a", text.lower()) else "All right.")
    if cues.is_clock_question(text):
        return _answer(
            state, f"It is {say_time(world.now)}, {say_day(world.now.date(), world.now.date()).partition(', ')[2]}."
        )
    if cues.is_help(text):
        return _answer(state, _help(world))
    return None


def _answer(state: State, reply: str) -> Step:
    return Step(state, Act(None, None, ANSWER, reply=reply))


def _help(world: World) -> str:
    lines = [f"{item.skill.name}: {item.skill.summary}" for item in world.skills]
    return "I can help with " + "; ".join(lines) + ". Changes of calendars, orders and enrolments need your yes."


def _takes_away(state: State, text: str) -> bool:
    """Tell whether "cancel it" is said of what was shown last, not of an offer."""
    shown = state.last is not None and bool(state.last.items)
    return shown and bool(re.search(r"\b(?:cancel|stop|forget|leave) (?:it|that)\b", text.lower()))


def affirm(state: State, text: str) -> Step:
    """Make the offered change; where nothing was offered, "great" is no more than a word."""
    frame = state.open
    if frame is None:
        if CONTENT.search(text.lower()):
            return Step(state, Act(None, None, CANNOT, reply="There is nothing to say yes to."))
        return Step(state, Act(None, None, ANSWER, reply="All right."))
    if frame.act != CONFIRM:
        return Step(state, Act(frame.skill, frame.intent, frame.act, frame.items, _asks(frame), frame.reply))
    done = replace(frame, act=DONE, changes=(), reply=frame.done, memory={**frame.memory, "done": True})
    entry = Entry(frame.skill, frame.intent, frame.changes, frame.items, tuple(frame.memory.get("before", ())))
    act = Act(frame.skill, frame.intent, DONE, frame.items, frame.slots, frame.done)
    return Step(state.close(frame).push(done).record(entry), act, frame.changes)


def _asks(frame: Frame) -> Mapping[str, Any]:
    return {**frame.slots, "asks": frame.asks} if frame.asks else frame.slots


def deny(state: State) -> Step:
    """Drop what was offered or asked; what was shown with it stays what is talked of."""
    frame = state.open
    if frame is None:
        return Step(state, Act(None, None, CANNOT, reply=NOTHING_OPEN))
    act = Act(frame.skill, frame.intent, CANCELLED, frame.items, {}, "All right, nothing was changed.")
    return Step(state.close(frame).push(replace(frame, act=CANCELLED, changes=(), asks="")), act)


def undo(state: State) -> Step:
    """Take back what was done last."""
    if not state.journal:
        return Step(state, Act(None, None, CANNOT, reply="There is nothing to undo."))
    entry = state.journal[-1]
    changes = tuple(change.inverse for change in reversed(entry.changes))
    shown = entry.before or entry.items
    names = ", ".join(filter(None, (cues.item_name(item) for item in (entry.items or entry.before))))
    reply = f"Undone{': ' + names if names else ''}."
    after = replace(state, journal=state.journal[:-1])
    if after.open:
        after = after.close(after.open)
    frame = Frame(entry.skill, entry.intent, UNDONE, shown, reply=reply)
    return Step(
        after.push(frame) if not _is_list(state.last) else after,
        Act(entry.skill, entry.intent, UNDONE, shown, {}, reply),
        changes,
    )


def _is_list(frame: Frame | None) -> bool:
    """Tell whether the last answer was to a question, which later words may go on from."""
    return frame is not None and frame.act == ANSWER

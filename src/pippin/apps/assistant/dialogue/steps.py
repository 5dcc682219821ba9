"""One request that was dealt with: a skill answers, and its answer becomes a frame, an act and perhaps changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pippin.apps.assistant.dialogue.interpretation import Interpretation
from pippin.apps.assistant.dialogue.requests import Request
from pippin.apps.assistant.dialogue.shown import shown_for
from pippin.apps.assistant.dialogue.values import CANNOT, CLARIFY, CONFIRM, DONE, Act, Change, Entry, Frame, Item, State
from pippin.apps.assistant.dialogue.world import World, needs_agreement


@dataclass(frozen=True)
class Step:
    """One request that was dealt with."""

    state: State
    act: Act
    changes: tuple[Change, ...] = ()
    trace: Mapping[str, Any] | None = None


def run(
    state: State, request: Request, world: World, *, replaces: Frame | None = None, meant: Interpretation | None = None
) -> Step | None:
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
    if replaces and replaces.act == CLARIFY:
        frame = replace(frame, memory={**frame.memory, "among": replaces.items})
    after = _close_stale(state, changes)
    if replaces and response.act != CANNOT:
        after = after.close(replaces)
    if response.act != CANNOT or response.items:
        after = after.push(frame)
    after = after.record(Entry(frame.skill, frame.intent, changes, response.items, response.before))
    return Step(after, response.to_act(request), changes, describe(request.text, meant, request))


def _close_stale(state: State, changes: Sequence[Change]) -> State:
    """Close the offer whose changes would no longer be of what is there: an order, when the basket changes."""
    changed = {change.what for change in changes}
    frame = state.open
    stale = frame is not None and frame.act == CONFIRM and changed & {change.what for change in frame.changes}
    return state.close(frame) if frame is not None and stale else state


def request_of(frame: Frame, state: State, text: str, mode: str, choice: Item | None = None) -> Request:
    """Return a request that goes on from a frame."""
    items = shown_for(text, state) if frame is state.last else frame.items or shown_for(text, state)
    return Request(frame.skill, frame.intent, text, mode, frame.memory, frame.asks, choice, items, frame.skill)


def describe(text: str, meant: Interpretation | None, request: Request | None) -> Mapping[str, Any]:
    """Return the trace of a request."""
    return {
        "heard": text,
        "intents": [[label, round(score, 3)] for label, score in (meant.scores[:5] if meant else ())],
        "decided": f"{request.skill}.{request.intent} ({request.mode})" if request else "no intent fits",
        "slots": dict(request.hints) if request else {},
    }

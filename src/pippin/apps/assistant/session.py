"""A talk with the assistant: keeps its state, lets turns read the sources, and makes the changes that were agreed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from pippin.apps.assistant.dialogue.turn import Turn, turn
from pippin.apps.assistant.dialogue.values import CANNOT, Act, State
from pippin.apps.assistant.dialogue.world import ActiveSkill, Interprets, World
from pippin.apps.assistant.skills.active import load_active
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.sources.views import IndexedSources
from pippin.apps.assistant.sources.writing import apply_changes
from pippin.core.errors import PippinError

RECORDS = ("basket", "orders", "enrolled", "reminders", "timers", "shopping")
GOES_ON = timedelta(minutes=10)
"""A talk goes on when the last turn was not longer ago."""
MAX_KEPT = 2000


def known_words() -> Collection[str]:
    """Return the English words that the sentence encoder knows."""
    from pippin.learn.text.token_encoder import token_encoder

    return token_encoder().pieces.vocabulary


class Session:
    """One user's talk on the sources in a folder.

    Args:
        make_interpreter: Makes the interpreter for the active skills; called again when they change.
        clock: Tells now, in the user's zone.
        own_skills: The folder of the user's skills.
        keep: Whether turns are kept in the workspace.
    """

    def __init__(
        self,
        index: SourceIndex,
        make_interpreter: Callable[[tuple[ActiveSkill, ...]], Interprets],
        zone: tzinfo,
        *,
        clock: Callable[[], datetime] | None = None,
        own_skills: Path | None = None,
        keep: bool = False,
        vocabulary: Callable[[], Collection[str]] | None = None,
    ) -> None:
        self.index, self.zone, self.keep = index, zone, keep
        self._make, self._own = make_interpreter, own_skills
        self._clock = clock or (lambda: datetime.now(zone))
        self._vocabulary = vocabulary or known_words
        self._interpreter: tuple[tuple[ActiveSkill, ...], Interprets] | None = None
        self.last_trace: tuple[Any, ...] = ()

    def world(self) -> World:
        """Return the world as it is now."""
        now = self._clock()
        self.index.refresh(now)
        skills = load_active(self._own)
        if self._interpreter is None or self._interpreter[0] != skills:
            self._interpreter = skills, self._make(skills)
        records = {name: self.index.database.read(name, []) for name in RECORDS}
        return World(
            now,
            self.zone,
            IndexedSources(self.index, self.zone),
            self._interpreter[1],
            skills,
            records,
            vocabulary=self._vocabulary(),
            home=self.index.setting("home"),
            work=self.index.setting("work"),
        )

    def say(self, text: str) -> Turn:
        """Say something, make the changes it agrees to, and return the turn."""
        world = self.world()
        state = self._load_state(world.now)
        result = turn(state, text, world)
        if result.changes:
            result = self._apply(state, result, world.now)
        self.last_trace = result.trace
        self._save_state(result.state, text, result, world.now)
        return result

    def _apply(self, state: State, result: Turn, now: datetime) -> Turn:
        """Make the changes of a turn; where that fails nothing is said to be done, and the talk stands where it did."""
        try:
            apply_changes(self.index, result.changes, now)
        except (PippinError, OSError) as problem:
            message = problem.message if isinstance(problem, PippinError) else f"Nothing was written: {problem}."
            last = result.acts[-1]
            act = Act(last.skill, last.intent, CANNOT, reply=message)
            open_frame = state.open
            left = state.close(open_frame) if open_frame else state
            return Turn(left, message, (*result.acts[:-1], act), (), result.trace)
        return result

    # State ------------------------------------------------------------------------------------------------

    def _load_state(self, now: datetime) -> State:
        """Return the talk; after ten minutes it begins again, and the journal stays for undo."""
        kept = self.index.database.read("talk")
        if not kept:
            return State()
        state = State.from_json(kept["state"])
        age = now - datetime.fromisoformat(kept["at"])
        return state if timedelta() <= age <= GOES_ON else replace(state, frames=())

    def _save_state(self, state: State, text: str, result: Turn, now: datetime) -> None:
        self.index.database.write("talk", {"at": now.isoformat(), "state": state.to_json()})
        if self.keep:
            kept = self.index.database.read("kept", [])
            line = {"at": now.isoformat(), "said": text, "reply": result.reply}
            self.index.database.write("kept", [*kept, line][-MAX_KEPT:])

    def forget_talk(self) -> None:
        """Forget what was said; the journal of changes goes with it."""
        self.index.database.write("talk", None)

    def pop_due(self) -> list[str]:
        """Return the texts of reminders and timers that ring now, and remove them."""
        now, rings = self._clock(), []
        for name, key in (("timers", "ends"), ("reminders", "at")):
            items = self.index.database.read(name, [])
            due = [item for item in items if datetime.fromisoformat(item[key]) <= now]
            if due:
                self.index.database.write(name, [item for item in items if item not in due])
                rings += [str(item.get("text") or "The timer") for item in due]
        return rings

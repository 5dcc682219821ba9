"""The world of a turn: now, the user's data, the skills, the interpreter; a turn reads it and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from pippin.apps.assistant.dialogue.values import AGREED, Change

if TYPE_CHECKING:
    from pippin.apps.assistant.dialogue.requests import Request, Response
    from pippin.apps.assistant.skills.skill_files import Skill
    from pippin.apps.assistant.sources.events import Event
    from pippin.apps.assistant.sources.timetable import Timetable

Records = Mapping[str, list[Any]]
"""Lists by name: basket, orders, enrolled, reminders, timers, shopping."""


class Understands(Protocol):
    """What an interpreter returns for a sentence."""

    @property
    def intent(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def known(self) -> bool: ...
    @property
    def slots(self) -> Mapping[str, str]: ...
    @property
    def alternatives(self) -> tuple[tuple[str, float], ...]: ...


class Interprets(Protocol):
    """What tells the intent of a sentence."""

    def interpret(self, text: str) -> Understands: ...


class Sources(Protocol):
    """A user's data, read when asked for."""

    def events(self, start: datetime, end: datetime) -> list[Event]:
        """Return the occurrences that touch [start, end), by their beginning."""

    def event_names(self) -> tuple[str, ...]:
        """Return the titles of all events, each once."""

    def events_named(self, summary: str) -> list[Event]:
        """Return the occurrences of that title."""

    def event_text(self, event: Event) -> str:
        """Return the text of an event or of its whole series."""

    def is_writable(self, source: int) -> bool:
        """Tell whether that calendar can be changed."""

    def flights(self) -> list[Mapping[str, Any]]:
        """Return the flights, by departure; the cancelled ones too."""

    def menu(self) -> list[Mapping[str, Any]]:
        """Return the dishes of all menus."""

    def courses(self) -> list[Mapping[str, Any]]:
        """Return the courses of all catalogues."""

    def products(self) -> list[Mapping[str, Any]]:
        """Return the products of all shops."""

    def timetable(self) -> Timetable | None:
        """Return the timetable, or None."""


@dataclass(frozen=True)
class ActiveSkill:
    """A skill with its function."""

    skill: Skill
    answer: Callable[[Request, World], Response | None]


@dataclass(frozen=True)
class World:
    """All that a turn may look at; `now` is a moment in `zone`."""

    now: datetime
    zone: tzinfo
    sources: Sources
    interpreter: Interprets
    skills: Sequence[ActiveSkill]
    records: Records = field(default_factory=dict)
    vocabulary: Collection[str] = frozenset()
    """English words: what is one is not misspelt."""
    home: str = ""
    work: str = ""

    def record(self, name: str) -> list[Any]:
        """Return a list of the records."""
        return list(self.records.get(name, ()))

    def after(self, changes: Sequence[Change]) -> World:
        """Return the world as it is after changes of its records; calendars are read again by the next turn."""
        records = dict(self.records)
        for change in changes:
            if change.what != "event":
                records[change.what] = list(change.after or ())
        return replace(self, records=records)

    def find_skill(self, name: str) -> ActiveSkill | None:
        """Return the skill of that name."""
        return next((item for item in self.skills if item.skill.name == name), None)


def needs_agreement(changes: Sequence[Change]) -> bool:
    """Tell whether changes may be made after a yes only."""
    return any(change.what in AGREED for change in changes)

"""What was done in a workspace as events: the log of activity, joined with what was taught and still stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress

from pippin.core import registry
from pippin.core.activity_log import Entry
from pippin.core.errors import PippinError
from pippin.core.feedback_rows import FeedbackRow
from pippin.core.loaded_models import may_have_rows
from pippin.core.workspace import Workspace
from pippin.lessons.conditions import OUTCOMES, Event, Row


def read_events(workspace: Workspace) -> list[Event]:
    """Return what was done, oldest first; what was taken back since has no rows any more."""
    entries = _standing(workspace.activity.entries())
    taught = _taught(workspace) if any("batch" in one.facts for one in entries) else {}
    private = {name for name in {one.application for one in entries} if is_private(name)}
    return [_event(entry, taught, entry.application in private) for entry in entries]


def _standing(entries: list[Entry]) -> list[Entry]:
    """Return the entries without those whose change was taken back later."""
    standing: list[Entry] = []
    for entry in entries:
        if (number := entry.facts.get("takes_back")) is not None:
            changed = [one for one in standing if _changed(one, entry.application) == number]
            standing = [one for one in standing if one not in changed[-1:]]
        standing.append(entry)
    return standing


def _changed(entry: Entry, application: str) -> object:
    return entry.facts.get("change") if entry.application == application else None


def is_private(application: str) -> bool:
    """Return whether an application's answers are never looked at; so are those of one that is no longer there."""
    with suppress(PippinError, ImportError):
        return bool(registry.get(application).data.sensitive)
    return True


def _taught(workspace: Workspace) -> Mapping[int, list[FeedbackRow]]:
    """Return all rows of each batch in order; those taken back are there, without their contents."""
    batches: defaultdict[int, list[FeedbackRow]] = defaultdict(list)
    for row in workspace.feedback.all_rows() if may_have_rows(workspace) else ():
        batches[row.batch].append(row)
    return batches


def _event(entry: Entry, taught: Mapping[int, list[FeedbackRow]], private: bool) -> Event:
    batch, outcomes = entry.facts.get("batch"), str(entry.facts.get("outcomes", ""))
    if (label := entry.facts.get("label")) is not None:  # taught in a browser of a class, which holds the examples
        rows = tuple(Row(label or None, OUTCOMES.get(letter, "")) for letter in outcomes)
        return Event(entry.verb, entry.application, entry.facts, rows)
    stored = taught.get(batch, []) if isinstance(batch, int) else []
    return Event(entry.verb, entry.application, entry.facts, tuple(_rows(stored, outcomes, private)))


def _rows(rows: Iterable[FeedbackRow], outcomes: str, private: bool) -> Iterable[Row]:
    for row, letter in zip(rows, outcomes, strict=False):
        if row.undone is None:
            label = row.answer if isinstance(row.answer, str) and not private else None
            yield Row(label, OUTCOMES.get(letter, ""))

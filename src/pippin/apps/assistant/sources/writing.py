"""Makes changes: events in their files, lists in the database; each is read back before it counts as done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pippin.apps.assistant.dialogue.values import Change
from pippin.apps.assistant.sources.ics_reading import decode
from pippin.apps.assistant.sources.ics_text import event_text, replace_event, unfold
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.sources.remote import write_remote
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes

CHANGED = "It was changed by someone else in the meantime; nothing was written. Ask again to see it as it is."


def apply_changes(index: SourceIndex, changes: Sequence[Change], now: datetime) -> None:
    """Make changes and read them back; PippinError where what they start from is no longer so, or a write failed.

    Lists change together or not at all; of several calendars those before the failing one are put back.
    """
    lists = [change for change in changes if change.what != "event"]
    events = [change for change in changes if change.what == "event"]
    for change in _first_of_each(lists):
        if index.database.read(change.what, []) != list(change.before or []):
            raise PippinError(CHANGED)
    written: list[Change] = []
    try:
        for change in events:
            _write_event(index, change, now)
            written.append(change)
        with index.database.transaction():
            for change in lists:
                index.database.write(change.what, list(change.after or []))
    except BaseException:
        for change in reversed(written):
            _write_event(index, change.inverse, now)
        raise
    _read_back(index, lists)


def _first_of_each(changes: Sequence[Change]) -> list[Change]:
    return list({change.what: change for change in reversed(changes)}.values())


def _read_back(index: SourceIndex, changes: Sequence[Change]) -> None:
    for change in {change.what: change for change in changes}.values():
        if index.database.read(change.what, []) != list(change.after or []):
            raise PippinError(f"Your {change.what} could not be read back; nothing is sure about it.")


def _write_event(index: SourceIndex, change: Change, now: datetime) -> None:
    number = index.file_of(change.key) or _still(index, change.source)
    server = index.remote_source(number) if number else index.server_for_new()
    if server is not None:
        _write_to_server(index, server, number, change, now)
        return
    number = number or index.default_calendar(now)
    path = index.calendar_path(number)
    content = path.read_bytes()
    text = decode(content)
    if not _is_same(event_text(text, change.key), change.before):
        raise PippinError(CHANGED)
    write_bytes(path, replace_event(text, change.key, change.after).encode())
    if not _is_same(event_text(decode(path.read_bytes()), change.key), change.after):
        write_bytes(path, content)
        raise PippinError(f"The event could not be read back from {path}; the file is as it was.", input=path)
    index.read_file_again(number, now)


def _still(index: SourceIndex, number: int) -> int:
    """Return a calendar's number, or 0 where that file is gone, as one of a server is with its event."""
    return number if number and index.database.rows("select 1 from file where id=?", number) else 0


def _write_to_server(index: SourceIndex, server: int, number: int, change: Change, now: datetime) -> None:
    path = index.calendar_path(number) if number else None
    text = event_text(decode(path.read_bytes()), change.key) if path else None
    if not _is_same(text, change.before):
        raise PippinError(CHANGED)
    write_remote(index, server, path, change)
    index.read_copies(server, now)


def _is_same(one: str | None, two: str | None) -> bool:
    """Tell whether two texts of an event say the same, but for the order and the folding of their lines."""

    def lines(text: str | None) -> list[str]:
        return sorted(line.strip() for line in unfold(text or "").splitlines() if line.strip())

    return lines(one) == lines(two)

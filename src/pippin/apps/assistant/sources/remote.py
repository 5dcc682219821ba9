"""Calendars of a CalDAV server in the index: copies of their events as files, and which resource each is of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pippin.apps.assistant.dialogue.values import Change
from pippin.apps.assistant.sources.caldav import CalDav, RemoteEvent, file_name
from pippin.apps.assistant.sources.ics_text import EMPTY, event_text, replace_event
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes

if TYPE_CHECKING:
    from pippin.apps.assistant.sources.index import SourceIndex


def remote_folder(index: SourceIndex, source: int) -> Path:
    """Return where copies of a server's events lie."""
    return index.folder / "fetched" / f"caldav-{source}"


def copy_calendars(index: SourceIndex, source: int, address: str) -> bool:
    """Copy the events of a server into the workspace; False where the address is no CalDAV server."""
    server = CalDav(address)
    calendars = server.find_calendars()
    if not calendars:
        return False
    folder = remote_folder(index, source)
    resources: dict[str, list[str]] = {}
    for calendar in calendars:
        for event in server.fetch(calendar):
            path = folder / file_name(event.href)
            resources[str(path)] = [event.href, event.etag]
            if not path.exists() or path.read_text(encoding="utf-8") != event.text:
                write_bytes(path, event.text.encode())
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ics"):
        if str(old) not in resources:
            old.unlink()
    index.database.write(f"caldav {source}", {"calendars": calendars, "resources": resources})
    return True


def write_remote(index: SourceIndex, source: int, path: Path | None, change: Change) -> None:
    """Write one event to its server, where it is still as it was, and read it back.

    `path` is its copy, None of an event that is new there.
    """
    ((address,),) = index.database.rows("select address from source where id=?", source)
    server, known = CalDav(address), index.database.read(f"caldav {source}")
    href, etag = known["resources"].get(str(path), ["", ""]) if path else ["", ""]
    if not href:
        href = f"{known['calendars'][0].rstrip('/')}/{change.key}.ics"
        path = remote_folder(index, source) / file_name(href)
    assert path is not None
    text = path.read_text(encoding="utf-8") if etag and path.exists() else EMPTY
    new = replace_event(text, change.key, change.after)
    if change.after is None and event_text(new, change.key) is None and "BEGIN:VEVENT" not in new:
        server.delete(href, etag)
        _forget(index, source, path)
        return
    server.put(href, new, etag)
    written = server.get(href)
    if written is None or not _holds(written, change):
        raise PippinError("The event could not be read back from the server; nothing is sure about it.")
    known["resources"][str(path)] = [href, written.etag]
    index.database.write(f"caldav {source}", known)
    write_bytes(path, written.text.encode())


def _holds(written: RemoteEvent, change: Change) -> bool:
    """Tell whether a server keeps an event with the times that were sent; it may write the rest in its own way."""
    own, sent = event_text(written.text, change.key), change.after
    times = ("DTSTART", "DTEND", "RRULE", "RECURRENCE-ID", "SUMMARY")

    def lines(text: str | None) -> list[str]:
        return sorted(line.strip() for line in (text or "").splitlines() if line.upper().startswith(times))

    return own is not None and lines(own) == lines(sent)


def _forget(index: SourceIndex, source: int, path: Path) -> None:
    known = index.database.read(f"caldav {source}")
    known["resources"].pop(str(path), None)
    index.database.write(f"caldav {source}", known)
    path.unlink(missing_ok=True)


def forget_remote(index: SourceIndex, source: int) -> None:
    """Remove the copies of a server's events."""
    shutil.rmtree(remote_folder(index, source), ignore_errors=True)
    index.database.write(f"caldav {source}", None)

"""The index of sources: connects files, folders and addresses, reads again what changed, and forgets."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pippin.apps.assistant.sources import kinds
from pippin.apps.assistant.sources.addresses import fetch, has_password, is_address
from pippin.apps.assistant.sources.database import Database
from pippin.apps.assistant.sources.household import HOME, WORK, write_household
from pippin.apps.assistant.sources.ics_text import EMPTY
from pippin.apps.assistant.sources.indexing import AFTER, Found, read_source_file, record_rows
from pippin.apps.assistant.sources.remote import copy_calendars, forget_remote, remote_folder
from pippin.core.errors import PippinError, reason
from pippin.core.files import write_bytes

HOUSEHOLD = "household"
MAX_FILES = 20_000
MAX_AGE = timedelta(minutes=15)
"""An address is read again when what was fetched is older."""


@dataclass(frozen=True)
class SourceInfo:
    """A connected source, for people."""

    id: int
    address: str
    kinds: tuple[str, ...]
    counts: dict[str, int]
    read: float
    notes: tuple[str, ...]


class SourceIndex:
    """What is connected in a folder of the workspace, and what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder / "assistant.sqlite")

    # Connecting -------------------------------------------------------------------------------------------

    def connect(self, address: str, now: datetime) -> SourceInfo:
        """Add a file, a folder or an address; PippinError where it holds nothing that can be used."""
        if has_password(address):
            raise PippinError(
                "Leave the password out of the address; it is asked for, or read from the system's keyring."
            )
        if not is_address(address):
            path = Path(address).expanduser()
            if not path.exists():
                raise PippinError(
                    f"There is no {address}; give a file, a folder, or an address that begins with https://.",
                    input=address,
                )
            address = str(path.resolve())
        known = self.database.rows("select id from source where address=?", address)
        number = known[0][0] if known else self._add_source(address)
        try:
            self._read_source(number, address, now, again=True)
            info = self.info(number)
            if not info.kinds:
                raise PippinError(_nothing_in(address, info.notes), input=address)
        except PippinError:
            if not known:
                self._remove(number)
            raise
        return info

    def _add_source(self, address: str) -> int:
        return self.database.run("insert into source(address, kind, read, notes) values(?, '', 0, '[]')", address)

    def sources(self) -> list[SourceInfo]:
        """Return what is connected."""
        return [self.info(row[0]) for row in self.database.rows("select id from source order by id")]

    def info(self, number: int) -> SourceInfo:
        """Return what is known of a source."""
        ((address, read, notes),) = self.database.rows("select address, read, notes from source where id=?", number)
        files = self.database.rows("select id, kind, notes from file where source=?", number)
        counts: dict[str, int] = {}
        for name, count in self.database.rows(
            "select kind, count(*) from record where file in (select id from file where source=?) group by kind", number
        ):
            counts[name] = count
        ((events,),) = self.database.rows(
            "select count(distinct uid) from event where file in (select id from file where source=?)", number
        )
        if events:
            counts["event"] = events
        texts = [*json.loads(notes), *(note for row in files for note in json.loads(row[2]))]
        return SourceInfo(
            number, address, tuple(sorted({row[1] for row in files if row[1]})), counts, read, tuple(texts)
        )

    @property
    def is_household(self) -> bool:
        """Whether nothing of the user's is connected, so that the bundled household answers."""
        return not self.database.rows("select 1 from source where address<>?", HOUSEHOLD)

    # Reading again ----------------------------------------------------------------------------------------

    def refresh(self, now: datetime) -> None:
        """Read again what changed since it was read; the household comes and goes with the first source."""
        own = self.database.rows("select id from source where address=?", HOUSEHOLD)
        if not self.is_household and own:
            self._remove(own[0][0])
        elif self.is_household and (not own or self._household_is_old(now)):
            self._write_household(own[0][0] if own else self._add_source(HOUSEHOLD), now)
        for number, address in self.database.rows("select id, address from source where address<>?", HOUSEHOLD):
            try:
                self._read_source(number, address, now)
            except PippinError as problem:
                self._note(number, problem.message)

    def _household_is_old(self, now: datetime) -> bool:
        monday = (now.date() - timedelta(days=now.weekday())).isoformat()
        return bool(self.database.read("household") != [monday, str(now.tzinfo)])

    def _write_household(self, number: int, now: datetime) -> None:
        write_household(self.folder / HOUSEHOLD, now)
        self._read_folder(number, self.folder / HOUSEHOLD, now, again=True)
        monday = (now.date() - timedelta(days=now.weekday())).isoformat()
        self.database.write("household", [monday, str(now.tzinfo)])

    def _read_source(self, number: int, address: str, now: datetime, again: bool = False) -> None:
        if is_address(address):
            if not self._read_address(number, address, now, again):
                return
        else:
            path = Path(address)
            if not path.exists():
                self._note(number, f"{address} is gone; its last known content still answers.")
                return
            self._read_folder(number, path, now, again)
        self.database.run("update source set read=?, notes='[]' where id=?", now.timestamp(), number)

    def _read_address(self, number: int, address: str, now: datetime, again: bool) -> bool:
        """Read an address where what was read of it is old; True where it was asked."""
        ((read,),) = self.database.rows("select read from source where id=?", number)
        target = self.folder / "fetched" / f"{number}.ics"
        is_old = again or not 0 <= now.timestamp() - read <= MAX_AGE.total_seconds()
        is_server = self.database.read(f"caldav {number}") is not None
        may_be_server = is_server or (again and not target.exists())
        if may_be_server and (not is_old or copy_calendars(self, number, address)):
            self._read_folder(number, remote_folder(self, number), now, again)
            return is_old
        asked = is_old or not target.exists()
        if asked:
            write_bytes(target, fetch(address))
        self._read_folder(number, target, now, again)
        return asked

    def _read_folder(self, number: int, path: Path, now: datetime, again: bool) -> None:
        """Read the files of a source that are new or changed, and drop those that are gone."""
        known = {
            row[1]: row
            for row in self.database.rows("select id, path, stamp, low, high from file where source=?", number)
        }
        found = {str(item): item for item in _files(path)}
        for name in known.keys() - found.keys():
            self._drop_file(known[name][0])
        for name, item in found.items():
            stamp = _stamp(item)
            row = known.get(name)
            if row and row[2] == stamp and not again and _covers(row[3], row[4], now):
                continue
            self._read_file(number, item, row[0] if row else None, stamp, now)

    def _read_file(self, source: int, path: Path, number: int | None, stamp: str, now: datetime) -> None:
        kind = kinds.find_kind(path)
        if not kind:
            if number is not None:
                self._drop_file(number)
            return
        if number is None:
            number = self.database.run(
                "insert into file(source, path, stamp, kind, notes) values(?, ?, ?, ?, '[]')",
                source,
                str(path),
                "",
                kind,
            )
        try:
            found = read_source_file(path, kind, number, now, self.folder / "timetables")
        except OSError as problem:
            found = Found(notes=[f"{path.name} cannot be read: {reason(problem)}."])
        except PippinError as problem:
            found = Found(notes=[problem.message])
        except Exception as problem:  # one odd file ends no reading of others
            found = Found(notes=[f"{path.name} cannot be read ({type(problem).__name__})."])
        if found.is_empty and not found.notes:
            self._drop_file(number)
            return
        self._store(number, found, kind, stamp, path)

    def _store(self, number: int, found: Found, kind: str, stamp: str, path: Path) -> None:
        is_copy = (self.folder / "fetched") in path.parents
        writable = (
            kind == kinds.CALENDAR
            and os.access(path, os.W_OK)
            and (not is_copy or path.parent.name.startswith("caldav"))
        )
        with self.database.transaction():
            self._clear_file(number)
            self.database.run_many("insert into event values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", found.event_rows(number))
            self.database.run_many("insert into record values(?, ?, ?)", record_rows(found, number))
            low, high = (moment.timestamp() if moment else None for moment in (found.low, found.high))
            self.database.run(
                "update file set stamp=?, kind=?, low=?, high=?, notes=?, writable=? where id=?",
                stamp, kind if not found.is_empty else "", low, high, json.dumps(found.notes[:50]), writable, number,
            )  # fmt: skip

    def read_file_again(self, number: int, now: datetime) -> None:
        """Read a file again after it was written."""
        ((source, path),) = self.database.rows("select source, path from file where id=?", number)
        self._read_file(source, Path(path), number, _stamp(Path(path)), now)

    def read_copies(self, source: int, now: datetime) -> None:
        """Read the copies of a server's events again after one was written."""
        self._read_folder(source, remote_folder(self, source), now, again=False)

    # Calendars --------------------------------------------------------------------------------------------

    def calendar_path(self, number: int) -> Path:
        """Return the file of a calendar; PippinError where it cannot be written."""
        found = self.database.rows("select path, writable from file where id=?", number)
        if not found or not found[0][1]:
            raise PippinError("That calendar can only be read; change it where it comes from.")
        return Path(found[0][0])

    def remote_source(self, number: int) -> int | None:
        """Return the source of a file that is a copy of a server's event, or None."""
        found = self.database.rows("select source, path from file where id=?", number)
        if found and self.database.read(f"caldav {found[0][0]}") is not None:
            return int(found[0][0])
        return None

    def server_for_new(self) -> int | None:
        """Return the server that new events go to: the first source that can be written, where it is one."""
        for (number,) in self.database.rows("select id from source order by id"):
            if self.database.read(f"caldav {number}") is not None:
                return int(number)
            if self.database.rows("select 1 from file where source=? and writable=1", number):
                return None
        return None

    def file_of(self, uid: str) -> int | None:
        """Return the calendar that holds an event."""
        found = self.database.rows("select file from event where uid=? limit 1", uid)
        return int(found[0][0]) if found else None

    def default_calendar(self, now: datetime) -> int:
        """Return the calendar that new events go to: the first that can be written, else one in the workspace."""
        found = self.database.rows("select id from file where writable=1 order by source, id limit 1")
        if found:
            return int(found[0][0])
        path = self.folder / "calendar.ics"
        if not path.exists():
            write_bytes(path, EMPTY.encode())
        self.connect(str(path), now)
        return int(self.database.rows("select id from file where path=?", str(path.resolve()))[0][0])

    # Forgetting -------------------------------------------------------------------------------------------

    def forget(self, address: str) -> str:
        """Remove a source and all that was read of it, and return its address; the user's own files stay."""
        found = self._find(address)
        self._remove(found[0])
        self.database.write("talk", None)
        self.database.write("kept", None)
        self.database.compact()
        return str(found[1])

    def _find(self, address: str) -> tuple[int, str]:
        rows = self.database.rows("select id, address from source where address<>?", HOUSEHOLD)
        full = str(Path(address).expanduser().resolve()) if not is_address(address) else address
        for number, known in rows:
            if address in (known, str(number)) or full == known or Path(known).name == address:
                return number, known
        listed = ", ".join(row[1] for row in rows) or "nothing"
        raise PippinError(f"{address} is not connected; connected: {listed}.", input=address)

    def _remove(self, number: int) -> None:
        for (file,) in self.database.rows("select id from file where source=?", number):
            self._drop_file(file)
        self.database.run("delete from source where id=?", number)
        (self.folder / "fetched" / f"{number}.ics").unlink(missing_ok=True)
        forget_remote(self, number)

    def _drop_file(self, number: int) -> None:
        with self.database.transaction():
            self._clear_file(number)
            self.database.run("delete from file where id=?", number)
        (self.folder / "timetables" / f"timetable-{number}.npz").unlink(missing_ok=True)

    def _clear_file(self, number: int) -> None:
        self.database.run("delete from event where file=?", number)
        self.database.run("delete from record where file=?", number)

    def _note(self, number: int, note: str) -> None:
        self.database.run("update source set notes=? where id=?", json.dumps([note]), number)

    # Settings ---------------------------------------------------------------------------------------------

    def setting(self, name: str) -> str:
        """Return a setting: "home", "work" or "zone"; of the household its own."""
        if self.is_household and name in ("home", "work"):
            return {"home": HOME, "work": WORK}[name]
        value: Any = self.database.read(f"setting {name}", "")
        return str(value)

    def set(self, name: str, value: str) -> None:
        """Keep a setting."""
        self.database.write(f"setting {name}", value)


def _nothing_in(address: str, notes: tuple[str, ...]) -> str:
    if notes:
        return notes[0]
    return (
        f"Nothing in {address} can be used; the assistant reads .ics calendars, mails with bookings (.eml, "
        f"mbox, html), "
        "GTFS timetables (zip), menus and products (schema.org JSON), and catalogues of courses (CSV)."
    )


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or the visible files below a folder."""
    if path.is_file():
        yield path
        return
    for count, item in enumerate(sorted(path.rglob("*"))):
        if count >= MAX_FILES:
            return
        if item.is_file() and not any(part.startswith(".") for part in item.relative_to(path).parts):
            yield item


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def _covers(low: float | None, high: float | None, now: datetime) -> bool:
    """Tell whether the expanded span of a file's series is still around now."""
    if low is None or high is None:
        return True
    return low < now.timestamp() - 30 * 86400 and high > now.timestamp() + AFTER.total_seconds() / 2

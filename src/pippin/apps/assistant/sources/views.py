"""What turns see of the index: events, flights, dishes, courses, products, the timetable; read when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any

from pippin.apps.assistant.sources.events import Event
from pippin.apps.assistant.sources.flights import newest_flights
from pippin.apps.assistant.sources.ics_reading import read_calendar_file
from pippin.apps.assistant.sources.ics_text import event_text
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.sources.timetable import Timetable

COLUMNS = "uid, file, summary, start, end, all_day, location, occurrence"
_timetables: dict[tuple[str, int], Timetable] = {}


class IndexedSources:
    """The sources of an index in a zone, for one turn."""

    def __init__(self, index: SourceIndex, zone: tzinfo) -> None:
        self.index, self.zone = index, zone

    def events(self, start: datetime, end: datetime) -> list[Event]:
        """Return the occurrences that touch [start, end), by their beginning."""
        rows = self.index.database.rows(
            f"select {COLUMNS} from event where start<? and (end>? or start=end and start>=?) "
            "order by start, all_day desc, end, summary",
            end.timestamp(), start.timestamp(), start.timestamp(),
        )  # fmt: skip
        return self._unique(rows)

    def _unique(self, rows: list[tuple[Any, ...]]) -> list[Event]:
        """Return events once, though two connected files hold them."""
        events: dict[tuple[Any, ...], Event] = {}
        for row in rows:
            events.setdefault((row[0], row[3], row[2]), self._event(row))
        return list(events.values())

    def _event(self, row: tuple[Any, ...]) -> Event:
        uid, file, summary, start, end, all_day, location, occurrence = row
        begins, ends = (datetime.fromtimestamp(value, self.zone) for value in (start, end))
        return Event(uid, file, summary, begins, ends, bool(all_day), location, occurrence)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(row[0] for row in self.index.database.rows("select distinct summary from event order by summary"))

    def event_names(self) -> tuple[str, ...]:
        """Return the titles of all events, each once."""
        return self._names

    def events_named(self, summary: str) -> list[Event]:
        """Return the occurrences of that title."""
        return self._unique(
            self.index.database.rows(f"select {COLUMNS} from event where summary=? order by start", summary)
        )

    def event_text(self, event: Event) -> str:
        """Return the text of an event or of its whole series."""
        found = self.index.database.rows("select path from file where id=?", event.source)
        return (event_text(read_calendar_file(Path(found[0][0])), event.uid) if found else None) or ""

    def is_writable(self, source: int) -> bool:
        """Tell whether that calendar can be changed."""
        return bool(self.index.database.rows("select 1 from file where id=? and writable=1", source))

    def _records(self, kind: str) -> list[Any]:
        return [json.loads(row[0]) for row in self.index.database.rows("select json from record where kind=?", kind)]

    @cached_property
    def _flights(self) -> list[Mapping[str, Any]]:
        return list(newest_flights(self._records("flights")))

    def flights(self) -> list[Mapping[str, Any]]:
        """Return the flights, by departure; the cancelled ones too."""
        return self._flights

    @cached_property
    def _menu(self) -> list[Mapping[str, Any]]:
        return self._records("dish")

    def menu(self) -> list[Mapping[str, Any]]:
        """Return the dishes of all menus."""
        return self._menu

    @cached_property
    def _courses(self) -> list[Mapping[str, Any]]:
        return self._records("course")

    def courses(self) -> list[Mapping[str, Any]]:
        """Return the courses of all catalogues."""
        return self._courses

    @cached_property
    def _products(self) -> list[Mapping[str, Any]]:
        return self._records("product")

    def products(self) -> list[Mapping[str, Any]]:
        """Return the products of all shops."""
        return self._products

    def timetable(self) -> Timetable | None:
        """Return the timetable that was connected last, or None."""
        found = self._records("timetable")
        if not found:
            return None
        path = Path(found[-1]["path"])
        key = str(path), path.stat().st_mtime_ns
        if key not in _timetables:
            _timetables.clear()
            _timetables[key] = Timetable.load(path)
        return _timetables[key]

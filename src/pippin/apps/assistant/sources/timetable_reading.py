"""Reads a GTFS zip into a timetable; sizes are checked before anything is unpacked."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from pippin.apps.assistant.sources.timetable import Service, Timetable, Trip
from pippin.core.errors import PippinError

NEEDED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
USED = (
    *NEEDED,
    "calendar.txt",
    "calendar_dates.txt",
    "agency.txt",
    "transfers.txt",
    "feed_info.txt",
    "frequencies.txt",
)
MAX_BYTES, MAX_RATIO, SPARE = 1_500_000_000, 100, 2**20
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEFAULT_CHANGE = 120


def is_timetable(path: Path) -> bool:
    """Tell whether a file is a zip with the tables of GTFS."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(NEEDED) <= set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def read_timetable(path: Path) -> Timetable:
    """Return the timetable in a GTFS zip; PippinError where it is damaged, lacks a table or unpacks to too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(path, archive)
            return _Reader(archive).read()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as problem:
        raise PippinError(
            f"{path} is a damaged or locked zip file; fetch the timetable again.", input=path
        ) from problem
    except KeyError as problem:
        raise PippinError(f"{path} lacks {problem} of GTFS; fetch the timetable again.", input=path) from problem
    except (ValueError, csv.Error) as problem:
        raise PippinError(f"{path} cannot be read as GTFS: {str(problem)[:100]}.", input=path) from problem


def _check_sizes(path: Path, archive: zipfile.ZipFile) -> None:
    members = [member for member in archive.infolist() if member.filename in USED]
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if size > MAX_BYTES or size > MAX_RATIO * packed + SPARE:
        raise PippinError(f"{path} would unpack to {size:,} bytes from {packed:,}; that is no timetable.", input=path)


def read_seconds(text: str) -> int:
    """Return "25:10:00" as seconds after midnight; -1 where no time stands."""
    parts = text.strip().split(":")
    if len(parts) != 3:
        return -1
    return int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])


class _Reader:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = set(archive.namelist())

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        """Yield the rows of a table; of one that may be absent none."""
        if name not in self.names:
            if name in NEEDED:
                raise KeyError(name)
            return
        with self.archive.open(name) as file:
            yield from csv.DictReader(io.TextIOWrapper(file, "utf-8-sig", newline=""), skipinitialspace=True)

    def read(self) -> Timetable:
        """Return the timetable."""
        stations, names = self._stations()
        routes = {
            row["route_id"]: row.get("route_short_name") or row.get("route_long_name", "")
            for row in self.rows("routes.txt")
        }
        services = self._services()
        trips: dict[str, Trip] = {}
        for row in self.rows("trips.txt"):
            trips[row["trip_id"]] = Trip(
                routes.get(row["route_id"], ""), row.get("trip_headsign") or "", services.get(row["service_id"], -1)
            )
        stops = self._stop_times(stations, trips)
        agency = next(self.rows("agency.txt"), {})
        return Timetable.build(
            names, list(trips.values()), stops, self._service_list, agency.get("agency_timezone", ""),
            self._changes(stations),
        )  # fmt: skip

    def _stations(self) -> tuple[dict[str, int], list[str]]:
        """Return each stop's station (its parent, or stops of one name close by) and the stations' names."""
        rows = list(self.rows("stops.txt"))
        by_id = {row["stop_id"]: row for row in rows}
        names: list[str] = []
        places: list[tuple[str, float, float, int]] = []
        numbers: dict[str, int] = {}
        for row in rows:
            top = by_id.get(row.get("parent_station") or "", row)
            if top["stop_id"] not in numbers:
                numbers[top["stop_id"]] = self._number(top, names, places)
            numbers[row["stop_id"]] = numbers[top["stop_id"]]
        return numbers, names

    @staticmethod
    def _number(row: dict[str, str], names: list[str], places: list[tuple[str, float, float, int]]) -> int:
        name = row.get("stop_name") or row["stop_id"]
        lat, lon = float(row.get("stop_lat") or 0), float(row.get("stop_lon") or 0)
        if row.get("location_type") != "1":
            for other, y, x, number in places:
                if other == name and abs(y - lat) < 0.004 and abs(x - lon) < 0.006:
                    return number
        names.append(name)
        places.append((name, lat, lon, len(names) - 1))
        return len(names) - 1

    def _services(self) -> dict[str, int]:
        self._service_list: list[Service] = []
        numbers: dict[str, int] = {}

        def number(key: str) -> int:
            if key not in numbers:
                numbers[key] = len(self._service_list)
                self._service_list.append(Service())
            return numbers[key]

        for row in self.rows("calendar.txt"):
            service = self._service_list[number(row["service_id"])]
            service.weekdays = [row[day].strip() == "1" for day in DAYS]
            service.first, service.last = _read_day(row["start_date"]), _read_day(row["end_date"])
        for row in self.rows("calendar_dates.txt"):
            service = self._service_list[number(row["service_id"])]
            (service.added if row["exception_type"].strip() == "1" else service.removed).add(_read_day(row["date"]))
        return numbers

    def _stop_times(self, stations: dict[str, int], trips: dict[str, Trip]) -> list[tuple[int, int, int, int, int]]:
        """Return (trip, sequence, station, arrival, departure) of all calls that have a time."""
        order = {key: index for index, key in enumerate(trips)}
        calls = []
        for row in self.rows("stop_times.txt"):
            trip, station = order.get(row["trip_id"]), stations.get(row["stop_id"])
            arrival = read_seconds(row.get("arrival_time") or "")
            departure = read_seconds(row.get("departure_time") or "")
            if trip is not None and station is not None and max(arrival, departure) >= 0:
                arrival, departure = (departure if arrival < 0 else arrival), (arrival if departure < 0 else departure)
                calls.append((trip, int(row["stop_sequence"]), station, arrival, departure))
        return self._repeat(order, calls, trips)

    def _repeat(
        self, order: dict[str, int], calls: list[tuple[int, int, int, int, int]], trips: dict[str, Trip]
    ) -> list[tuple[int, int, int, int, int]]:
        """Replace trips that run at intervals (frequencies.txt) by one trip for each time they leave."""
        rows = list(self.rows("frequencies.txt"))
        if not rows:
            return calls
        keys = list(trips)
        by_trip: dict[int, list[tuple[int, int, int, int, int]]] = {}
        for call in calls:
            by_trip.setdefault(call[0], []).append(call)
        repeated = {order[row["trip_id"]] for row in rows if row["trip_id"] in order}
        result = [call for call in calls if call[0] not in repeated]
        for row in rows:
            index = order.get(row["trip_id"])
            if index is None or index not in by_trip:
                continue
            stops = sorted(by_trip[index], key=lambda call: call[1])
            step = max(int(row["headway_secs"]), 30)
            for start in range(read_seconds(row["start_time"]), read_seconds(row["end_time"]), step):
                shift, number = start - stops[0][4], len(trips)
                trips[f"{keys[index]}@{start}"] = trips[keys[index]]
                result += [(number, call[1], call[2], call[3] + shift, call[4] + shift) for call in stops]
        return result

    def _changes(self, stations: dict[str, int]) -> list[tuple[int, int, int]]:
        """Return (from, to, seconds) of the changes the feed names; between platforms of a station the longest."""
        changes: dict[tuple[int, int], int] = {}
        for row in self.rows("transfers.txt"):
            one, two = stations.get(row["from_stop_id"]), stations.get(row["to_stop_id"])
            if one is None or two is None or row.get("transfer_type") == "3" or row.get("from_trip_id"):
                continue
            seconds = int(row.get("min_transfer_time") or DEFAULT_CHANGE)
            changes[one, two] = max(changes.get((one, two), 0), seconds)
        return [(one, two, seconds) for (one, two), seconds in changes.items()]


def _read_day(text: str) -> date:
    return datetime.strptime(text.strip(), "%Y%m%d").date()

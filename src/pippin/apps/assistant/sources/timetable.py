"""A timetable and the connection scan (Dibbelt et al. 2013): earliest arrivals and latest departures."""

from __future__ import annotations

import itertools
import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pippin.apps.assistant.dates.calendar_math import add_exactly
from pippin.core.files import new_file

DAY, DEFAULT_CHANGE, HORIZON = 86400, 120, 6 * 3600
VERSION = 1


@dataclass
class Service:
    """The days on which trips run."""

    weekdays: list[bool] = field(default_factory=lambda: [False] * 7)
    first: date = date.max
    last: date = date.min
    added: set[date] = field(default_factory=set)
    removed: set[date] = field(default_factory=set)

    def runs(self, day: date) -> bool:
        """Tell whether it runs on a day."""
        regular = self.first <= day <= self.last and self.weekdays[day.weekday()]
        return day in self.added or (regular and day not in self.removed)


class Trip(NamedTuple):
    """A ride: its route as people call it, what its front says, and its service."""

    route: str
    headsign: str
    service: int


class Leg(NamedTuple):
    """A part of a journey on one vehicle, or on foot (`route` is empty)."""

    route: str
    headsign: str
    start: str
    end: str
    departs: datetime
    arrives: datetime


class Connection(NamedTuple):
    """A vehicle goes from one station to the next."""

    departure: int
    arrival: int
    start: int
    end: int
    trip: int


class Timetable:
    """Stations, trips and their connections; moments are in the timetable's own zone."""

    def __init__(
        self, names: list[str], trips: list[Trip], services: list[Service], connections: np.ndarray, zone: str,
        changes: list[tuple[int, int, int]],
    ) -> None:  # fmt: skip
        self.names, self.trips, self.services, self.zone = names, trips, services, zone
        self.connections = connections  # [n, 5]: departure, arrival, from, to, trip; by departure
        self.changes = {(one, two): seconds for one, two, seconds in changes}
        self._by_day: dict[date, list[Connection]] = {}

    @classmethod
    def build(
        cls, names: list[str], trips: list[Trip], calls: list[tuple[int, int, int, int, int]], services: list[Service],
        zone: str, changes: list[tuple[int, int, int]],
    ) -> Timetable:  # fmt: skip
        """Make a timetable of calls (trip, sequence, station, arrival, departure)."""
        calls = sorted(calls)
        pairs = [
            (one[4], two[3], one[2], two[2], one[0])
            for one, two in itertools.pairwise(calls)
            if one[0] == two[0] and two[3] >= one[4]
        ]
        connections = np.array(pairs, np.int32).reshape(-1, 5)
        order = np.lexsort((connections[:, 1], connections[:, 0]))
        ends = {}
        for trip, _, station, _, _ in calls:
            ends[trip] = names[station]
        trips = [t if t.headsign else t._replace(headsign=ends.get(i, "")) for i, t in enumerate(trips)]
        return cls(names, trips, services, connections[order], zone, changes)

    @property
    def stop_names(self) -> tuple[str, ...]:
        """Names of the stations."""
        return tuple(self.names)

    @property
    def first(self) -> date:
        """The first day it holds for."""
        return min([s.first for s in self.services] + [day for s in self.services for day in s.added], default=date.min)

    @property
    def last(self) -> date:
        """The last day it holds for."""
        return max([s.last for s in self.services] + [day for s in self.services for day in s.added], default=date.max)

    def on(self, day: date) -> list[Connection]:
        """Return the connections of a day by departure, in seconds after its midnight; the last night's among them."""
        if day not in self._by_day:
            today = self._running(day, 0)
            before = self._running(day - timedelta(days=1), -DAY)
            both = np.concatenate([before[before[:, 0] >= 0], today])
            both = both[np.lexsort((both[:, 1], both[:, 0]))]
            self._by_day = {day: [Connection(*row) for row in both.tolist()]}
        return self._by_day[day]

    def _running(self, day: date, shift: int) -> np.ndarray:
        running = np.array([service.runs(day) for service in self.services] + [False])
        active = running[np.array([trip.service for trip in self.trips], int)] if self.trips else np.zeros(0, bool)
        rows = self.connections[active[self.connections[:, 4]]].copy()
        rows[:, :2] += shift
        return rows

    # Queries ----------------------------------------------------------------------------------------------

    def departures(self, start: int, ends: set[int], at: datetime, count: int, route: str = "") -> list[Leg]:
        """Return the next departures from a station, those that leave `at` included.

        With `ends` those that go on to one of these stations.
        """
        found: list[Leg] = []
        for days in (0, 1):
            day = at.date() + timedelta(days=days)
            connections, seconds = self.on(day), _seconds(at) if not days else 0
            first = bisect_left(connections, (seconds,))
            for index in range(first, len(connections)):
                c = connections[index]
                if days == 0 and c.departure >= DAY:
                    break
                trip = self.trips[c.trip]
                if c.start != start or (route and trip.route.lower() != route.lower()):
                    continue
                end = self._ride_until(connections, index, ends) if ends else c
                if end:
                    found.append(self._leg(day, c, end))
                if len(found) == count:
                    return found
        return found

    def _ride_until(self, connections: list[Connection], index: int, ends: set[int]) -> Connection | None:
        """Return the connection at whose end the trip of one reaches a station of `ends`."""
        trip, last = connections[index].trip, connections[index].departure + HORIZON
        for c in connections[index:]:
            if c.departure > last:
                return None
            if c.trip == trip and c.end in ends:
                return c
        return None

    def earliest(self, start: int, end: int, at: datetime) -> list[Leg]:
        """Return the journey that arrives first, and of those the one that leaves last; empty where there is none."""
        connections, seconds = self.on(at.date()), _seconds(at)
        arrival = self._scan(connections, start, end, seconds)
        if arrival is None:
            return []
        return self._latest(at.date(), connections, start, end, arrival, seconds)

    def latest(self, start: int, end: int, by: datetime) -> list[Leg]:
        """Return the journey that leaves last and arrives by a moment; empty where there is none."""
        legs = self._latest(by.date(), self.on(by.date()), start, end, _seconds(by), 0)
        sooner = self.earliest(start, end, legs[0].departs) if legs and len(legs) > 1 else []
        return sooner if sooner and sooner[-1].arrives < legs[-1].arrives else legs

    def _scan(self, connections: list[Connection], start: int, end: int, seconds: int) -> int | None:
        """Return the earliest arrival at `end`."""
        ready = {start: seconds}
        for _, two, walk in self._walks(start):
            ready[two] = min(ready.get(two, seconds + walk), seconds + walk)
        boarded: set[int] = set()
        best: int | None = None
        for c in connections[bisect_left(connections, (seconds,)) :]:
            if c.departure > seconds + HORIZON or (best is not None and c.departure >= best):
                break
            if c.trip not in boarded and ready.get(c.start, 1 << 30) > c.departure:
                continue
            boarded.add(c.trip)
            if c.end == end and (best is None or c.arrival < best):
                best = c.arrival
            for one, two, walk in ((c.end, c.end, self._change(c.end)), *self._walks(c.end)):
                if c.arrival + walk < ready.get(two, 1 << 30):
                    ready[two] = c.arrival + walk
                    if two == end and one != two and (best is None or c.arrival + walk < best):
                        best = c.arrival + walk
        return best

    def _walks(self, station: int) -> list[tuple[int, int, int]]:
        if not hasattr(self, "_walks_from"):
            self._walks_from: dict[int, list[tuple[int, int, int]]] = {}
            for (one, two), seconds in self.changes.items():
                if one != two:
                    self._walks_from.setdefault(one, []).append((one, two, seconds))
        return self._walks_from.get(station, [])

    def _change(self, station: int) -> int:
        return self.changes.get((station, station), DEFAULT_CHANGE)

    def _latest(self, day: date, connections: list[Connection], start: int, end: int, by: int, since: int) -> list[Leg]:
        """Return the journey that leaves last after `since` and arrives until `by`, scanning backwards by arrival."""
        order = sorted(
            (c for c in connections[: bisect_right(connections, (by + 1,))] if since <= c.departure and c.arrival <= by
             and c.departure >= by - HORIZON),
            key=lambda c: (-c.arrival, -c.departure),
        )  # fmt: skip
        need = {end: by}  # the latest moment at which one may stand on a station
        onward: dict[int, tuple[Connection, Connection] | tuple[int, int]] = {}
        for (one, two), walk in self.changes.items():
            if two == end and one != end:
                need[one], onward[one] = by - walk, (end, walk)
        exits: dict[int, Connection] = {}
        for c in order:
            if c.trip not in exits:
                limit = need.get(c.end, -1)
                slack = 0 if c.end == end or isinstance((onward.get(c.end) or (0,))[0], int) else self._change(c.end)
                if limit - slack < c.arrival:
                    continue
                exits[c.trip] = c
            if need.get(c.start, -1) < c.departure:
                need[c.start], onward[c.start] = c.departure, (c, exits[c.trip])
                for (one, two), walk in self.changes.items():
                    if two == c.start and one != two and need.get(one, -1) < c.departure - walk:
                        need[one], onward[one] = c.departure - walk, (c.start, walk)
        return self._trace_legs(day, start, end, need, onward)

    def _trace_legs(self, day: date, start: int, end: int, need: dict[int, int], onward: dict[int, Any]) -> list[Leg]:
        legs: list[Leg] = []
        station = start
        while station != end:
            step = onward.get(station)
            if step is None or len(legs) > 30:
                return []
            if isinstance(step[0], int):
                leaves = need[station]
                legs.append(self._walk_leg(day, station, step[0], leaves, leaves + step[1]))
                station = step[0]
            else:
                legs.append(self._leg(day, step[0], step[1]))
                station = step[1].end
        return legs

    def _leg(self, day: date, first: Connection, last: Connection) -> Leg:
        trip = self.trips[first.trip]
        names = self.names[first.start], self.names[last.end]
        return Leg(trip.route, trip.headsign, *names, self.moment(day, first.departure), self.moment(day, last.arrival))

    def _walk_leg(self, day: date, start: int, end: int, departs: int, arrives: int) -> Leg:
        names = self.names[start], self.names[end]
        return Leg("", "on foot", *names, self.moment(day, departs), self.moment(day, arrives))

    def moment(self, day: date, seconds: int) -> datetime:
        """Return a time of the timetable; GTFS counts from noon minus twelve hours, also when clocks change."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.tzinfo)
        return add_exactly(noon, timedelta(seconds=seconds - DAY // 2))

    @property
    def tzinfo(self) -> tzinfo:
        """The zone of its times."""
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(self.zone or "UTC")
        except (ValueError, KeyError, OSError):
            return ZoneInfo("UTC")

    # Files ------------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write it as arrays and JSON, to be loaded faster than the zip is read."""
        about = {
            "version": VERSION,
            "names": self.names,
            "trips": self.trips,
            "zone": self.zone,
            "changes": [[*pair, seconds] for pair, seconds in self.changes.items()],
            "services": [_pack(service) for service in self.services],
        }
        with new_file(path) as draft, draft.open("wb") as file:
            text = np.frombuffer(json.dumps(about).encode(), np.uint8)
            np.savez_compressed(file, connections=self.connections, about=text)

    @classmethod
    def load(cls, path: Path) -> Timetable:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as content:
            about = json.loads(content["about"].tobytes())
            services = [_unpack(value) for value in about["services"]]
            trips = [Trip(*trip) for trip in about["trips"]]
            changes = [(one, two, seconds) for one, two, seconds in about["changes"]]
            return cls(about["names"], trips, services, content["connections"], about["zone"], changes)


def _seconds(moment: datetime) -> int:
    """Return seconds after midnight as GTFS counts them, from noon minus twelve hours."""
    noon = moment.replace(hour=12, minute=0, second=0, microsecond=0)
    return int(moment.timestamp() - noon.timestamp()) + DAY // 2


def _pack(service: Service) -> list[Any]:
    days = [sorted(day.isoformat() for day in group) for group in (service.added, service.removed)]
    return [service.weekdays, service.first.isoformat(), service.last.isoformat(), *days]


def _unpack(value: list[Any]) -> Service:
    read = date.fromisoformat
    return Service(value[0], read(value[1]), read(value[2]), set(map(read, value[3])), set(map(read, value[4])))

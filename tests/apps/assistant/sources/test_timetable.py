"""Timetables: the connection scan against a search of every way, exceptions of services, times beyond midnight."""

from __future__ import annotations

import io
import itertools
import random
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pippin.apps.assistant.sources.household import write_household
from pippin.apps.assistant.sources.timetable import DEFAULT_CHANGE, Service, Timetable, Trip
from pippin.apps.assistant.sources.timetable_reading import read_timetable
from pippin.core.errors import PippinError

ZONE = ZoneInfo("UTC")
DAY = datetime(2026, 3, 3, tzinfo=ZONE)
ALWAYS = Service([True] * 7, date(2026, 1, 1), date(2026, 12, 31))


def make_timetable(seed: int) -> tuple[Timetable, list[list[tuple[int, int]]]]:
    """Return a random timetable, and its trips as lists of (station, seconds)."""
    rng = random.Random(seed)
    trips = []
    for _ in range(25):
        stations = rng.sample(range(7), rng.randint(2, 5))
        time = rng.randint(6 * 60, 9 * 60) * 60
        trips.append([(station, time := time + rng.randint(2, 12) * 60) for station in stations])
    calls = [(t, i, station, time, time) for t, trip in enumerate(trips) for i, (station, time) in enumerate(trip)]
    names = [f"S{index}" for index in range(7)]
    return Timetable.build(names, [Trip(f"R{t}", "", 0) for t in range(25)], calls, [ALWAYS], "UTC", []), trips


def search(trips: list[list[tuple[int, int]]], start: int, end: int, at: int) -> int | None:
    """Return the earliest arrival by trying every ride again and again until nothing gets better."""
    ready = {start: at}
    reached: dict[int, int] = {}
    for _ in range(12):
        for trip in trips:
            boarded = False
            for station, time in trip:
                if boarded:
                    reached[station] = min(reached.get(station, 1 << 30), time)
                    ready[station] = min(ready.get(station, 1 << 30), time + DEFAULT_CHANGE)
                boarded = boarded or ready.get(station, 1 << 30) <= time
    return reached.get(end)


@pytest.mark.parametrize("seed", range(8))
def test_the_scan_arrives_as_early_as_a_search_of_every_way(seed: int) -> None:
    timetable, trips = make_timetable(seed)
    for start in range(7):
        for end in range(7):
            if start == end:
                continue
            at = DAY + timedelta(hours=6, minutes=30)
            legs = timetable.earliest(start, end, at)
            expected = search(trips, start, end, 6 * 3600 + 1800)
            assert (legs[-1].arrives if legs else None) == (DAY + timedelta(seconds=expected) if expected else None)
            check_journey(legs, start, end, at)
            if legs:  # nothing that leaves later arrives by then
                arrival = int((legs[-1].arrives - DAY).total_seconds())
                left = int((legs[0].departs - DAY).total_seconds())
                later = search(trips, start, end, left + 1)
                assert later is None or later > arrival
                assert timetable.latest(start, end, legs[-1].arrives)[0].departs >= legs[0].departs


def check_journey(legs: list, start: int, end: int, at: datetime) -> None:  # type: ignore[type-arg]
    """Check that a journey can be made: legs follow each other, with time to change."""
    if legs:
        assert (legs[0].start, legs[-1].end) == (f"S{start}", f"S{end}")
        assert legs[0].departs >= at
    for one, two in itertools.pairwise(legs):
        assert one.end == two.start
        assert (two.departs - one.arrives).total_seconds() >= DEFAULT_CHANGE


def test_services_have_exceptions_and_ends() -> None:
    service = Service(
        [True] * 5 + [False] * 2, date(2026, 3, 2), date(2026, 3, 31), {date(2026, 3, 7)}, {date(2026, 3, 4)}
    )
    running = [day for day in range(1, 32) if service.runs(date(2026, 3, day))]
    assert 4 not in running
    assert 7 in running
    assert 8 not in running
    assert not service.runs(date(2026, 4, 1))


def test_times_beyond_midnight_are_of_the_day_before(tmp_path: Path) -> None:
    write_household(tmp_path, datetime(2026, 3, 3, 8, tzinfo=ZoneInfo("Europe/London")))
    timetable = read_timetable(tmp_path / "timetable.zip")
    stop = timetable.names.index("Central Station")
    late = datetime(2026, 3, 3, 23, 45, tzinfo=timetable.tzinfo)
    legs = timetable.departures(stop, {timetable.names.index("Airport")}, late, 3)
    assert [f"{leg.departs:%d %H:%M}" for leg in legs] == ["04 00:10", "04 00:40", "04 05:10"]
    saved = tmp_path / "saved.npz"
    timetable.save(saved)
    assert Timetable.load(saved).departures(stop, set(), late, 3) == timetable.departures(stop, set(), late, 3)


def test_when_clocks_change_the_timetable_counts_from_noon(tmp_path: Path) -> None:
    write_household(tmp_path, datetime(2026, 3, 3, 8, tzinfo=ZoneInfo("Europe/London")))
    timetable = read_timetable(tmp_path / "timetable.zip")
    stop = timetable.names.index("Central Station")
    (leg,) = timetable.departures(stop, set(), datetime(2026, 3, 29, 12, 5, tzinfo=timetable.tzinfo), 1, "20")
    assert f"{leg.departs:%H:%M %z}" == "12:10 +0100"


def write_zip(path: Path, **tables: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(f"{name}.txt", text)
    return path


def test_damaged_and_swollen_zips_are_refused(tmp_path: Path) -> None:
    bomb = write_zip(tmp_path / "bomb.zip", stops="a" * 40_000_000, routes="", trips="", stop_times="")
    with pytest.raises(PippinError, match="no timetable"):
        read_timetable(bomb)
    lacking = write_zip(tmp_path / "lacking.zip", stops="stop_id,stop_name,stop_lat,stop_lon\n", routes="route_id\n")
    with pytest.raises(PippinError, match=r"trips.txt|stop_times.txt"):
        read_timetable(lacking)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(io.BytesIO(lacking.read_bytes()).read()[:40])
    with pytest.raises(PippinError, match="damaged"):
        read_timetable(cut)
    odd = write_zip(
        tmp_path / "odd.zip",
        stops="stop_id,stop_name\nA,A\n",
        routes="route_id,route_short_name\n1,1\n",
        trips="route_id,service_id,trip_id\n1,x,t\n",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,noon:x:1,,A,1\n",
    )
    with pytest.raises(PippinError, match="cannot be read as GTFS"):
        read_timetable(odd)

"""The timetable of the bundled household: two trams and a bus of an invented town, as GTFS text files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

STOPS = {
    "OR": "Orchard Road",
    "ML": "Mill Lane",
    "MS": "Market Square",
    "CS": "Central Station",
    "HB": "Harbour",
    "UN": "University",
    "MU": "Museum",
    "ZO": "Zoo",
    "AP": "Airport",
}
# Route: (long name, stops, minutes between them, minutes past the hour).
ROUTES = {
    "1": ("Orchard Road - Harbour", ("OR", "ML", "MS", "CS", "HB"), 4, (0, 12, 24, 36, 48)),
    "4": ("University - Zoo", ("UN", "MS", "MU", "ZO"), 5, (5, 20, 35, 50)),
    "20": ("Central Station - Airport", ("CS", "AP"), 25, (10, 40)),
}
HOURS = range(5, 25)  # the last ones leave after midnight, as hour 24


def timetable_files(monday: date, zone: str) -> dict[str, str]:
    """Return the files of a GTFS feed that is valid from the week before `monday` for a year, every day."""
    end = monday + timedelta(days=364)
    trips = list(_trips())
    return {
        "agency.txt": _csv(
            "agency_id,agency_name,agency_url,agency_timezone", [("T", "Town Trams", "https://trams.example", zone)]
        ),
        "calendar.txt": _csv(
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            [("daily", *"1111111", f"{monday - timedelta(days=7):%Y%m%d}", f"{end:%Y%m%d}")],
        ),
        "routes.txt": _csv(
            "route_id,agency_id,route_short_name,route_long_name,route_type",
            [(key, "T", key, route[0], "3" if key == "20" else "0") for key, route in ROUTES.items()],
        ),
        "stops.txt": _csv(
            "stop_id,stop_name,stop_lat,stop_lon",
            [(key, name, f"51.{index:02}", "-2.5") for index, (key, name) in enumerate(STOPS.items())],
        ),
        "trips.txt": _csv(
            "route_id,service_id,trip_id,trip_headsign", [(trip[1], "daily", trip[0], trip[2]) for trip in trips]
        ),
        "stop_times.txt": _csv(
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
            [(trip[0], time, time, stop, str(index)) for trip in trips for index, (stop, time) in enumerate(trip[3])],
        ),
    }


def _trips() -> Iterator[tuple[str, str, str, list[tuple[str, str]]]]:
    """Yield id, route, headsign and (stop, time) of each trip, in both directions."""
    for key, (_, stops, minutes, past) in ROUTES.items():
        for way, line in (("out", stops), ("back", stops[::-1])):
            for start in (60 * hour + minute for hour in HOURS for minute in past):
                times = [(stop, _clock(start + index * minutes)) for index, stop in enumerate(line)]
                yield f"{key}-{way}-{start}", key, STOPS[line[-1]], times


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def _csv(heading: str, rows: list[tuple[str, ...]]) -> str:
    return "\n".join([heading, *(",".join(row) for row in rows)]) + "\n"

"""Flights in reservations (schema.org FlightReservation), of which the newest message about each counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from pippin.apps.assistant.sources.structured_data import find_types, text_of

Flight = dict[str, Any]


def read_flights(objects: list[dict[str, Any]], sent: float, zone: tzinfo) -> list[Flight]:
    """Return the flights in schema.org objects of a message sent at `sent` (seconds since 1970; 0: not known)."""
    flights = []
    for reservation in find_types(objects, ("FlightReservation",)):
        legs = reservation.get("reservationFor")
        for leg in legs if isinstance(legs, list) else [legs]:
            flight = _read_leg(reservation, leg, sent, zone)
            if flight:
                flights.append(flight)
    return flights


def _read_leg(reservation: Mapping[str, Any], leg: Any, sent: float, zone: tzinfo) -> Flight | None:
    departs = _read_time(leg.get("departureTime"), zone) if isinstance(leg, dict) else None
    if departs is None:
        return None
    airline = leg.get("airline") or leg.get("provider") or {}
    code = text_of(airline.get("iataCode")) if isinstance(airline, dict) else ""
    number = text_of(leg.get("flightNumber")).upper()
    number = re.sub(rf"^{re.escape(code)}\s*(?=\d)", "", number) if code else number
    arrives = _read_time(leg.get("arrivalTime"), zone)
    status = text_of(reservation.get("reservationStatus")).lower()
    ticket = reservation.get("reservedTicket")
    place = ticket.get("ticketedSeat") if isinstance(ticket, dict) else None
    seat = text_of(place.get("seatNumber")) if isinstance(place, dict) else ""
    return {
        "flight": f"{code} {number}".strip() or "a flight",
        "from": _airport(leg.get("departureAirport"), "iataCode"),
        "to": _airport(leg.get("arrivalAirport"), "iataCode"),
        "from_name": _airport(leg.get("departureAirport"), "name"),
        "to_name": _airport(leg.get("arrivalAirport"), "name"),
        "departs": departs.isoformat(),
        "arrives": arrives.isoformat() if arrives else "",
        "reservation": text_of(reservation.get("reservationNumber") or reservation.get("reservationId")),
        "airline": text_of(airline),
        "seat": text_of(reservation.get("airplaneSeat")) or seat,
        "gate": text_of(leg.get("departureGate")),
        "terminal": text_of(leg.get("departureTerminal")),
        "cancelled": "cancel" in status,
        "sent": sent,
    }  # fmt: skip


def _airport(value: Any, key: str) -> str:
    if not isinstance(value, dict):
        return text_of(value)
    return text_of(value.get(key)) or text_of(value.get("name") if key == "iataCode" else value.get("iataCode"))


def _read_time(value: Any, zone: tzinfo) -> datetime | None:
    """Return a moment in the offset it was written with; one without is taken as of `zone`."""
    try:
        moment = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _other_legs(old: Sequence[Flight], new: Sequence[Flight]) -> list[Flight]:
    """Return the flights of an older message that a newer one does not speak of: the way there, where it has the way
    back. A flight is spoken of by its number, or by the airports it goes between.
    """
    told = {flight["flight"] for flight in new} | {(flight["from"], flight["to"]) for flight in new}
    return [f for f in old if f["flight"] not in told and (f["from"], f["to"]) not in told]


def newest_flights(messages: Iterable[Sequence[Flight]]) -> list[Flight]:
    """Return flights by departure; of several messages about one flight of a reservation the newest counts.

    Messages sent at one time count in their order.
    """
    newest: dict[str, tuple[float, list[Flight]]] = {}
    for number, message in enumerate(messages):
        groups: dict[str, list[Flight]] = {}
        for flight in message:
            key = flight["reservation"] or f"{number} {flight['flight']} {flight['departs']}"
            groups.setdefault(key, []).append(flight)
        for key, flights in groups.items():
            kept = newest.get(key)
            if kept is None:
                newest[key] = flights[0]["sent"], flights
            elif flights[0]["sent"] >= kept[0]:
                newest[key] = flights[0]["sent"], [*_other_legs(kept[1], flights), *flights]
            else:
                newest[key] = kept[0], [*_other_legs(flights, kept[1]), *kept[1]]
    found = {(f["flight"], f["departs"], f["reservation"]): f for _, flights in newest.values() for f in flights}
    return sorted(
        found.values(), key=lambda flight: (datetime.fromisoformat(flight["departs"]).timestamp(), flight["flight"])
    )

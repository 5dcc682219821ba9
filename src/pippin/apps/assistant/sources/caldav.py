"""CalDAV (RFC 4791): calendars of a server read with their ETags, and written only where nothing changed since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from xml.etree import ElementTree

from pippin.apps.assistant.sources.addresses import MAX_BYTES, SECONDS, show_address
from pippin.apps.assistant.sources.passwords import find_password
from pippin.core.errors import PippinError, missing_extra

CHANGED = "It was changed on the server in the meantime; nothing was written. Ask again to see it as it is."
DAV, CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
PROPFIND = '<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'
QUERY = (
    '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/><c:calendar-data/></prop>'
    '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter>'
    "</c:calendar-query>"
)
HOME = f"{CAL}calendar-home-set"


@dataclass(frozen=True)
class RemoteEvent:
    """One resource of a calendar: its address, its ETag and its text."""

    href: str
    etag: str
    text: str


class CalDav:
    """A server of calendars, at the address that was connected."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.user = unquote(parts.username or "")
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
        self.url = urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))
        self.host, self.name = host, show_address(address)
        self._password = unquote(parts.password) if parts.password else None

    def find_calendars(self) -> list[str]:
        """Return the addresses of the calendars at the address: itself, or those in it; none where it is no CalDAV."""
        response = self._send("PROPFIND", self.url, PROPFIND, {"Depth": "1"}, expected=None)
        if response.status_code != 207:
            return []
        found = []
        for href, properties in self._responses(response):
            kind = properties.find(f"{DAV}resourcetype")
            if kind is not None and kind.find(f"{CAL}calendar") is not None:
                found.append(href)
        return found

    def fetch(self, calendar: str) -> list[RemoteEvent]:
        """Return the events of a calendar."""
        response = self._send("REPORT", calendar, QUERY, {"Depth": "1"}, expected=(207,))
        events = []
        for href, properties in self._responses(response):
            text = properties.findtext(f"{CAL}calendar-data") or ""
            if "BEGIN:VEVENT" in text.upper():
                events.append(RemoteEvent(href, properties.findtext(f"{DAV}getetag") or "", text))
        return events

    def get(self, href: str) -> RemoteEvent | None:
        """Return one resource as it is now, or None where it is gone."""
        response = self._send("GET", href, expected=(200, 404, 410))
        return (
            RemoteEvent(href, response.headers.get("etag", ""), response.text) if response.status_code == 200 else None
        )

    def put(self, href: str, text: str, etag: str) -> None:
        """Write a resource that still has this ETag; "" is one that is new."""
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        headers = {**condition, "Content-Type": "text/calendar; charset=utf-8"}
        self._refuse_change(self._send("PUT", href, text, headers, expected=(200, 201, 204, 409, 412)))

    def delete(self, href: str, etag: str) -> None:
        """Remove a resource that still has this ETag."""
        self._refuse_change(self._send("DELETE", href, "", {"If-Match": etag}, expected=(200, 204, 404, 409, 412)))

    def _refuse_change(self, response: Any) -> None:
        if response.status_code in (404, 409, 412):
            raise PippinError(CHANGED)

    def _responses(self, response: Any) -> Iterator[tuple[str, Any]]:
        """Yield address and properties of the resources in a multi-status answer; only those of the same server."""
        try:
            root = ElementTree.fromstring(response.content)
        except ElementTree.ParseError as problem:
            raise PippinError(f"{self.name} answers with XML that cannot be read.", input=self.name) from problem
        for item in root.findall(f"{DAV}response"):
            href = urljoin(self.url, item.findtext(f"{DAV}href") or "")
            properties = item.find(f"{DAV}propstat/{DAV}prop")
            if properties is not None and urlsplit(href).netloc == self.host:
                yield href, properties

    def _send(
        self, method: str, url: str, body: str = "", headers: dict[str, str] | None = None,
        expected: tuple[int, ...] | None = (),
    ) -> Any:  # fmt: skip
        """Send a request; with credentials where the server asks for them."""
        try:
            import httpx2 as httpx
        except ImportError as problem:
            raise missing_extra("httpx2", "assistant", "a calendar's server") from problem
        given = {"Content-Type": "application/xml; charset=utf-8", **(headers or {})}
        if self.user and self._password is None:
            self._password = find_password(self.host, self.user)
        auth = (self.user, self._password or "") if self.user else None
        try:
            response = httpx.request(method, url, content=body.encode(), headers=given, timeout=SECONDS, auth=auth)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            why = type(problem).__name__
            raise PippinError(f"{self.name} cannot be reached ({why}); try again later.", input=self.name) from problem
        if response.status_code in (401, 403):
            raise PippinError(f"{self.name} refuses this user or password.", input=self.name)
        if len(response.content) > MAX_BYTES:
            raise PippinError(f"{self.name} holds more than {MAX_BYTES // 1_000_000} MB.", input=self.name)
        if expected and response.status_code not in expected:
            raise PippinError(f"{self.name} answers {response.status_code}; nothing was changed.", input=self.name)
        return response


def file_name(href: str) -> str:
    """Return a file's name for a resource."""
    import hashlib

    stem = re.sub(r"[^\w-]", "", unquote(urlsplit(href).path.rsplit("/", 1)[-1]).removesuffix(".ics"))[:40]
    return f"{stem}-{hashlib.sha256(href.encode()).hexdigest()[:12]}.ics"

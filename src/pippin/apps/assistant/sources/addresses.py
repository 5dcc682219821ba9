"""Addresses of calendars: fetched over https, to the address that was connected by name and nowhere else."""

from __future__ import annotations

import re

from pippin.core.errors import PippinError, missing_extra

MAX_BYTES, SECONDS, MAX_REDIRECTS = 64_000_000, 20, 3


def is_address(text: str) -> bool:
    """Tell whether a text is an address, not a path."""
    return bool(re.match(r"(?:https?|webcals?)://", text, re.IGNORECASE))


def has_password(text: str) -> bool:
    """Tell whether an address holds a password, which would be written into the database."""
    return bool(re.match(r"\w+://[^/@:]*:[^/@]*@", text))


def show_address(address: str) -> str:
    """Return an address without what is secret in it."""
    match = re.match(r"\w+://(?:[^/@]*@)?([^/?#]+)", address)
    return f"the calendar at {match[1]}" if match else "the calendar"


def fetch(address: str) -> bytes:
    """Return what an address holds; PippinError where its server is away or refuses."""
    try:
        import httpx2 as httpx
    except ImportError as problem:
        raise missing_extra("httpx2", "assistant", "reading an address") from problem
    url = re.sub(r"^webcals?://", "https://", address, flags=re.IGNORECASE)
    name = show_address(address)
    try:
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=True, max_redirects=MAX_REDIRECTS) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise PippinError(f"{name} answers {response.status_code}; check its address.", input=name)
            content = b""
            for block in response.iter_bytes():
                content += block
                if len(content) > MAX_BYTES:
                    raise PippinError(f"{name} holds more than {MAX_BYTES // 1_000_000} MB.", input=name)
            return content
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise PippinError(
            f"{name} cannot be reached ({type(problem).__name__}); try again later.", input=name
        ) from problem

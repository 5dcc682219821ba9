"""Names and addresses of this machine: those it answers to, prints, and has in its certificate."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress


def is_local(host: str) -> bool:
    """Return whether only this machine reaches what listens at `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_names(host: str) -> frozenset[str]:
    """Return the names by which others reach this machine."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return frozenset({"localhost", name, short, f"{short}.local", host.lower()})


def reachable(host: str) -> str:
    """Return an address others can type: of all of ours, the one that leads outward."""
    if host not in ("0.0.0.0", "::"):
        return host
    family, outside = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((outside, 9))  # an address for documentation: nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()


def in_address(host: str) -> str:
    """Return a host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def certificate_names(host: str) -> tuple[set[str], set[str]]:
    """Return all names and all IP addresses by which the studio that listens at `host` may be reached."""
    given = {host, reachable(host), *own_names(host), socket.gethostname(), "127.0.0.1", "::1"}
    with suppress(OSError):
        given |= {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(socket.gethostname(), None)}
    addresses = {name for name in given if _is_address(name)}
    return {name for name in given - addresses if _is_name(name)}, addresses - {"0.0.0.0", "::"}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_name(name: str) -> bool:
    """Return whether a certificate can hold it: ASCII, and no more than 63 letters between dots."""
    return name.isascii() and bool(name) and all(0 < len(part) < 64 for part in name.split("."))

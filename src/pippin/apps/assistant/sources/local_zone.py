"""The time zone of this machine, by name."""

from __future__ import annotations

import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from pippin.core.errors import PippinError


def find_zone(name: str | None = None) -> tzinfo:
    """Return the zone called `name`, or this machine's; PippinError for a name that is none."""
    if name:
        try:
            return ZoneInfo(name)
        except (ValueError, KeyError, OSError) as problem:
            raise PippinError(
                f"{name!r} is no time zone; name one such as Europe/Berlin or America/New_York.", input=name
            ) from problem
    for candidate in (os.environ.get("TZ", "").lstrip(":"), _from_link()):
        try:
            return ZoneInfo(candidate)
        except (ValueError, KeyError, OSError):
            continue
    return datetime.now().astimezone().tzinfo or UTC


def _from_link() -> str:
    """Return the zone that /etc/localtime links to."""
    try:
        return str(Path("/etc/localtime").resolve()).split("zoneinfo/", 1)[1]
    except (OSError, IndexError):
        return ""

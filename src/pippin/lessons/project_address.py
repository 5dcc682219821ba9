"""Where the project is discussed: `[project.urls] Discussions` of pyproject.toml, as the installed package tells it."""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata

LABEL = "discussions"
ADDRESS = re.compile(r"https://[\w.~/?#=&%-]+")


@cache
def find_discussions() -> str:
    """Return the address; empty where the package names none."""
    try:
        urls = metadata.metadata("pippin").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    named = (one.partition(",") for one in urls)
    found = next((address.strip() for label, _, address in named if label.strip().lower() == LABEL), "")
    return found if ADDRESS.fullmatch(found) else ""

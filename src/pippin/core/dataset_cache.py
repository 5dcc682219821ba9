"""An application's data, read once for all the jobs of a process that want the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.data import Dataset

_last: tuple[object, Dataset] | None = None  # one only: images are handles, but there may be many


def load_cached(application: Application, source: str | None, config: Mapping[str, Any]) -> Dataset:
    """Return `application.load_data(source, config)`, cached.

    The data are read again only if files below `source` have changed.
    """
    global _last
    key = (application.reference, application.name, source, repr(sorted(config.items())), _stamp(source))
    if _last is None or _last[0] != key:
        _last = (key, application.load_data(source, config))
    return _last[1]


def _stamp(source: str | None) -> tuple[int, ...]:
    """Return a stamp that changes with any file of the source: number, sizes, and newest time of change."""
    if source is None or not os.path.exists(source):
        return ()
    root = Path(source)
    paths = [Path(folder, name) for folder, _, names in os.walk(root) for name in names] if root.is_dir() else [root]
    found = [path.lstat() for path in paths]
    return (len(found), sum(stat.st_size for stat in found), max((stat.st_mtime_ns for stat in found), default=0))

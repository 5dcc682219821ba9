"""Where a user's workspace lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_home_override: ContextVar[Path | None] = ContextVar("home", default=None)


def home() -> Path:
    """Return the folder of `use_home`, else PIPPIN_HOME, else (unset or empty) the platform's for application data."""
    return _home_override.get() or default_home()


def default_home() -> Path:
    """Return the workspace of the user who started this process, also within `use_home`."""
    if given := os.environ.get("PIPPIN_HOME"):
        return Path(given).expanduser().absolute()
    from platformdirs import user_data_dir

    return Path(user_data_dir("pippin", appauthor=False))


def cache_folder() -> Path:
    """Return where what can be made again lies: PIPPIN_CACHE, else in the home that all of this process share."""
    return Path(os.environ.get("PIPPIN_CACHE") or default_home() / "cache")


@contextmanager
def use_home(folder: Path) -> Iterator[None]:
    """Set `home()` to `folder` for what is called within: one process may serve several people at once."""
    token = _home_override.set(folder)
    try:
        yield
    finally:
        _home_override.reset(token)

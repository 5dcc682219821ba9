"""Where a user's workspace lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_elsewhere: ContextVar[Path | None] = ContextVar("home", default=None)


def home() -> Path:
    """The folder given by `at`, else PIPPIN_HOME, or (unset or empty) the platform's folder for application data."""
    return _elsewhere.get() or shared_home()


def shared_home() -> Path:
    """The workspace of whoever started this process, whoever it works for at the moment."""
    if given := os.environ.get("PIPPIN_HOME"):
        return Path(given).expanduser().absolute()
    from platformdirs import user_data_dir

    return Path(user_data_dir("pippin", appauthor=False))


def cache_folder() -> Path:
    """Return where what can be made again lies: PIPPIN_CACHE, else in the home that all of this process share."""
    return Path(os.environ.get("PIPPIN_CACHE") or shared_home() / "cache")


@contextmanager
def at(folder: Path) -> Iterator[None]:
    """Let `home()` be `folder` for what is called within: one process may serve several people at once."""
    token = _elsewhere.set(folder)
    try:
        yield
    finally:
        _elsewhere.reset(token)

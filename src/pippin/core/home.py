"""Where a user's workspace lies."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """PIPPIN_HOME, or (unset or empty) the platform's folder for an application's data."""
    if given := os.environ.get("PIPPIN_HOME"):
        return Path(given).expanduser().absolute()
    from platformdirs import user_data_dir

    return Path(user_data_dir("pippin", appauthor=False))

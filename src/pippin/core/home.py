"""Where a user's workspace lies."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """PIPPIN_HOME, or the platform's folder for an application's data."""
    if "PIPPIN_HOME" in os.environ:
        return Path(os.environ["PIPPIN_HOME"]).expanduser().absolute()
    from platformdirs import user_data_dir

    return Path(user_data_dir("pippin", appauthor=False))

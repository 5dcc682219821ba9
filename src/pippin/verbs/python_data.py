"""Data given in Python, such as a data frame, kept as a file in the workspace so that jobs can name it by a path."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.workspace import Workspace


def find_source(app: Application, space: Workspace, data: Any) -> str | None:
    """Return the path of `data`, None for none; values in Python are written below PIPPIN_HOME/data first.

    The same values give the same file. Raises PippinError where the application takes paths alone.
    """
    if data is None:
        return None
    if isinstance(data, str | os.PathLike):
        return str(data)
    if app.data.write is None:
        raise PippinError(
            f"{app.name} learns from a file or folder, not from a {type(data).__name__}; give its path.",
            input=type(data).__name__,
        )
    name, content = app.data.write(data)
    folder = space.home / "data" / f"{app.name}-{hashlib.sha256(content).hexdigest()[:16]}"
    if not (folder / name).exists():
        write_bytes(folder / name, content)
    return str(folder / name)

"""What a user may name as input: pictures, folders of them, patterns; of folders not what was made before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pippin.core.kinds import Image
from pippin.learn.picture_files import pictures

MADE = re.compile(r"(.+)-x[234]")


def originals(argument: Any) -> list[Image]:
    """Handles for what `argument` names; larger pictures that lie beside those they were made from are left out."""
    found = pictures(argument)
    if len(found) < 2:
        return found
    known = {(item.path.parent, item.path.stem) for item in found if item.path}
    return [item for item in found if not (item.path and _made(item.path, known))]


def _made(path: Path, known: set[tuple[Path, str]]) -> bool:
    match = MADE.fullmatch(path.stem)
    return match is not None and (path.parent, match[1]) in known

"""Which of the pictures a user names are meant: not those that were made of others of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pippin.core.kinds import Input

MADE = re.compile(r"(.+)-(x[1-8](\.\d+)?|\d+w|\d+x\d+)(-\w+)?")
Any = TypeVar("Any", bound=Input)


def originals(inputs: Sequence[Any]) -> list[Any]:
    """The inputs without larger pictures that lie beside those they were made of."""
    known = {(item.path.parent, item.path.stem) for item in inputs if item.path}
    return [item for item in inputs if not _made(item, known)]


def _made(item: Input, known: set[tuple[Path, str]]) -> bool:
    match = MADE.fullmatch(item.path.stem) if item.path else None
    return match is not None and item.path is not None and (item.path.parent, match[1]) in known

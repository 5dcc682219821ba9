"""What a user may name as input to `recognize`: pictures, folders of them, patterns; and what may be a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pippin.apps.recognize.image_folders import list_pictures
from pippin.core.errors import PippinError
from pippin.core.kinds import Image

LONGEST_LABEL = 100


def pictures(argument: Any) -> list[Image]:
    """Handles for what `argument` names: one picture, or all pictures below a folder or matching a pattern."""
    if argument == "":  # a shell variable that was never set; as a path it would mean all of this folder
        raise PippinError("The name of a picture is empty; give its path, or . for this folder.", input=argument)
    if isinstance(argument, (str, Path)) and not Path(argument).is_file():
        return [Image.of(path) for path in list_pictures(str(argument))]
    return [Image.of(argument)]


def checked_label(answer: Any) -> str:
    """A label as it is kept: stripped text of at most 100 printable characters."""
    label = " ".join(str(answer).split())
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise PippinError(
            f"A label is 1 to {LONGEST_LABEL} printable characters; {str(answer)[:40]!r} is not.",
            input=answer,
        )
    return label

"""What may be a label."""

from __future__ import annotations

from typing import Any

from pippin.core.errors import PippinError

LONGEST_LABEL = 100


def checked_label(answer: Any) -> str:
    """Return a label as it is kept: stripped text of at most 100 printable characters."""
    label = " ".join(str(answer).split())
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise PippinError(
            f"A label is 1 to {LONGEST_LABEL} printable characters; {str(answer)[:40]!r} is not.",
            input=answer,
        )
    return label

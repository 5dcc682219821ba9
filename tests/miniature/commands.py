"""A command of the application's own."""

from __future__ import annotations

from typing import Annotated

from pippin.core.context import Context
from pippin.core.report.report import Report


def spell_out(
    context: Context,
    word: Annotated[str, "what to spell"],
    *,
    times: Annotated[int, "how often"] = 1,
    loud: Annotated[bool, "in capitals"] = False,
) -> Report:
    """Spell WORD letter by letter."""
    letters = "-".join(word.upper() if loud else word)
    return Report(letters, payload={"application": context.name, "letters": [letters] * times})

"""Arguments that verbs share: inputs by name, numbers with a lower limit, and notes on what was left out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.paths import home
from pippin.core.values import Score
from pippin.verbs.sources import Source, find_sources

MAX_SKIPPED = 5


def find_inputs(application: Application, arguments: Sequence[Any]) -> list[Input]:
    """Return handles for the inputs named, at least one.

    The application may turn a folder into many inputs.
    """
    return [source.item for source in require_sources(application, arguments, home())[0]]


def require_sources(
    application: Application, arguments: Sequence[Any], home: Path, out: Path | None = None
) -> tuple[list[Source], tuple[str, ...]]:
    """Return the inputs named, at least one, with the path of each.

    Notes say what was left out of folders.
    """
    found, notes = find_sources(application, arguments, home, out)
    if not found:
        named = ", ".join(map(str, arguments)) or "what you gave"
        message = f"There is nothing to use in {named}; name files or a folder that holds some."
        raise PippinError(" ".join((message, *notes)), input=named)
    return found, notes


def note_skipped(reasons: Mapping[str, str]) -> tuple[str, ...]:
    """Return notes on the first inputs that could not be used, with the count."""
    notes = [
        f"Skipped: {reason}" if name in reason else f"Skipped {name}: {reason}"
        for name, reason in list(reasons.items())[:MAX_SKIPPED]
    ]
    return (*notes, *((f"{len(reasons)} inputs were skipped in all.",) if len(reasons) > MAX_SKIPPED else ()))


def count_threads(given: int | None) -> int:
    """Return the number of threads asked for, or one per processor."""
    require_positive(threads=given)
    return given or os.cpu_count() or 1


def require_positive(**numbers: int | None) -> None:
    """Refuse a number, where given, that is below one; its name is that of the option."""
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise PippinError(f"--{name.replace('_', '-')} must be 1 or more, not {number}.", input=number)


def require_train_size(app: Application, train_size: int | None) -> None:
    """Refuse a number of examples below one, or where experience is what there is to learn from."""
    require_positive(train_size=train_size)
    if train_size is not None and app.data.amount == "experience":
        raise PippinError(
            f"{app.name} has no examples to take; --total-frames says how much it plays.", input=train_size
        )


def write_scores(values: Mapping[str, Score]) -> dict[str, dict[str, float]]:
    """Return scores as values for JSON."""
    return {name: {"value": score.value, "low": score.low, "high": score.high} for name, score in values.items()}

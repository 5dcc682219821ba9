"""A model with its corrections folded in, as the parts and the manifest of a new artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pippin.core.artifact import Artifact
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.execution import execute
from pippin.core.job import Job
from pippin.core.report.formatting import pluralize
from pippin.core.values import SavedState

REWRITTEN = ("checksum", "files", "parts", "format")


@dataclass(frozen=True)
class Folded:
    """What `write_artifact` takes, the number of corrections in it, and notes on those that were lost."""

    facts: Mapping[str, Any]
    parts: Mapping[str, SavedState]
    learned: frozenset[int]
    corrections: int
    notes: tuple[str, ...]


def fold(context: Context, found: Artifact, name: str, what: str) -> Folded:
    """Return the model with all that it was taught, as a model of the application called `name`.

    `what` says in its history what was done.
    """
    taught, lost = context.corrections(found)
    result = execute(
        Job(
            context.application.reference,
            config=context.application.known_settings(found.facts["config"]),
            fit=False,
            artifact=str(found.folder),
            taught=taught,
            keep=True,
            score=False,
        )
    )
    if result.error:
        raise PippinError(result.error, input=name)
    did = {
        "what": f"{what}, folding in {pluralize(len(taught), 'correction')}",
        "data": found.facts["data"]["name"],
        "seconds": 0.0,
    }
    facts = {
        **{key: value for key, value in found.facts.items() if key not in REWRITTEN},
        "application": name,
        "parent": found.id,
        "history": [*found.facts["history"], did],
    }
    if taught:  # the old scores no longer describe a model that was taught more
        facts |= {"scores": {}, "baseline": {"name": None, "reason": f"saved from {found.id}"}}
    return Folded(facts, {"model": result.saved}, result.learned, len(taught), lost)

"""Make a trained model one of those that come with an application: what it learned from, and under which terms."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from pippin.core.artifact import Artifact, write_artifact
from pippin.core.values import SavedState

MADE_ANEW = ("format", "parts", "files", "checksum")  # by writing


def built_in(
    artifact: Artifact, folder: Path, name: str, terms: str, parts: Mapping[str, SavedState] | None = None
) -> Artifact:
    """Write the artifact below `folder`, under its variant's name; its card calls the data `name`, with their terms.

    `parts` take the place of its own.
    """
    facts = {key: value for key, value in artifact.facts.items() if key not in MADE_ANEW}
    facts["data"] = {**facts["data"], "name": name, "terms": terms}
    target = folder / artifact.variant
    shutil.rmtree(target, ignore_errors=True)
    if parts is None:
        parts = {part: artifact.part(part) for part in artifact.facts["parts"]}
    return write_artifact(folder, facts, parts, artifact.learned, target)

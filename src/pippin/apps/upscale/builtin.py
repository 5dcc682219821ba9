"""Make a trained model one of those that come with the application: with the terms of its photographs in its card.

The commands, with BSDS500's training and test photographs in `photographs/train` and Set14 in `photographs/test`:
`pippin upscale train photographs --preset clean --threads 1` (and so on, as each card has it), then
`python -m pippin.apps.upscale.builtin MODEL` with the folder of the model.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from pippin.core.artifact import Artifact, read_artifact, write_artifact

NAME = "BSDS500 (400 photographs)"
TERMS = (
    "Its training and test parts (Berkeley Segmentation Dataset, Arbelaez et al. 2011), scored on Set14 (Zeyde et al. "
    "2010): both are for research and education, and no photograph is part of the model."
)
KEPT = ("format", "parts", "files", "checksum")  # what writing makes anew


def make(artifact: Artifact, folder: Path) -> Artifact:
    """Write the artifact below `folder`, under its variant's name."""
    facts = {name: value for name, value in artifact.facts.items() if name not in KEPT}
    facts["data"] = {**facts["data"], "name": NAME, "terms": TERMS}
    target = folder / artifact.variant
    shutil.rmtree(target, ignore_errors=True)
    parts = {name: artifact.part(name) for name in artifact.facts["parts"]}
    return write_artifact(folder, facts, parts, artifact.learned, target)


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named built in."""
    made = make(read_artifact(Path(arguments[0])), Path(__file__).with_name("model"))
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])

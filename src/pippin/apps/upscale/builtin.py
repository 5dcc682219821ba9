"""Make a trained model one of those that come with the application: with the terms of its photographs in its card.

The commands, with BSDS500's training and test photographs in `photographs/train` and Set14 in `photographs/test`:
`pippin upscale train photographs --preset clean --threads 1` (and so on, as each card has it), then
`python -m pippin.apps.upscale.builtin MODEL` with the folder of the model.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pippin.core.artifact import read_artifact
from pippin.learn.built_in import built_in

NAME = "BSDS500 (400 photographs)"
TERMS = (
    "Its training and test parts (Berkeley Segmentation Dataset, Arbelaez et al. 2011), scored on Set14 (Zeyde et al. "
    "2010): both are for research and education, and no photograph is part of the model."
)
WORN = " What it learned from and is scored on was blurred, made smaller, noisy and compressed first."


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named built in."""
    artifact = read_artifact(Path(arguments[0]))
    terms = TERMS + (WORN if artifact.variant.endswith("photo") else "")
    made = built_in(artifact, Path(__file__).with_name("model"), NAME, terms)
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])

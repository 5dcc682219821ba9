"""Make a trained model one of those that come with the application, with the terms of its clips in its card.

The commands: `pippin lipread train s1 --seed 0 --threads 1` with GRID's speaker 1 in `s1`, and the one that the card of
the rendered model has; then `python -m pippin.apps.lipread.builtin MODEL` with the folder of the model.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pippin.core.artifact import read_artifact
from pippin.learn.builtin_model import built_in

ORIGINS = {
    "person": (
        "GRID, speaker 1 (one man's mouth)",
        "The GRID audiovisual sentence corpus (Cooke, Barker, Cunningham and Shao 2006) is free for research; 850 of "
        "the 1,000 clips of its first speaker were learned from and scored on. No frame of them is part of the model. "
        "The scores hold for this man's mouth alone; of four clips of three other speakers most words were wrong. What "
        "is read without the grammar has a confidence, too, which does not tell how likely it is right.",
    ),
    "rendered": (
        "mouths rendered by this project",
        "Rendered mouths, drawn by this project (Apache-2.0): it knows no person's.",
    ),
}


def main(arguments: Sequence[str]) -> None:
    """Build the built-in model in the named folder."""
    artifact = read_artifact(Path(arguments[0]))
    made = built_in(artifact, Path(__file__).with_name("model"), *ORIGINS[artifact.variant])
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])

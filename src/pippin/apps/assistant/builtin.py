"""Make a trained model the one that comes with the application.

The commands: `pippin assistant train --seed 0 --threads 1`, then `python -m pippin.apps.assistant.builtin MODEL` with
the folder of the model. To be done again when a sentence of the skills changes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pippin.core.artifact import read_artifact
from pippin.learn.builtin_model import built_in

NAME = "the sentences of the skills that come with it"
TERMS = "Sentences written by this project (Apache-2.0); it knows no others, and English alone."


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named built in."""
    made = built_in(read_artifact(Path(arguments[0])), Path(__file__).with_name("model"), NAME, TERMS)
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])

"""Make a trained model one of those that come with the application, with the terms of its clips in its card.

The commands: `pippin lipread train s1 --seed 0 --threads 1` with GRID's speaker 1 in `s1`, and the one that the card of
the rendered model has; then `python -m pippin.apps.lipread.builtin MODEL` with the folder of the model. With the folder
of GRID's speaker 1 after it, a model of an earlier version is given the background of the words it was trained on.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.data import load
from pippin.core.artifact import Artifact, identity, read_artifact
from pippin.core.errors import PippinError
from pippin.core.values import SavedState
from pippin.learn.builtin_model import built_in

ENOUGH = 200  # clips that hold each word often enough
ORIGINS = {
    "person": (
        "GRID, speaker 1 (one man's mouth)",
        "The GRID audiovisual sentence corpus (Cooke, Barker, Cunningham and Shao 2006) is free for research; 850 of "
        "the 1,000 clips of its first speaker were learned from and scored on. No frame of them is part of the model. "
        "The scores hold for this man's mouth alone; of four clips of three other speakers most words were wrong. Its "
        "background for phrases are features of words of its training clips.",
    ),
    "rendered": (
        "mouths rendered by this project",
        "Rendered mouths, drawn by this project (Apache-2.0): it knows no person's.",
    ),
}


def main(arguments: Sequence[str]) -> None:
    """Build the built-in model in the named folder."""
    artifact, parts = read_artifact(Path(arguments[0])), None
    if len(arguments) > 1:
        parts = {**{name: artifact.part(name) for name in artifact.facts["parts"]}}
        parts["model"] = with_background(artifact, arguments[1])
    made = built_in(artifact, Path(__file__).with_name("model"), *ORIGINS[artifact.variant], parts)
    print((made.folder / "README.md").read_text())


def with_background(artifact: Artifact, source: str) -> SavedState:
    """Return a reader with the background of its training words; PippinError where the data are not those it had."""
    from pippin.apps.lipread.background import background
    from pippin.apps.lipread.learner import LipreadLearner, training_clip

    reader = LipreadLearner(LipreadConfig.read(artifact.facts["config"]))
    reader.load(artifact.part("model"))
    train = load(source, reader.config).train
    if not all(identity(example.key) in artifact.learned for example in train):
        raise PippinError(f"{artifact.folder} was not trained on {source}.", input=source)
    clips = [clip for example in train[:ENOUGH] if (clip := training_clip(example))]
    reader.background = background(clips, reader.known)
    return reader.save()


if __name__ == "__main__":
    main(sys.argv[1:])

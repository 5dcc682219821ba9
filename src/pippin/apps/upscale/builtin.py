"""Make a trained model one of those that come with the application: with the terms of its photographs in its card.

The commands, with BSDS500's training and test photographs (but 60, see NAME) in `photographs/train` and Set14 in
`photographs/test`: `pippin upscale train photographs --preset photo --threads 1` (and so on, as each card has it), then
`python -m pippin.apps.upscale.builtin MODEL` with the folder of the model. `MODEL CLEAN photographs` puts a second
model, for clean images of the same scale, into the first one, which then decides by the image, and scores it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pippin.apps.upscale.answers import score
from pippin.apps.upscale.data import load
from pippin.apps.upscale.learner import Network
from pippin.core.artifact import Artifact, read_artifact
from pippin.core.errors import PippinError
from pippin.learn.built_in import built_in

NAMES = {400: "BSDS500 (400 photographs)", 340: "BSDS500 (340 photographs; 60 were set apart)"}
TERMS = (
    "Its training and test parts (Berkeley Segmentation Dataset, Arbelaez et al. 2011), scored on Set14 (Zeyde et al. "
    "2010): both are for research and education, and no photograph is part of the model."
)
WORN = " What it learned from and is scored on was blurred, made smaller, noisy and compressed first."


def main(arguments: Sequence[str]) -> None:
    """Make the model in the first folder built in; a second one is for clean images, a third holds photographs."""
    artifact = read_artifact(Path(arguments[0]))
    terms = TERMS + (WORN if artifact.variant.endswith("photo") else "")
    facts, parts = dict(artifact.facts), {part: artifact.part(part) for part in artifact.facts["parts"]}
    if len(arguments) > 1:
        other = read_artifact(Path(arguments[1]))
        learner = with_clean(artifact, other)
        parts["model"], facts["scores"] = learner.save(), scores(learner, arguments[2])
        facts["about"] = [*facts["about"], f"It decides by the image: for clean ones it holds {other.id}."]
    name = NAMES[facts["data"]["examples"]]
    made = built_in(replace(artifact, facts=facts), Path(__file__).with_name("model"), name, terms, parts)
    print((made.folder / "README.md").read_text())


def with_clean(artifact: Artifact, clean: Artifact) -> Network:
    """The model with another beside it that is for clean images."""
    learners = []
    for one in (artifact, clean):
        learner = Network(one.facts["config"])
        learner.load(one.part("model"))
        learners.append(learner)
    main, other = learners
    if other.ready.shape.scale != main.ready.shape.scale or other.ready.shape.experts:
        raise PippinError(f"{clean.id} is not a network for clean images of the same scale.", input=clean.id)
    main.clean = other.ready
    return main


def scores(learner: Network, photographs: str) -> dict[str, dict[str, float]]:
    """Score a learner on the test part, as `train` does."""
    test = load(photographs, learner.config).test
    found = score(list(learner.predict([example.input for example in test])), test)
    return {name: value._asdict() for name, value in found.items()}


if __name__ == "__main__":
    main(sys.argv[1:])

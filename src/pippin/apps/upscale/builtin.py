"""Make a trained model one of those that come with the application: with the terms of its photographs in its card.

The commands, with BSDS500's training and test photographs (but 60, see NAME) in `photographs/train` and Set14 in
`photographs/test`: `pippin upscale train photographs --preset photo --threads 1` (and so on, as each card has it), then
`python -m pippin.apps.upscale.builtin MODEL` with the folder of the model. `MODEL photographs` scores it again, and
`MODEL photographs CLEAN` first puts a second model, for clean images of the same scale, into it: the image decides.
`MODEL photographs CLEAN ESTIMATOR` takes the estimator from a file of `pippin.apps.upscale.estimator_training`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from safetensors.numpy import load_file

from pippin.apps.upscale.data import load
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.metrics import score
from pippin.core.artifact import Artifact, read_artifact
from pippin.core.errors import PippinError
from pippin.core.learner import load_learner
from pippin.learn.builtin_model import built_in

NAMES = {400: "BSDS500 (400 photographs)", 340: "BSDS500 (340 photographs; 60 were set apart)"}
TERMS = (
    "Its training and test parts (Berkeley Segmentation Dataset, Arbelaez et al. 2011), scored on Set14 (Zeyde et al. "
    "2010): both are for research and education, and no photograph is part of the model."
)
ESTIMATOR_NOTE = (
    "Its estimator is that of upscale-x2-photo-9b3694e3, which learned on from the same photographs, grey copies of "
    "them, text and figures (`python -m pippin.apps.upscale.estimator_training`, 3,500 steps, seed 0)."
)
WORN = " What it learned from and is scored on was blurred, made smaller, noisy and compressed first."


def main(arguments: Sequence[str]) -> None:
    """Build a built-in model; see the module on the arguments."""
    artifact = read_artifact(Path(arguments[0]))
    terms = TERMS + (WORN if artifact.variant.endswith("photo") else "")
    facts, parts = dict(artifact.facts), {part: artifact.part(part) for part in artifact.facts["parts"]}
    if len(arguments) > 1:
        learner = loaded(artifact)
        if len(arguments) > 2:
            other = read_artifact(Path(arguments[2]))
            keep_clean(learner, other)
            notes = [f"It decides by the image: for clean ones it holds {other.id}."]
            if len(arguments) > 3:
                take_estimator(learner, Path(arguments[3]))
                notes.append(ESTIMATOR_NOTE)
            parts["model"] = learner.save()
            facts["about"] = [*(note for note in facts["about"] if "for clean ones" not in note), *notes]
        facts["scores"] = scores(learner, arguments[1])
    name = NAMES[facts["data"]["examples"]]
    made = built_in(replace(artifact, facts=facts), Path(__file__).with_name("model"), name, terms, parts)
    print((made.folder / "README.md").read_text())


def loaded(artifact: Artifact) -> UpscaleLearner:
    """Return the learner of an artifact."""
    learner = UpscaleLearner(artifact.facts["config"])
    load_learner(learner, artifact.part("model"))
    return learner


def keep_clean(learner: UpscaleLearner, clean: Artifact) -> None:
    """Put a network for clean images into a learner; PippinError where it is for another scale or for other images."""
    other = loaded(clean)
    if other.own_scale != learner.own_scale or other.ready.shape.experts:
        raise PippinError(f"{clean.id} is not a network for clean images of the same scale.", input=clean.id)
    learner.keep_clean(other)


def take_estimator(learner: UpscaleLearner, path: Path) -> None:
    """Replace the estimator's weights by those in a safetensors file."""
    assert learner.model is not None
    learner.model = replace(learner.model, weights={**learner.model.weights, **load_file(path)})


def scores(learner: UpscaleLearner, photographs: str) -> dict[str, dict[str, float]]:
    """Score a learner on the test part, as `train` does."""
    test = load(photographs, learner.config).test
    found = score(list(learner.predict([example.input for example in test])), test)
    return {name: value._asdict() for name, value in found.items()}


if __name__ == "__main__":
    main(sys.argv[1:])

"""Make a trained model one of the built-in ones, with the terms of its images in its card.

The commands: `pippin pathology train breastmnist.npz --seed 0 --threads 1` (or pneumoniamnist.npz), then
`python -m pippin.apps.pathology.builtin MODEL breastmnist.npz` with the folder of the model. It is scored again on the
validation part, which it never saw.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pippin.apps.pathology.config import BREAST, CHEST, PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.scoring import details, score
from pippin.core.artifact import read_artifact
from pippin.learn.builtin_model import built_in


class Origin(NamedTuple):
    """What the data of a built-in model are called, and their terms."""

    name: str
    terms: str


INTENDED = (
    "Intended use: to study how such a network answers and doubts. Not intended: to find out what a person has, or to "
    "rule anything out. A demonstration on 28 x 28 pixels; no pathology, and no slides."
)
ORIGINS = {
    BREAST: Origin(
        "BreastMNIST's training part (breast ultrasound, real images)",
        "BreastMNIST of MedMNIST v2 (Yang et al. 2023), made of BUSI (Al-Dhabyani et al. 2020), CC BY 4.0: ultrasound "
        "of women of one hospital in Cairo, taken in 2018. Images that have a twin in the validation part were left "
        f"out. Nothing tells which images are of one patient. No image is part of the model. {INTENDED}",
    ),
    CHEST: Origin(
        "PneumoniaMNIST's training part (chest X-rays of children, real images)",
        "PneumoniaMNIST of MedMNIST v2 (Yang et al. 2023), made of Kermany et al. 2018, CC BY 4.0: X-rays of children "
        "of one to five years of one hospital in Guangzhou, so not of other people. The official test part, which was "
        "not at hand, is harder than the validation part. Nothing tells which images are of one patient. No image is "
        f"part of the model. {INTENDED}",
    ),
}


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named built in."""
    artifact = read_artifact(Path(arguments[0]))
    learner = PathologyLearner(PathologyConfig.read(artifact.facts["config"]))
    learner.load(artifact.part("model"))
    origin = ORIGINS[artifact.variant]
    learner.origin = f"{len(learner.left_out.truth):,} images of {origin.name}: {origin.terms}"
    test = load(arguments[1], learner.config).test
    predictions = list(learner.predict(example.input for example in test))
    saved = learner.save()
    facts = {
        **artifact.facts,
        "scores": {name: value._asdict() for name, value in score(predictions, test).items()},
        "details": details(predictions, test),
        "about": [*[note for note in artifact.facts["about"] if "Sets of labels" not in note], *saved.about],
        "history": [{**step, "data": Path(arguments[1]).name} for step in artifact.facts["history"]],
    }
    parts = {part: artifact.part(part) for part in artifact.facts["parts"]} | {"model": saved}
    folder = Path(__file__).with_name("model")
    made = built_in(replace(artifact, facts=facts), folder, origin.name, origin.terms, parts)
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])

"""Make a trained model the built-in one, with the terms of its patients in its card.

The commands: `pippin raredisease train phenopackets.jsonl.gz --seed 0 --threads 1` with published patients, then
`python -m pippin.apps.raredisease.builtin MODEL` with the folder of the model.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pippin.core.artifact import read_artifact
from pippin.learn.builtin_model import built_in

NAME = "published patients as phenopackets"
TERMS = (
    "7,395 published patients as GA4GH phenopackets (Phenopacket Store, BSD-3-Clause): those of 70 % of groups of "
    "diseases were learned from and the others scored on; no disease and no paper lies in both. They are real people "
    "described in papers, many of them children with disorders of development; whom doctors publish decides who is "
    "among them. No patient is part of the model. Intended use: to study how findings rank diseases, on published or "
    "made-up patients. Not intended: to find out what a person has, or to rule anything out."
)


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named built in."""
    artifact = read_artifact(Path(arguments[0]))
    for step in artifact.facts["history"]:
        step["data"] = Path(step["data"]).name if step.get("data") else step.get("data")
    made = built_in(artifact, Path(__file__).with_name("model"), NAME, TERMS)
    print((made.folder / "README.md").read_text())


if __name__ == "__main__":
    main(sys.argv[1:])

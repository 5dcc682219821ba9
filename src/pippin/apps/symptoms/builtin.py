"""Make a trained model the built-in one, with the terms of its patients in its card, and draw the sample from it.

The commands: `pippin symptoms train patients.csv --seed 0 --threads 1` with the patients of DDXPlus, then
`python -m pippin.apps.symptoms.builtin MODEL` with the folder of the model.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pippin.apps.symptoms.data import SAMPLE
from pippin.apps.symptoms.knowledge.structure import YES_NO, load_structure
from pippin.apps.symptoms.patients.drawing import draw_answers, draw_complaints, draw_profiles
from pippin.apps.symptoms.tables.learned_tables import AGE_EDGES, SEXES, Tables
from pippin.core.artifact import read_artifact
from pippin.core.files import write_bytes
from pippin.learn.builtin_model import built_in

NAME = "made-up patients of DDXPlus"
TERMS = (
    "1,305 synthetic patients of DDXPlus (Fansi Tchango et al. 2022, CC BY 4.0), with 48 of its 49 conditions; of "
    "bronchiolitis there was none, so it rests on others alone. No patient is part of the model: it holds how often "
    "each answer came with each condition, smoothed, and networks trained on patients drawn from that. Intended use: "
    "to study how questions narrow down a made-up world of 49 conditions. Not intended: to find out what a person has, "
    "or to rule anything out; no real person was among those it learned from."
)
PER_CONDITION, SEED = 12, 3
COLUMNS = ("AGE", "SEX", "PATHOLOGY", "EVIDENCES", "INITIAL_EVIDENCE")


def main(arguments: Sequence[str]) -> None:
    """Make the model in the folder named built in."""
    artifact = read_artifact(Path(arguments[0]))
    for step in artifact.facts["history"]:
        step["data"] = Path(step["data"]).name if step.get("data") else step.get("data")
    made = built_in(artifact, Path(__file__).with_name("model"), NAME, TERMS)
    write_bytes(SAMPLE, draw_sample(Tables.load(made.part("model").tensors)))
    print((made.folder / "README.md").read_text())


def draw_sample(tables: Tables) -> bytes:
    """Return patients drawn from the tables as a CSV file in the form of DDXPlus."""
    structure, rng = load_structure(), np.random.default_rng(SEED)
    conditions = np.repeat(np.arange(len(structure.conditions)), PER_CONDITION)
    bits = draw_answers(tables, conditions, rng)
    complaints = draw_complaints(bits, rng)
    ages, sexes = draw_profiles(tables, conditions, rng)
    edges = [0, *AGE_EDGES.tolist(), 90]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rng.permutation(len(conditions)):
        if complaints[row] >= 0:
            age = rng.integers(edges[ages[row]], edges[ages[row] + 1])
            name, complaint = structure.names[conditions[row]], structure.questions[complaints[row]].code
            writer.writerow((age, SEXES[sexes[row]], name, evidence_codes(bits[row]), complaint))
    return buffer.getvalue().encode()


def evidence_codes(bits: np.ndarray) -> str:
    """Return the answers [O] of a patient as DDXPlus writes them; no to a yes or no question is left out."""
    found = []
    for question in load_structure().questions:
        for option in np.flatnonzero(bits[question.span]):
            if question.kind == YES_NO and option == question.default:
                continue
            if question.parent >= 0 and not bits[load_structure().questions[question.parent].start + 1]:
                continue
            found.append(question.code if question.kind == YES_NO else f"{question.code}_@_{question.options[option]}")
    return str(found)


if __name__ == "__main__":
    main(sys.argv[1:])

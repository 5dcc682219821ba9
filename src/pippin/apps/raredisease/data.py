"""Where examples come from: made-up patients drawn from the annotations, or your own phenopackets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.reading import read_files, read_patient
from pippin.apps.raredisease.predictions import NONE, validate_disease
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Input


def load(source: str | None, config: RareDiseaseConfig | None = None) -> Dataset:
    """Load the sample, or phenopackets with a diagnosis; PippinError where there are too few.

    No disease and no paper lies in two parts.
    """
    if source is None:
        from pippin.apps.raredisease.sample import sample_patients

        return _dataset("made-up patients", sample_patients(), [], "made up by drawing from the annotations", config)
    path = Path(source)
    if not path.exists():
        raise PippinError(f"There is no {source}; give a file or a folder of phenopackets.", input=source)
    found, skipped = _read(read_files(path))
    return _dataset(source, found, skipped, "the diagnosis of each phenopacket", config)


def _dataset(
    name: str,
    found: list[tuple[Input, Patient]],
    skipped: list[Skipped],
    layout: str,
    config: RareDiseaseConfig | None,
) -> Dataset:
    settings = config or RareDiseaseConfig()
    knowledge = load_knowledge(None, settings.catalogue, settings.hpo)
    layout = f"{layout}; annotations of {knowledge.version}"
    examples = _examples(knowledge, found)
    if len({example.group for example in examples}) < 4:
        raise PippinError(f"{name} needs patients of four diseases or more, each with its diagnosis.", input=name)
    train, val, test = split_by_group(examples, val=0.0, test=0.3, balanced=False)
    return Dataset(name, train, val, test, skipped=tuple(skipped), layout=layout)


def _read(items: Iterable[Input]) -> tuple[list[tuple[Input, Patient]], list[Skipped]]:
    ontology = load_knowledge().ontology
    found, skipped = [], []
    for item in items:
        try:
            patient = read_patient(item, ontology)
            validate_disease(patient.disease)
        except PippinError as problem:
            skipped.append(Skipped(item.name, problem.message))
        else:
            found.append((item, patient))
    return found, skipped


def _examples(knowledge: Knowledge, found: list[tuple[Input, Patient]]) -> list[Example]:
    """Return examples, each content once; a disease the annotations do not know is "none of these"."""
    groups = group_by_disease_and_paper([patient for _, patient in found])
    examples: dict[str, Example] = {}
    for (item, patient), group in zip(found, groups, strict=True):
        disease = validate_disease(patient.disease)
        answer = disease if disease in knowledge.index else NONE
        examples.setdefault(item.digest(), Example(item, answer, item.digest(), group))
    return list(examples.values())


def group_by_disease_and_paper(patients: list[Patient]) -> list[str]:
    """Return a name for each patient, the same for all that are connected by a disease or a paper."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for patient in patients:
        for paper in patient.papers:
            one, other = sorted((root(patient.disease), root(paper)))
            parent[other] = one
    roots = [root(patient.disease) for patient in patients]
    return [hashlib.sha256(name.encode()).hexdigest()[:16] for name in roots]

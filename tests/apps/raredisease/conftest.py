"""A small ontology and small annotations, written by us, and the knowledge made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippin.apps.raredisease.ontology.annotations import parse_annotations
from pippin.apps.raredisease.ontology.graph import build_ontology
from pippin.apps.raredisease.ontology.knowledge import Knowledge, build_knowledge
from pippin.apps.raredisease.ontology.obo import parse_obo

TERMS = (
    ("HP:0000118", "Root", (), ""),
    ("HP:0000010", "Organ", ("HP:0000118",), ""),
    ("HP:0000011", "Limb", ("HP:0000118",), ""),
    ("HP:0000020", "Large organ", ("HP:0000010",), 'synonym: "Big organ" EXACT layperson []\n'),
    ("HP:0000021", "Small organ", ("HP:0000010",), "alt_id: HP:0000999\n"),
    ("HP:0000022", "Very large organ", ("HP:0000020",), ""),
    ("HP:0000030", "Long limb", ("HP:0000011",), ""),
    ("HP:0000031", "Long large thing", ("HP:0000030", "HP:0000020"), ""),
)
OBSOLETE = "[Term]\nid: HP:0000500\nname: Old name\nis_obsolete: true\nreplaced_by: HP:0000030\n\n"
OTHER = "[Term]\nid: HP:0000005\nname: Inheritance\n\n"
HEADER = "format-version: 1.2\ndata-version: hp/releases/2025-01-16\n\n"
COLUMNS = (
    "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\t"
    "aspect\tbiocuration"
)
ROWS = (
    ("OMIM:1", "First", "", "HP:0000022", "PMID:1", "3/4", "P"),
    ("OMIM:1", "First", "", "HP:0000022", "PMID:2", "1/4", "P"),
    ("OMIM:1", "First", "", "HP:0000030", "PMID:1", "", "P"),
    ("OMIM:1", "First", "NOT", "HP:0000021", "PMID:1", "", "P"),
    ("OMIM:2", "Second", "", "HP:0000021", "OMIM:2", "HP:0040281", "P"),
    ("OMIM:2", "Second", "", "HP:0000030", "OMIM:2", "50%", "P"),
    ("OMIM:3", "Third", "", "HP:0000031", "PMID:3", "2/2", "P"),
    ("OMIM:3", "Third", "", "HP:0000005", "PMID:4", "", "I"),
    ("ORPHA:9", "Elsewhere", "", "HP:0000021", "ORPHA:9", "", "P"),
)


def obo_text() -> str:
    """Return the ontology as OBO."""
    stanzas = [
        f"[Term]\nid: {id}\nname: {name}\n{more}" + "".join(f"is_a: {parent} ! x\n" for parent in parents) + "\n"
        for id, name, parents, more in TERMS
    ]
    return HEADER + "".join(stanzas) + OBSOLETE + OTHER + "[Typedef]\nid: part_of\nname: part of\n"


def hpoa_text() -> str:
    """Return the annotations as phenotype.hpoa."""
    lines = ["#description: made up", "#version: 2025-01-16", COLUMNS]
    for disease, name, qualifier, term, reference, frequency, aspect in ROWS:
        cells = (disease, name, qualifier, term, reference, "PCS", "", frequency, "", "", aspect, "us")
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def small() -> Knowledge:
    """Knowledge of three made-up diseases."""
    return build_knowledge(build_ontology(parse_obo(obo_text())), parse_annotations(hpoa_text()))


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The made-up ontology and annotations as files."""
    folder = tmp_path_factory.mktemp("hpo")
    (folder / "hp.obo").write_text(obo_text())
    (folder / "phenotype.hpoa").write_text(hpoa_text())
    return folder / "hp.obo", folder / "phenotype.hpoa"

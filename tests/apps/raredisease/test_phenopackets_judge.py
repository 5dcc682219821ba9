"""Phenopackets as their own library judges them: what is written is valid, what it writes is read."""

from __future__ import annotations

import json

import pytest

from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.patients.phenopacket import read_phenopacket, write_phenopacket
from pippin.apps.raredisease.sample import sample_packets

library = pytest.importorskip("phenopackets", reason="the judge comes with the extra dev")
json_format = pytest.importorskip("google.protobuf.json_format")


def parse(text: str) -> object:
    """Parse strictly: a field that the schema does not have is an error."""
    return json_format.Parse(text, library.Phenopacket(), ignore_unknown_fields=False)


def test_what_is_written_is_a_phenopacket() -> None:
    packet = write_phenopacket(
        "p1",
        [("HP:0001250", "Seizure")],
        [("HP:0000252", "Microcephaly")],
        [("OMIM:154700", "Marfan syndrome", 0.25)],
        load_knowledge().ontology.version,
        "2026-01-01T00:00:00Z",
        ["PMID:1"],
    )
    found = parse(json.dumps(packet))
    features = [(one.type.id, one.excluded) for one in found.phenotypic_features]  # type: ignore[attr-defined]
    assert features == [("HP:0001250", False), ("HP:0000252", True)]
    status = found.interpretations[0].progress_status  # type: ignore[attr-defined]
    assert status == library.Interpretation.ProgressStatus.IN_PROGRESS
    assert found.meta_data.phenopacket_schema_version == "2.0"  # type: ignore[attr-defined]


def test_the_sample_is_made_of_phenopackets() -> None:
    for name, text in sample_packets()[::40]:
        assert parse(text).id == name  # type: ignore[attr-defined]


def test_what_the_library_writes_is_read() -> None:
    packet = library.Phenopacket(id="p")
    packet.phenotypic_features.add().type.id = "HP:0001250"
    other = packet.phenotypic_features.add()
    other.type.id, other.excluded = "HP:0000252", True
    packet.meta_data.external_references.add().id = "PMID:7"
    packet.interpretations.add().diagnosis.disease.id = "OMIM:154700"
    for preserved in (False, True):  # camelCase, and the names of fields as they are
        text = json_format.MessageToJson(packet, preserving_proto_field_name=preserved)
        found = read_phenopacket(text)
        assert (found.present, found.excluded) == (("HP:0001250",), ("HP:0000252",))
        assert (found.papers, found.disease) == (("PMID:7",), "OMIM:154700")

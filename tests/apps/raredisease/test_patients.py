"""Patients from terms and phenopackets: nothing lost silently, every bad field named."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.raredisease.data import group_by_disease_and_paper
from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.patients.patient import MAX_TERMS, Patient, make_patient
from pippin.apps.raredisease.patients.phenopacket import CANDIDATES, read_phenopacket, write_phenopacket
from pippin.apps.raredisease.patients.reading import expand, read_files, read_patient
from pippin.apps.raredisease.predictions import NONE, validate_disease
from pippin.core.errors import PippinError
from pippin.core.inputs import Text


def packet(**more: Any) -> dict[str, Any]:
    return {"id": "p", "phenotypicFeatures": [{"type": {"id": "HP:0000022"}}], **more}


def read(text: str, small: Knowledge) -> Patient:
    return read_patient(Text.of(text), small.ontology)


def ids(patient: Patient, small: Knowledge) -> tuple[list[str], list[str]]:
    names = small.ontology.ids
    return [names[term] for term in patient.present], [names[term] for term in patient.excluded]


@pytest.mark.parametrize(
    "text",
    [
        "HP:0000022 HP:0000030 -HP:0000021",
        "HP:0000022, HP:0000030; not HP:0000021",
        "hp:0000022 (Very large organ), HP:0000030 | !HP:0000021",
        "HP:0000022\nHP:0000030\nexcluded: HP:0000021",
    ],
)
def test_lists_of_terms_in_many_forms(text: str, small: Knowledge) -> None:
    assert ids(read(text, small), small) == (["HP:0000022", "HP:0000030"], ["HP:0000021"])


def test_one_finding_alone_is_told_how_to_give_several(small: Knowledge) -> None:
    assert "in quotes" in read_patient(Text.of("HP:0000022"), small.ontology).notes[-1]
    assert not read_patient(Text.of("HP:0000022 -HP:0000030"), small.ontology).notes


def test_an_obsolete_term_is_replaced_and_this_is_said(small: Knowledge) -> None:
    found = read("HP:0000500", small)
    assert ids(found, small) == (["HP:0000030"], [])
    assert "HP:0000500 is out of date" in found.notes[0]
    assert "Long limb" in found.notes[0]


def test_unknown_terms_and_terms_that_are_no_findings_are_said(small: Knowledge) -> None:
    found = read("HP:0000030 HP:7777777 HP:0000005", small)
    assert ids(found, small) == (["HP:0000030"], [])
    assert "HP:7777777 is not in the ontology" in found.notes[0]
    assert "no finding" in found.notes[1]


def test_a_term_both_present_and_excluded_counts_as_neither(small: Knowledge) -> None:
    found = read("HP:0000030 -HP:0000030 HP:0000021", small)
    assert ids(found, small) == (["HP:0000021"], [])
    assert "counts as neither" in found.notes[0]


def test_an_excluded_general_finding_yields_to_a_present_special_one(small: Knowledge) -> None:
    found = read("HP:0000022 -HP:0000020", small)
    assert ids(found, small) == (["HP:0000022"], [])
    assert "special case" in found.notes[0]


def test_findings_implied_by_others_do_not_count_twice(small: Knowledge) -> None:
    assert ids(read("HP:0000020 HP:0000022 HP:0000010", small), small) == (["HP:0000022"], [])


@pytest.mark.parametrize("text", ["HP:7777777", '{"phenotypicFeatures": []}', "HP:0000030 -HP:0000030"])
def test_an_empty_patient_is_refused(text: str, small: Knowledge) -> None:
    with pytest.raises(PippinError, match="no finding that can be used"):
        read(text, small)


def test_thousands_of_terms_are_cut_and_this_is_said(small: Knowledge) -> None:
    names = [small.ontology.ids[one] for one in range(len(small.ontology.ids))]
    many = make_patient(small.ontology, names, [], name="x")
    assert len(many.present) < len(names)
    flat = replace(small.ontology, ids=[f"HP:{n:07}" for n in range(5000)], names=["x"] * 5000)
    flat = replace(flat, starts=np.arange(5001), ancestors=np.arange(5000))
    found = make_patient(flat, flat.ids)
    assert len(found.present) == MAX_TERMS
    assert "first 300 count" in found.notes[-1]


def test_a_phenopacket_is_read_whole() -> None:
    text = json.dumps(
        packet(
            phenotypicFeatures=[{"type": {"id": "HP:0000022"}}, {"type": {"id": "HP:0000030"}, "excluded": True}],
            interpretations=[{"diagnosis": {"disease": {"id": "OMIM:1"}}}],
            metaData={"externalReferences": [{"id": "PMID:1"}, {"id": "DOI:2"}]},
        )
    )
    found = read_phenopacket(text)
    assert (found.present, found.excluded, found.papers) == (("HP:0000022",), ("HP:0000030",), ("PMID:1",))
    assert (found.disease, found.name) == ("OMIM:1", "p")


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"phenotypicFeatures": {}}, "phenotypicFeatures must be a list"),
        ({"phenotypicFeatures": [1]}, r"phenotypicFeatures\[0\] must be an object"),
        ({"phenotypicFeatures": [{"type": {"id": "x"}}]}, r"phenotypicFeatures\[0\].type.id"),
        ({"phenotypicFeatures": [{"type": {"id": "HP:0000022"}, "excluded": "no"}]}, r"\[0\].excluded"),
        ({"metaData": []}, "metaData must be an object"),
        ({"interpretations": [{"diagnosis": {"disease": 3}}]}, r"interpretations\[0\].diagnosis.disease"),
    ],
)
def test_an_invalid_phenopacket_names_the_field(value: dict[str, Any], field: str) -> None:
    with pytest.raises(PippinError, match=field):
        read_phenopacket(json.dumps(packet(**value)))


KEYS = [
    "id",
    "type",
    "excluded",
    "phenotypicFeatures",
    "metaData",
    "interpretations",
    "diagnosis",
    "disease",
    "diseases",
    "term",
    "externalReferences",
]
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def message_of(function: Any, value: str) -> str:
    """Return the sentence with which a value is refused, "" where it is not."""
    try:
        function(value)
    except PippinError as problem:
        return problem.message
    return ""


@given(VALUES)
def test_any_json_is_read_or_refused_in_a_sentence(value: Any) -> None:
    message = message_of(read_phenopacket, json.dumps(value))
    assert "\n" not in message
    assert len(message) < 400


@given(st.text(max_size=200))
def test_any_text_is_a_disease_or_refused(text: str) -> None:
    message = message_of(validate_disease, text)
    if message:
        assert "OMIM:147791" in message
    else:
        found = validate_disease(text)
        assert found == NONE or validate_disease(found) == found


def test_what_is_written_is_read_back() -> None:
    written = write_phenopacket(
        "x",
        [("HP:0000022", "a")],
        [("HP:0000030", "b")],
        [("OMIM:1", "First", 0.5)],
        "2025",
        "2026-01-01T00:00:00Z",
        ["PMID:1"],
    )
    found = read_phenopacket(json.dumps(written))
    assert (found.present, found.excluded, found.papers) == (("HP:0000022",), ("HP:0000030",), ("PMID:1",))
    assert found.disease == "OMIM:1"
    assert "no diagnosis" in written["interpretations"][0]["summary"]
    written["metaData"]["createdBy"] = f"{CANDIDATES} More."
    assert read_phenopacket(json.dumps(written)).disease == ""


def test_one_file_many_lines_a_list_a_folder_and_gzip(tmp_path: Path) -> None:
    one, other = json.dumps(packet(id="a")), json.dumps(packet(id="b"))
    (tmp_path / "one.json").write_text(json.dumps(packet(id="a"), indent=1))
    (tmp_path / "lines.jsonl").write_text(f"{one}\n\n{other}\n")
    (tmp_path / "list.json").write_text(f"[{one}, {other}]")
    (tmp_path / "lines.jsonl.gz").write_bytes(gzip.compress(f"{one}\n{other}\n".encode()))
    assert [
        len(list(read_files(tmp_path / name))) for name in ("one.json", "lines.jsonl", "list.json", "lines.jsonl.gz")
    ] == [1, 2, 2, 2]
    assert len(expand(str(tmp_path))) == 7
    assert expand("HP:0000022 and more")[0].read() == b"HP:0000022 and more"


def test_missing_and_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="no file"):
        expand(str(tmp_path / "missing.json"))
    (tmp_path / "bad.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(PippinError, match="Cannot read"):
        list(read_files(tmp_path / "bad.jsonl.gz"))
    (tmp_path / "latin.txt").write_bytes(b"\xff\xfe\xe9")
    with pytest.raises(PippinError, match="UTF-8"):
        list(read_files(tmp_path / "latin.txt"))


def test_patients_joined_by_a_disease_or_a_paper_stay_together() -> None:
    patients = [
        Patient((0,), disease="OMIM:1", papers=("PMID:1",)),
        Patient((0,), disease="OMIM:2", papers=("PMID:1",)),
        Patient((0,), disease="OMIM:2", papers=("PMID:2",)),
        Patient((0,), disease="OMIM:3", papers=("PMID:3",)),
    ]
    groups = group_by_disease_and_paper(patients)
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_null_is_as_good_as_missing_in_a_phenopacket(small: Knowledge) -> None:
    text = json.dumps(packet(metaData=None, interpretations=[{"diagnosis": None}], diseases=None))
    assert ids(read(text, small), small) == (["HP:0000022"], [])


def test_what_version_one_negates_is_excluded(small: Knowledge) -> None:
    features = [{"type": {"id": "HP:0000022"}, "negated": True}, {"type": {"id": "HP:0000030"}}]
    assert ids(read(json.dumps({"phenotypicFeatures": features}), small), small) == (["HP:0000030"], ["HP:0000022"])


def test_terms_of_another_ontology_are_said_and_left_out(small: Knowledge) -> None:
    features = [{"type": {"id": "MONDO:0001250"}}, {"type": {"id": "HP:0000030"}}]
    found = read(json.dumps({"phenotypicFeatures": features}), small)
    assert ids(found, small) == (["HP:0000030"], [])
    assert "MONDO:0001250 is not in the ontology" in found.notes[0]


def test_of_a_family_the_proband_is_read(small: Knowledge) -> None:
    assert ids(read(json.dumps({"id": "f", "proband": packet()}), small), small) == (["HP:0000022"], [])


def test_a_list_whose_member_is_no_phenopacket_names_it(small: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps([1, packet()]))
    first, second = read_files(path)
    with pytest.raises(PippinError, match="must be an object"):
        read_patient(first, small.ontology)
    assert read_patient(second, small.ontology).present


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_text_is_no_folder(text: str) -> None:
    with pytest.raises(PippinError, match="No patient is given"):
        expand(text)


def test_what_says_little_is_said_to(small: Knowledge) -> None:
    with pytest.raises(PippinError, match="any finding at all"):
        read("HP:0000118", small)
    assert "only absent ones" in read("-HP:0000030", small).notes[0]

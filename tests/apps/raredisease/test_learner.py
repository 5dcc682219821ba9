"""The built-in model and the commands, through the same verbs as a user."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pippin.apps.raredisease import application
from pippin.apps.raredisease.commands.keeping import rankings
from pippin.apps.raredisease.commands.ranking import rank
from pippin.apps.raredisease.commands.saving import sample, save, tied
from pippin.apps.raredisease.commands.terms import search, terms
from pippin.apps.raredisease.commands.updating import update
from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.data import load
from pippin.apps.raredisease.predictions import NONE, NOTICE
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context

TERMS = "HP:0001166 HP:0000545 HP:0001083 HP:0002616 HP:0001382 HP:0000768"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return open_context(application, Workspace(tmp_path_factory.mktemp("home")))


def test_a_textbook_patient_of_marfan_syndrome_is_ranked_high(context: Context) -> None:
    found = rank(context, TERMS).payload
    assert "OMIM:154700" in [one["disease"] for one in found["ranked"]]
    assert sum(one["probability"] for one in found["ranked"]) + found["none"] <= 1 + 1e-6
    assert NOTICE in found["notes"]
    assert any("2025-01-16" in note for note in found["notes"])


def test_probabilities_fall_and_questions_were_not_answered_before(context: Context) -> None:
    found = rank(context, TERMS, count=5).payload
    shares = [one["probability"] for one in found["ranked"]]
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert not {one["term"] for one in found["next"]} & set(TERMS.split())


def test_text_and_terms_of_it_give_the_same_ranking(context: Context) -> None:
    text = "A tall boy with scoliosis and myopia, no hearing loss. His father has seizures."
    line = " ".join(terms(context, text).payload["terms"])
    by_text, by_terms = rank(context, text).payload, rank(context, line).payload
    assert by_text["ranked"] == by_terms["ranked"]
    assert "HP:0001250" not in line


def test_teach_and_undo(context: Context) -> None:
    item = "HP:0002650 HP:0000365"
    before = context.run("predict", item).payload["results"][0]
    context.run("teach", item, "OMIM:154700")
    taught = context.run("predict", item).payload["results"][0]
    other = context.run("predict", "HP:0001250 HP:0001263").payload["results"][0]
    context.run("undo")
    assert taught["answer"] == "OMIM:154700"
    assert other["answer"] != "OMIM:154700"
    assert context.run("predict", item).payload["results"][0] == before


def test_one_bad_patient_ends_no_batch(context: Context, tmp_path: Path) -> None:
    good = {"id": "a", "phenotypicFeatures": [{"type": {"id": "HP:0001250"}}]}
    bad = {"id": "b", "phenotypicFeatures": [{"type": {"id": 3}}]}
    path = tmp_path / "two.jsonl"
    path.write_text(f"{json.dumps(bad)}\n{json.dumps(good)}\n")
    first, second = context.run("predict", path).payload["results"]
    assert "phenotypicFeatures[0].type.id" in first["error"]
    assert second["error"] is None


def test_search_finds_by_name_synonym_and_id(context: Context) -> None:
    assert search(context, "scoliosis").payload["terms"][0]["term"] == "HP:0002650"
    assert search(context, "HP:0002650").payload["terms"][0]["name"] == "Scoliosis"
    with pytest.raises(PippinError, match="No finding"):
        search(context, "zzzz")


def test_rankings_are_saved_in_every_form(context: Context, tmp_path: Path) -> None:
    out = tmp_path / "out"
    save(context, TERMS, out, count=3)
    packet = json.loads(next(out.glob("*.json")).read_text())
    assert [one["type"]["id"] for one in packet["phenotypicFeatures"]] == TERMS.split()
    assert len(packet["interpretations"]) == 3
    assert "not a medical device" in next(out.glob("*.html")).read_text()
    rows = list(csv.DictReader((out / "ranking.csv").read_text().splitlines()))
    assert len(rows) == 3
    assert rows[0]["notice"].startswith(f"{NOTICE} The model learned from 5,612 patients: published patients")
    table = next((out / "pheval").glob("*.tsv"))
    assert table.stem == next(out.glob("*.json")).stem
    lines = table.read_text().splitlines()
    assert lines[0].split("\t") == ["disease_identifier", "score"]
    assert float(lines[1].split("\t")[1]) >= float(lines[2].split("\t")[1]) > 0
    results = next((out / "pheval_disease_results").glob("*-pheval_disease_result.tsv")).read_text().splitlines()
    assert results[0].split("\t") == ["rank", "score", "disease_name", "disease_identifier"]
    assert results[1].split("\t")[3] == rows[0]["disease"]
    with pytest.raises(PippinError, match="not an empty folder"):
        save(context, TERMS, out)


def test_the_sample_is_written_and_read(context: Context, tmp_path: Path) -> None:
    sample(context, tmp_path / "patients")
    files = sorted((tmp_path / "patients").glob("*.json"))
    assert len(files) == 250
    assert context.run("predict", files[0]).payload["results"][0]["error"] is None


def test_newer_files_are_used_and_taken_back(context: Context, files: tuple[Path, Path]) -> None:
    with pytest.raises(PippinError, match="Give both files"):
        update(context)
    with pytest.raises(PippinError, match=r"phenotype\.hpoa"):
        update(context, files[0], files[0])
    found = update(context, *files)
    assert found.payload["diseases"] == 3
    assert found.payload["changed"]
    ranked = rank(context, "HP:0000030").payload["ranked"]
    assert {one["disease"] for one in ranked} == {"OMIM:1", "OMIM:2", "OMIM:3"}
    update(context, reset=True)
    assert rank(context, TERMS).payload["ranked"][0]["disease"] not in ("OMIM:1", "OMIM:2", "OMIM:3")


def test_nothing_of_a_patient_is_left_in_the_workspace(context: Context) -> None:
    rank(context, "HP:0011675 HP:0006254")
    context.run("predict", "HP:0011675 HP:0006254")
    for path in context.workspace.home.rglob("*"):
        if path.is_file() and "knowledge" not in path.name:
            assert b"HP:0011675 HP:0006254" not in path.read_bytes()


@pytest.mark.parametrize("count", [0, 51, -1])
def test_a_count_out_of_range_is_refused(count: int, context: Context) -> None:
    with pytest.raises(PippinError, match="1 to 50"):
        rank(context, TERMS, count=count)


def test_results_are_named_like_the_phenopackets_they_are_of(context: Context, tmp_path: Path) -> None:
    name = "PMID_15266616_p.1 (II-2),+a"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{name}.json").write_text('{"phenotypicFeatures": [{"type": {"id": "HP:0001250"}}]}')
    save(context, str(tmp_path / "in"), tmp_path / "out", count=2)
    assert [path.stem for path in (tmp_path / "out" / "pheval").iterdir()] == [name.replace(" ", "_")]


def test_equal_scores_share_a_rank() -> None:
    rows = [(1, 0.5, "a", "OMIM:1"), (2, 0.5, "b", "OMIM:2"), (3, 0.1, "c", "OMIM:3")]
    assert [rank for rank, *_ in tied(rows)] == [1, 1, 3]


def test_orphanets_diseases_are_ranked_on_request(context: Context) -> None:
    found = rank(context, TERMS, catalogue="ORPHA").payload["ranked"]
    assert all(one["disease"].startswith("ORPHA:") for one in found)
    marfan = next(one for one in found if one["disease"] == "ORPHA:558")
    assert marfan["same_name"] == "OMIM:154700"
    with pytest.raises(PippinError, match="OMIM, ORPHA, all"):
        rank(context, TERMS, catalogue="MONDO")


def test_a_ranking_is_kept_on_request_alone_and_forgotten(context: Context) -> None:
    assert rankings(context).payload["kept"] == []
    name = rank(context, "HP:0011675 HP:0006254", keep=True).payload["kept"]
    assert rankings(context).payload["kept"][0]["findings"] == "HP:0011675 HP:0006254"
    rankings(context, forget=name)
    assert rankings(context).payload["kept"] == []
    with pytest.raises(PippinError, match="Nothing is kept"):
        rankings(context, forget=name)


def test_patients_are_scored_by_other_files(context: Context, files: tuple[Path, Path], tmp_path: Path) -> None:
    lines = [
        {"id": str(number), "phenotypicFeatures": [{"type": {"id": term}}], "diseases": [{"term": {"id": disease}}]}
        for number, (term, disease) in enumerate(
            [("HP:0000022", "OMIM:1"), ("HP:0000021", "OMIM:2"), ("HP:0000031", "OMIM:3"), ("HP:0000030", "OMIM:4")]
        )
    ]
    path = tmp_path / "patients.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    found = load(str(path), RareDiseaseConfig(hpo=str(files[0].parent)))
    assert {example.answer for example in found.examples} == {"OMIM:1", "OMIM:2", "OMIM:3", NONE}
    assert {example.answer for example in load(str(path)).examples} == {NONE}
    with pytest.raises(PippinError, match=r"has no hp\.obo"):
        load(str(path), RareDiseaseConfig(hpo=str(tmp_path)))


@pytest.mark.parametrize("text", ["HP:0001250 " * 5000, "The girl has seizures. " * 5000, "-HP:0001250"])
def test_much_and_little_is_ranked_without_confidence_above_one(text: str, context: Context) -> None:
    found = rank(context, text, count=3).payload
    assert 0 <= found["none"] <= 1
    assert sum(one["probability"] for one in found["ranked"]) <= 1


@pytest.mark.parametrize(
    "text", ["Keine Epilepsie, Scoliosis", "x" * 100_000, "这个女孩有癫痫发作", "{" * 100_000, "HP:12"]
)
def test_what_cannot_be_read_is_refused_in_a_sentence(text: str, context: Context) -> None:
    with pytest.raises(PippinError) as found:
        rank(context, text)
    assert len(found.value.message) < 400

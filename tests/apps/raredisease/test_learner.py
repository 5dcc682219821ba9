"""The built-in model and the commands, through the same verbs as a user."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pippin.apps.raredisease import application
from pippin.apps.raredisease.commands.ranking import rank
from pippin.apps.raredisease.commands.saving import sample, save
from pippin.apps.raredisease.commands.terms import search, terms
from pippin.apps.raredisease.commands.updating import update
from pippin.apps.raredisease.predictions import NOTICE
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
    assert rows[0]["notice"] == NOTICE
    results = next((out / "pheval_disease_results").glob("*.tsv")).read_text().splitlines()
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

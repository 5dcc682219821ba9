"""Corrections in PostgreSQL: seen by other machines, apart for visitors, and a database that goes away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live import live_class
from PIL import Image as PIL
from postgres import Postgres
from serving import serving

import pippin
from pippin.core.errors import PippinError
from pippin.core.feedback import MAX_SMALL, FeedbackStore
from pippin.core.feedback_database import DatabaseAway
from pippin.core.inputs import Image, Text
from pippin.core.values import Correction
from pippin.core.workspace import Workspace


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    made = Postgres()
    yield made
    made.remove()


@pytest.fixture
def postgres(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """It without tables, as the database of corrections."""
    server.clear()
    monkeypatch.setenv("PIPPIN_DATABASE", server.url)
    return server


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """An image unlike any other."""
    tiles = np.random.default_rng(20).integers(0, 256, (8, 8, 3), np.uint8)
    path = tmp_path / "photo.png"
    PIL.fromarray(np.kron(tiles, np.ones((12, 12, 1), np.uint8))).save(path)
    return path


def test_what_one_machine_was_taught_another_answers_with_the_image_itself(
    postgres: Postgres, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(machine: str) -> None:
        monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / machine))
        monkeypatch.setenv("PIPPIN_CACHE", str(tmp_path / machine / "cache"))

    at("one")
    pippin.teach("recognize", photo, "my own")
    at("two")
    assert pippin.predict("recognize", photo).payload["results"][0]["answer"] == "my own"
    assert not list((tmp_path / "one" / "inputs").glob("*")) + list((tmp_path / "two" / "inputs").glob("*"))
    assert pippin.undo("recognize").payload["rows"] == 0
    assert postgres.execute("SELECT count(*) FROM feedback_inputs") == [(0,)]
    at("one")
    other = tmp_path / "other.png"
    PIL.new("RGB", (40, 40), "red").save(other)
    pippin.predict("recognize", other)  # which looks whether the corrections are still the same
    digest = Image.of(photo).digest()
    left = [path for path in (tmp_path / "one").rglob("*") if digest[:32] in path.name or is_in(digest, path)]
    assert left == []  # of what another machine took back, nothing stays here
    assert pippin.predict("recognize", photo).payload["results"][0]["answer"] != "my own"


def is_in(digest: str, path: Path) -> bool:
    return path.is_file() and (digest.encode() in path.read_bytes() or bytes.fromhex(digest) in path.read_bytes())


def test_what_was_undone_is_in_no_file_of_the_tables(postgres: Postgres, tmp_path: Path) -> None:
    mark = np.random.default_rng(1).bytes(20_000)
    feedback = Workspace().feedback
    feedback.add("app", "model", [Correction(Text.of("stays"), "A")])
    feedback.add("app", "model", [Correction(Image(content=mark, name="x"), "unmistakable-label")])
    tables = postgres.folder / "data" / "base"

    def holds(piece: bytes) -> bool:
        postgres.execute("CHECKPOINT")
        return any(piece in path.read_bytes() for path in tables.rglob("*") if path.is_file())

    assert holds(mark[100:140])
    assert holds(b"unmistakable-label")
    feedback.undo("app", "model")
    assert not holds(mark[100:140])
    assert not holds(b"unmistakable-label")
    assert [row.name for row in feedback.rows("app", "model")] == ["stays"]


def test_large_inputs_lie_where_all_can_read(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPPIN_INPUTS", str(tmp_path / "everyone"))
    large = np.random.default_rng(1).bytes(MAX_SMALL + 1)
    rows = Workspace().feedback.add("app", "model", [Correction(Image(content=large, name="large"), "A")])
    assert postgres.execute("SELECT count(*) FROM feedback_inputs") == [(0,)]
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "another"))
    (item,) = Workspace().feedback.taught(rows, Image)
    assert item.input.read() == large
    Workspace().feedback.undo("app", "model")
    assert [path for path in (tmp_path / "everyone").rglob("*") if path.is_file()] == []


def test_rows_know_their_workspace(postgres: Postgres, tmp_path: Path) -> None:
    visitors = [Workspace(Workspace().home / "visitors" / name) for name in ("ada", "bob")]
    outside = Workspace(tmp_path / "outside")
    spaces = [Workspace(), *visitors, outside]
    for space in spaces:
        space.feedback.add("app", "model", [Correction(Text.of("same"), space.home.name)])
    for space in spaces:
        (row,) = space.feedback.rows("app", "model")
        assert row.answer == space.home.name
        assert space.feedback.all_rows() == space.feedback.live() == [row]
        assert space.feedback.version("app", "model") == (1, row.id)
        assert space.feedback.size() == 4
    assert [len(taken) for taken in (visitors[0].feedback.undo("app", "model"), visitors[1].feedback.erase())] == [1, 1]
    assert [len(space.feedback.rows("app", "model")) for space in spaces] == [1, 0, 0, 1]
    (item,) = outside.feedback.taught(outside.feedback.rows("app", "model"), Text)
    assert item.input.read() == b"same"  # which others had, too, and took back


def test_many_who_teach_at_once_lose_nothing(postgres: Postgres, tmp_path: Path) -> None:
    def work(name: str) -> None:
        store = FeedbackStore(postgres.url, tmp_path / name, shared=True)
        for number in range(10):
            store.add("app", "model", [Correction(Text.of(f"{name}{number}"), "A"), Correction(Text.of("both"), "B")])
            if number % 3 == 0:
                store.forget([row for row in store.rows("app", "model") if row.name == f"{name}{number}"])

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = FeedbackStore(postgres.url, tmp_path, shared=True)
    rows = store.rows("app", "model")
    assert sorted(row.name for row in rows if row.name != "both") == sorted(
        f"{name}{number}" for name in "abcd" for number in range(10) if number % 3
    )
    assert len(store.taught(rows, Text)) == len(rows) == 24 + 40


def test_a_class_keeps_visitors_apart_and_forgets_them(postgres: Postgres, home: Path, photo: Path) -> None:
    with live_class() as live:
        ada, bob = live.visitor(), live.visitor()
        files = {"input": ("photo.png", photo.read_bytes())}
        status, told = ada.send("/v1/recognize/teach", files, answer="ada's")
        assert status == 200, told
        asked = {"inputs": ("photo.png", photo.read_bytes())}
        answers = [who.send("/v1/recognize/predict", asked)[1]["payload"]["results"][0]["answer"] for who in (ada, bob)]
        assert answers[0] == "ada's"
        assert answers[1] != "ada's"
        assert bob.post("/v1/recognize/undo")[0] == 400
        ((workspace, count),) = postgres.execute("SELECT workspace, count(*) FROM feedback GROUP BY workspace")
        assert (str(workspace).startswith("visitors/"), count) == (True, 1)
    from pippin.web.visitor_workspaces import Visitors

    visitors = Visitors(home / "visitors", 1)
    for folder in visitors.homes():
        visitors.remove(folder)
    assert postgres.execute("SELECT count(*) FROM feedback WHERE undone IS NULL") == [(0,)]
    assert postgres.execute("SELECT count(*) FROM feedback_inputs") == [(0,)]


def test_where_the_database_goes_away_answers_go_on_and_lessons_are_refused(postgres: Postgres, tmp_path: Path) -> None:
    sample = {"inputs": [{"sample": 0}]}
    with serving("tables", home=tmp_path / "served", database=postgres.url) as served:
        before = served.post("/v1/tables/predict", sample)[1]["payload"]["results"][0]["answer"]
        label = next(one for one in ("malignant", "benign", "setosa", "0") if one != before)
        status, taught = served.post("/v1/tables/teach", {"input": {"sample": 0}, "answer": label})
        assert status == 200, taught
        version = served.wait("/v2/models/tables", lambda found: "taught-1" in found["versions"][0])["versions"]
        postgres.stop()
        try:
            for _ in range(3):
                status, answer = served.post("/v1/tables/predict", sample)
                assert (status, answer["payload"]["results"][0]["answer"]) == (200, label)
            assert any("database of corrections does not answer" in note for note in answer["report"]["notes"])
            status, refused = served.post("/v1/tables/teach", {"input": {"sample": 1}, "answer": label})
            assert (status, refused["error"]["code"]) == (503, "unavailable")
            assert refused["error"]["message"].startswith("The database of corrections does not answer (postgresql://")
            assert "\n" not in refused["error"]["message"]
            assert served.post("/v1/tables/undo", {})[0] == 503
            assert served.get("/v2/models/tables")[1]["versions"] == version
            assert served.ask("GET", "/v2/health/ready")[0] == 200
        finally:
            postgres.start()
        for _ in range(100):
            status, answer = served.post("/v1/tables/undo", {})
            if status != 503:
                break
            time.sleep(0.1)
        assert (status, answer["payload"]["rows"]) == (200, 0), answer
        status, answer = served.post("/v1/tables/predict", sample)
        assert answer["payload"]["results"][0]["answer"] == before
        assert not any("does not answer" in note for note in answer["report"]["notes"])
    assert postgres.execute("SELECT count(*) FROM feedback WHERE undone IS NULL") == [(0,)]


def test_a_command_without_its_database_is_one_sentence(postgres: Postgres, photo: Path) -> None:
    postgres.stop()
    try:
        for call in (lambda: pippin.predict("recognize", photo), lambda: pippin.teach("recognize", photo, "x")):
            with pytest.raises(DatabaseAway, match="does not answer") as caught:
                call()
            assert caught.value.code == "unavailable"
            assert isinstance(caught.value, PippinError)
    finally:
        postgres.start()

"""Sending a model to a hub and getting it back: whole, checked, from one commit, and nothing about people unasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import TOKEN, Hub, serve_hub

import pippin
from pippin.core import artifact as artifacts
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.verbs.commands import command, commands

pytest.importorskip("huggingface_hub", reason="the extra hub is not installed: pip install 'pippin[hub]'")
NAME = "someone/words"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub that knows one token."""
    with serve_hub() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
        yield found


@pytest.fixture
def model(miniature: str) -> str:
    """A trained model's id."""
    return str(pippin.train(miniature, epochs=1, progress=False).payload["artifact"])


def elsewhere(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "elsewhere")


def files(hub: Hub) -> dict[str, bytes]:
    found = hub.files(NAME, "main")
    assert found
    return found[1]


def change(hub: Hub, **added: bytes) -> str:
    return hub.commit(NAME, {name.replace("__", "."): content for name, content in added.items()})


def test_a_model_comes_back_as_it_was(hub: Hub, model: str, tmp_path: Path) -> None:
    sent = pippin.push("miniature", NAME)
    assert sent.payload["artifact"] == model
    assert sorted(files(hub)) == sent.payload["files"]
    assert {"README.md", "artifact.json", "model.safetensors", "learned.safetensors"} <= set(files(hub))
    assert any(name.startswith("onnx/") for name in files(hub))
    got = pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))
    assert got.payload["artifact"] == model
    assert got.payload["ignored"] == len([name for name in files(hub) if name.startswith("onnx/")])
    answers = [
        pippin.predict("miniature", "abba", "tutu", model=model, workspace=space).payload["results"]
        for space in (Workspace(), elsewhere(tmp_path))
    ]
    assert answers[0] == answers[1]
    kinds = {line.split("/")[-2] if "resolve" not in line else "resolve" for line in hub.asked}
    # The check of a card's metadata is asked for, and not missed.
    assert kinds - {"api"} == {"repos", "preupload", "commit", "tree", "resolve"}, "and no other address"


def test_the_card_tells_scores_as_a_model_index(hub: Hub, model: str) -> None:
    pippin.push("miniature", NAME, private=True)
    assert hub.private == {NAME}
    import yaml

    _, front, body = files(hub)["README.md"].decode().split("---\n", 2)
    facts = yaml.safe_load(front)
    assert facts["library_name"] == "pippin"
    assert facts["pipeline_tag"] == "text-classification"
    (index,) = facts["model-index"]
    (result,) = index["results"]
    stored = json.loads(files(hub)["artifact.json"])["scores"]
    assert {one["type"]: one["value"] for one in result["metrics"]} == {n: s["value"] for n, s in stored.items()}
    assert "Trained on made-up words" in body


def test_corrections_become_part_of_what_is_sent(hub: Hub, model: str, tmp_path: Path) -> None:
    pippin.teach("miniature", "zz", "early")
    sent = pippin.push("miniature", NAME)
    assert sent.payload["artifact"] != model
    pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))
    found = pippin.predict("miniature", "zz", model=sent.payload["artifact"], workspace=elsewhere(tmp_path))
    assert found.payload["results"][0]["answer"] == "early"


def test_a_revision_is_one_commit(hub: Hub, model: str, tmp_path: Path) -> None:
    pippin.push("miniature", NAME)
    first = hub.branches[NAME, "main"]
    change(hub, artifact__json=b"{}")
    with pytest.raises(PippinError, match="was changed or damaged"):
        pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))
    assert pippin.pull("miniature", NAME, revision=first, workspace=elsewhere(tmp_path)).payload["artifact"] == model
    hub.asked.clear()
    hub.branches[NAME, "v1"] = first
    assert pippin.pull("miniature", NAME, revision="v1").payload["artifact"] == model
    assert all(first in line for line in hub.asked[1:]), "what comes after the first request is of one commit"


def test_a_branch_is_created_and_main_stays(hub: Hub, model: str, tmp_path: Path) -> None:
    first = pippin.push("miniature", NAME, revision="v1")
    assert hub.files(NAME, "main") is None, "nothing but the branch was written"
    pippin.push("miniature", NAME)
    main = hub.branches[NAME, "main"]
    pippin.teach("miniature", "zz", "early")
    second = pippin.push("miniature", NAME, revision="v1")  # which is there by now
    assert second.payload["artifact"] != first.payload["artifact"] == model
    assert hub.branches[NAME, "main"] == main
    assert second.next == f"pippin miniature pull {NAME} --revision v1"
    got = pippin.pull("miniature", NAME, revision="v1", workspace=elsewhere(tmp_path))
    assert got.payload["artifact"] == second.payload["artifact"]
    for wrong in ("", "-x", "a b", "../main", "refs/pr/1"):
        with pytest.raises(PippinError, match="--revision must be a branch, such as v1"):
            pippin.push("miniature", NAME, revision=wrong)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"model__safetensors": b"other"}, r"someone/words.*does not match its checksum"),
        ({"artifact__json": b"no json"}, "is not valid JSON"),
    ],
)
def test_what_was_changed_on_its_way_is_refused(
    hub: Hub, model: str, tmp_path: Path, changed: dict[str, bytes], sentence: str
) -> None:
    pippin.push("miniature", NAME)
    change(hub, **changed)
    with pytest.raises(PippinError, match=sentence) as caught:
        pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))
    assert "/tmp" not in caught.value.message
    assert not list(elsewhere(tmp_path).artifacts.glob("*"))


def test_names_in_a_manifest_lead_nowhere_else(hub: Hub, model: str, tmp_path: Path) -> None:
    pippin.push("miniature", NAME)
    facts = json.loads(files(hub)["artifact.json"])
    for name in ("../../evil", "/etc/passwd", "onnx/model.onnx"):
        wrong: dict[str, Any] = {**facts, "files": {**facts["files"], name: "0" * 64}}
        wrong["checksum"] = artifacts._checksum(wrong)
        change(hub, artifact__json=json.dumps(wrong).encode())
        with pytest.raises(PippinError):
            pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))


def test_code_beside_a_model_is_never_fetched(hub: Hub, model: str, tmp_path: Path) -> None:
    pippin.push("miniature", NAME)
    change(hub, setup__py=b"raise SystemExit", modeling__py=b"raise SystemExit")
    hub.asked.clear()
    pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))
    assert not any(line.endswith(".py") for line in hub.asked)


def test_too_large_a_file_is_refused_before_it_is_fetched(
    hub: Hub, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pippin.push("miniature", NAME)
    monkeypatch.setattr("pippin.verbs.hub.MAX_BYTES", 10)
    hub.asked.clear()
    with pytest.raises(PippinError, match="more than a model may have"):
        pippin.pull("miniature", NAME, workspace=elsewhere(tmp_path))
    assert not any("safetensors" in line for line in hub.asked)


def test_a_model_about_people_is_sent_only_where_that_is_asked_for(hub: Hub) -> None:
    with pytest.raises(
        PippinError, match=r"about people's health: it holds what it learned from .*give --yes"
    ) as caught:
        pippin.push("symptoms", "someone/symptoms")
    assert hub.asked == []
    sent = pippin.push("symptoms", "someone/symptoms", yes=True)
    assert sent.notes[0] == caught.value.message.partition(" If it may")[0]
    assert "someone/symptoms" in hub.repositories


def test_what_goes_wrong_with_a_hub_is_one_sentence(hub: Hub, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("words", "a/b/c", "../words", "some one/words"):
        with pytest.raises(PippinError, match="write NAMESPACE/NAME"):
            pippin.push("miniature", name)
    with pytest.raises(PippinError, match=r"hub has no someone/nothing .* check name and --revision"):
        pippin.pull("miniature", "someone/nothing")
    pippin.push("miniature", NAME)
    with pytest.raises(PippinError, match=r"hub has no someone/words"):
        pippin.pull("miniature", NAME, revision="v9")
    with pytest.raises(PippinError, match=r"model of 'miniature' .*, not of 'tables'"):
        pippin.pull("tables", NAME)
    with pytest.raises(PippinError, match="--revision is of a hub"):
        pippin.pull("miniature", "model.zip", revision="v1")
    monkeypatch.setenv("HF_TOKEN", "wrong")
    with pytest.raises(PippinError, match="set HF_TOKEN to a token that may use it"):
        pippin.push("miniature", NAME)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PippinError, match="check HF_ENDPOINT and the network"):
        pippin.pull("miniature", NAME)


def test_no_request_sends_a_model(miniature: str) -> None:
    app = registry.get(miniature)
    assert "push" not in [one.name for one in commands(app)]
    with pytest.raises(PippinError, match="has no command 'push'"):
        command(app, "push")
    assert "revision" not in [one.name for one in command(app, "pull").parameters]

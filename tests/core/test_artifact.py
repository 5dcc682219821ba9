"""Artifacts: what is written comes back; what was changed, or was never one, is refused in a sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pippin.core.artifact import Artifact, _checksum, identity, read_artifact, versions, write_artifact
from pippin.core.errors import PippinError
from pippin.core.model_card import card
from pippin.core.values import SavedState

FACTS: dict[str, Any] = {
    "application": "miniature",
    "package": "miniature",
    "variant": "english",
    "config": {"rate": 1.0},
    "data": {"name": "made-up words", "examples": 42, "fingerprint": "0123456789abcdef"},
    "scores": {"accuracy": {"value": 0.9, "low": 0.8, "high": 0.95}},
    "baseline": {"name": "most-frequent", "scores": {"accuracy": {"value": 0.3, "low": 0.2, "high": 0.4}}},
    "history": [{"what": "train", "data": "made-up words", "seconds": 1.0}],
    "parent": None,
    "command": "pippin miniature train",
    "created": "2026-01-01T00:00:00Z",
}
PARTS = {
    "model": SavedState(
        {"w": np.arange(6.0).reshape(2, 3).T, "scale": np.array(3.0)}, {"labels": ["ü"]}, {"m.onnx": b"graph"}
    ),
    "baseline": SavedState({}, {"answer": "late"}),
}
LEARNED = frozenset({identity("a"), identity("b"), 2**64 - 1})
FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return write_artifact(tmp_path / "artifacts", FACTS, PARTS, LEARNED)


def touched(folder: Path) -> None:
    """Read everything there is to read."""
    artifact = read_artifact(folder)
    artifact.part("model"), artifact.part("baseline"), artifact.learned


def refusal(attempt: Callable[[], object]) -> str | None:
    """The sentence with which `attempt` is refused, None where it is not."""
    try:
        attempt()
    except PippinError as problem:
        return problem.message
    return None


def test_it_comes_back_as_it_was(artifact: Artifact) -> None:
    again = read_artifact(artifact.folder)
    model = again.part("model")
    np.testing.assert_array_equal(model.tensors["w"], PARTS["model"].tensors["w"])
    assert model.tensors["scale"].shape == ()
    assert (model.config, model.files) == ({"labels": ["ü"]}, {"m.onnx": b"graph"})
    assert again.part("baseline").config == {"answer": "late"}
    assert again.learned == LEARNED
    assert again.variant == "english"
    assert artifact.folder.name == again.id == f"miniature-english-{again.facts['checksum'][:8]}"
    assert {key: again.facts[key] for key in FACTS} == FACTS


def test_no_file_of_it_is_pickled_or_hidden(artifact: Artifact) -> None:
    names = {
        "README.md",
        "artifact.json",
        "baseline.safetensors",
        "learned.safetensors",
        "m.onnx",
        "model.safetensors",
    }
    assert {path.name for path in artifact.folder.iterdir()} == names


def test_its_id_means_its_content(artifact: Artifact, tmp_path: Path) -> None:
    def write_id(facts: dict[str, Any], parts: dict[str, SavedState], learned: frozenset[int]) -> str:
        return write_artifact(tmp_path / "others", facts, parts, learned).id

    other = {**PARTS, "baseline": SavedState({"w": np.ones(1)}, {"answer": "late"})}
    assert write_id(FACTS, PARTS, LEARNED) == artifact.id
    ids = {artifact.id, write_id({**FACTS, "seed": 1}, PARTS, LEARNED), write_id(FACTS, other, LEARNED)}
    assert len({*ids, write_id(FACTS, PARTS, frozenset())}) == 4


def test_writing_it_twice_changes_nothing(artifact: Artifact) -> None:
    before = {path: path.stat().st_mtime_ns for path in artifact.folder.iterdir()}
    write_artifact(artifact.folder.parent, FACTS, PARTS, LEARNED)
    assert {path: path.stat().st_mtime_ns for path in artifact.folder.iterdir()} == before


def test_a_full_disk_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(PippinError, match="the disk is full"):
        write_artifact(tmp_path / "artifacts", FACTS, PARTS, LEARNED)
    assert list((tmp_path / "artifacts").iterdir()) == []


def test_parts_cannot_overwrite_each_other(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"m\.onnx"):
        write_artifact(tmp_path, FACTS, {"a": PARTS["model"], "b": PARTS["model"]}, LEARNED)


@FIXTURE
@given(st.data())
def test_any_changed_byte_is_refused(artifact: Artifact, data: st.DataObject) -> None:
    names = ["artifact.json", *artifact.facts["files"]]
    path = artifact.folder / data.draw(st.sampled_from(names))
    good = path.read_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    path.write_bytes(good[:place] + bytes([good[place] ^ data.draw(st.integers(1, 255))]) + good[place + 1 :])
    try:
        sentence = refusal(lambda: touched(artifact.folder))
        if sentence is None:  # only white space, or the way a number is written, can differ without a difference
            assert path.name == "artifact.json"
            assert read_artifact(artifact.folder).facts == artifact.facts
        else:
            assert "\n" not in sentence
            assert str(artifact.folder) in sentence
    finally:
        path.write_bytes(good)


@FIXTURE
@given(st.data(), st.binary(max_size=200))
def test_random_bytes_are_no_model(artifact: Artifact, data: st.DataObject, content: bytes) -> None:
    path = artifact.folder / data.draw(st.sampled_from(["artifact.json", *artifact.facts["files"]]))
    good = path.read_bytes()
    path.write_bytes(content)
    try:
        with pytest.raises(PippinError):
            touched(artifact.folder)
    finally:
        path.write_bytes(good)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@FIXTURE
@given(st.sampled_from([*FACTS, "files", "parts", "format"]), VALUES, st.booleans())
def test_facts_of_the_wrong_kind_are_refused_though_their_checksum_holds(
    artifact: Artifact, name: str, value: object, absent: bool
) -> None:
    facts = {key: old for key, old in artifact.facts.items() if key != "checksum"}
    facts |= {} if absent else {name: value}
    if absent:
        del facts[name]
    path = artifact.folder / "artifact.json"
    good = path.read_bytes()
    path.write_text(json.dumps({**facts, "checksum": _checksum(facts)}))
    try:
        assert "\n" not in (refusal(lambda: touched(artifact.folder)) or "")
    finally:
        path.write_bytes(good)


@FIXTURE
@given(st.binary(max_size=100))
def test_random_tensors_under_a_right_checksum_are_refused(artifact: Artifact, content: bytes) -> None:
    reforge(artifact, "learned.safetensors", content)
    with pytest.raises(PippinError):
        read_artifact(artifact.folder).learned  # noqa: B018


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "..", ".hidden", ""])
def test_a_file_outside_the_folder_is_refused(artifact: Artifact, name: str) -> None:
    reforge(artifact, name, b"")
    with pytest.raises(PippinError, match="names a file outside itself"):
        read_artifact(artifact.folder)


def test_a_part_cannot_name_what_is_not_checked(artifact: Artifact) -> None:
    facts = json.loads((artifact.folder / "artifact.json").read_text())
    facts["parts"]["model"]["files"] = ["../x"]
    write_facts(artifact, facts)
    with pytest.raises(PippinError, match="does not tell all"):
        read_artifact(artifact.folder)


@pytest.mark.parametrize("name", ["artifact.json", "model.safetensors", "learned.safetensors", "m.onnx"])
def test_a_missing_file_is_named(artifact: Artifact, name: str) -> None:
    (artifact.folder / name).unlink()
    with pytest.raises(PippinError, match=name.replace(".", r"\.")):
        touched(artifact.folder)


def test_another_format_is_told_apart_from_damage(artifact: Artifact) -> None:
    facts = json.loads((artifact.folder / "artifact.json").read_text())
    write_facts(artifact, {**facts, "format": 2})
    with pytest.raises(PippinError, match="has format 2; this Pippin reads format 1"):
        read_artifact(artifact.folder)


def test_a_part_it_lacks_is_told(artifact: Artifact) -> None:
    with pytest.raises(PippinError, match="has no part 'other'"):
        artifact.part("other")


def test_the_card_says_first_what_it_was_trained_on(artifact: Artifact) -> None:
    lines = (artifact.folder / "README.md").read_text().splitlines()
    assert lines[0] == "---"
    body = lines[lines.index("---", 1) + 1 :]
    assert body[0] == "# miniature (english)"
    assert body[2].startswith("Trained on made-up words: 42 examples, fingerprint `0123456789abcdef`.")
    assert "| accuracy | 0.900 [0.800, 0.950] | 0.300 [0.200, 0.400] |" in lines
    assert "pippin miniature train" in lines


def test_a_card_without_scores_or_baseline_is_whole() -> None:
    assert "## Scores" not in card({**FACTS, "scores": {}})
    assert "no baseline" in card({**FACTS, "baseline": {"name": None, "reason": "cut short"}})


def test_versions_leave_out_what_is_not_installed() -> None:
    assert set(versions("numpy", "no-such-package")) == {"python", "numpy"}


def reforge(artifact: Artifact, name: str, content: bytes) -> None:
    """Replace a file of the artifact and correct its checksums, as an attacker would."""
    if name == "learned.safetensors":
        (artifact.folder / name).write_bytes(content)
    facts = json.loads((artifact.folder / "artifact.json").read_text())
    facts["files"][name] = hashlib.sha256(content).hexdigest()
    write_facts(artifact, facts)


def write_facts(artifact: Artifact, facts: dict[str, Any]) -> None:
    (artifact.folder / "artifact.json").write_text(json.dumps({**facts, "checksum": _checksum(facts)}))

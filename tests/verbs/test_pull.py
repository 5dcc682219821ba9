"""Importing a model: a whole one is taken as it is, anything else is refused in one sentence and leaves nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pippin
from pippin.core import artifact as artifacts
from pippin.core.artifact import read_artifact, write_artifact
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.verbs import model_archive


@pytest.fixture
def elsewhere(tmp_path: Path) -> Workspace:
    """Another workspace."""
    return Workspace(tmp_path / "elsewhere")


@pytest.fixture
def archive(miniature: str, tmp_path: Path) -> Path:
    """A trained model as a zip file."""
    pippin.train(miniature, epochs=1, progress=False)
    return Path(pippin.export(miniature, tmp_path / "out", archive=True).payload["files"][0]["path"])


def contents(archive: Path) -> dict[str, bytes]:
    """The files of a zip file."""
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def written(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip file of these files."""
    with zipfile.ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def changed(archive: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The archive with another manifest, its checksum right."""
    files = contents(archive)
    name = next(name for name in files if name.endswith("artifact.json"))
    facts = json.loads(files[name])
    change(facts)
    facts["checksum"] = artifacts._checksum(facts)
    return written(archive.with_name("changed.zip"), {**files, name: json.dumps(facts).encode()})


def refused(path: Path, space: Workspace, why: str) -> None:
    """Hold that a file is refused for this reason, and leaves nothing."""
    with pytest.raises(PippinError, match=why) as caught:
        pippin.pull("miniature", path, workspace=space)
    assert "\n" not in caught.value.message
    assert "pippin-pull-" not in caught.value.message
    assert not list(space.artifacts.glob("*"))


def test_a_zip_file_is_taken_and_answers_the_same(miniature: str, archive: Path, elsewhere: Workspace) -> None:
    report = pippin.pull(miniature, archive, workspace=elsewhere)
    id = report.payload["artifact"]
    assert id == pippin.models(miniature).payload["models"][0]["id"]
    assert (elsewhere.artifacts / id / "README.md").exists()
    with pytest.raises(PippinError, match="no model for english yet"):  # not in use by itself
        pippin.predict(miniature, "abacus", workspace=elsewhere)
    pippin.use(miniature, id, workspace=elsewhere)
    ours, theirs = (pippin.predict(miniature, "abacus", workspace=one) for one in (None, elsewhere))
    assert ours.payload["results"] == theirs.payload["results"]
    again = pippin.pull(miniature, archive, workspace=elsewhere)
    assert (again.payload["artifact"], again.payload["new"]) == (id, False)


def test_a_folder_is_taken_too_and_so_is_one_with_a_folder_in_it(
    miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace
) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "unpacked")
    (tmp_path / "unpacked" / "notes.txt").write_text("mine")
    report = pippin.pull(miniature, tmp_path / "unpacked", workspace=elsewhere)
    assert report.payload["ignored"] == 1
    (inner,) = (path for path in (tmp_path / "unpacked").iterdir() if path.is_dir())
    assert not pippin.pull(miniature, inner, workspace=elsewhere).payload["new"]


def test_corrections_travel_with_the_model(miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace) -> None:
    pippin.teach(miniature, "abacus", "late")
    path = Path(pippin.export(miniature, tmp_path / "taught", archive=True).payload["files"][0]["path"])
    id = pippin.pull(miniature, path, workspace=elsewhere).payload["artifact"]
    result = pippin.predict(miniature, "abacus", model=id, workspace=elsewhere).payload["results"][0]
    assert result["answer"] == "late"
    assert "folding in 1 correction" in read_artifact(elsewhere.artifacts / id).facts["history"][-1]["what"]


def test_a_model_saved_under_a_name_comes_in_under_the_application_s(
    miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace
) -> None:
    pippin.save_as(miniature, "words")
    path = Path(pippin.export("words", tmp_path / "words", archive=True).payload["files"][0]["path"])
    id = pippin.pull(miniature, path, workspace=elsewhere).payload["artifact"]
    assert id.startswith("miniature-english-")
    assert [one["id"] for one in pippin.models(miniature, workspace=elsewhere).payload["models"]] == [id]


def test_what_is_no_model_is_refused(miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace) -> None:
    (tmp_path / "text.zip").write_text("text")
    refused(tmp_path / "text.zip", elsewhere, "not a whole zip file")
    refused(tmp_path / "absent.zip", elsewhere, "does not exist")
    refused(written(tmp_path / "empty.zip", {}), elsewhere, "holds no model")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", elsewhere, "holds no model")
    files = contents(archive)
    refused(written(tmp_path / "two.zip", {**files, "b/artifact.json": b"{}"}), elsewhere, "holds 2 models")
    deep = {f"a/b/{name}": content for name, content in files.items()}
    refused(written(tmp_path / "deep.zip", deep), elsewhere, "holds no model")
    short = {name: content for name, content in files.items() if "model.safetensors" not in name}
    refused(written(tmp_path / "short.zip", short), elsewhere, "lacks model.safetensors")
    damaged = {name: content + b"x" * name.endswith("model.safetensors") for name, content in files.items()}
    refused(written(tmp_path / "damaged.zip", damaged), elsewhere, r"damaged.zip.*changed or damaged")
    (tmp_path / "deep.json").mkdir()
    (tmp_path / "deep.json" / "artifact.json").write_text("[" * 100_000)
    refused(tmp_path / "deep.json", elsewhere, "not valid JSON")


def test_a_model_of_another_application_or_format_is_refused(
    miniature: str, archive: Path, elsewhere: Workspace
) -> None:
    other = changed(archive, lambda facts: facts.update(package="pippin.apps.tables", application="tables"))
    refused(other, elsewhere, r"is a model of 'tables' \('pippin.apps.tables'\), not of 'miniature'")
    refused(changed(archive, lambda facts: facts.update(package="os")), elsewhere, r"\('os'\), not of")
    refused(changed(archive, lambda facts: facts.update(format=99)), elsewhere, "has format 99")


@pytest.mark.parametrize("name", ["../outside", "/outside", "..", "a/b", ".hidden", ""])
def test_no_name_leads_out_of_the_model(name: str, miniature: str, archive: Path, elsewhere: Workspace) -> None:
    refused(changed(archive, lambda facts: facts["files"].update({name: "0" * 64})), elsewhere, "outside itself")


@pytest.mark.parametrize("variant", ["../outside", "/outside", "welsh"])
def test_no_variant_names_another_folder(variant: str, miniature: str, archive: Path, elsewhere: Workspace) -> None:
    refused(changed(archive, lambda facts: facts.update(variant=variant)), elsewhere, "says it is for")
    both = changed(archive, lambda facts: facts.update(variant="../x", config={**facts["config"], "language": "../x"}))
    refused(both, elsewhere, "says it is for")


def test_entries_beside_the_model_are_ignored_wherever_they_lead(
    miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace
) -> None:
    hostile = {"../../evil.py": b"x", "/tmp/evil.py": b"x", "evil.py": b"x", "a\\..\\evil": b"x"}
    path = written(tmp_path / "hostile.zip", {**contents(archive), **hostile})
    report = pippin.pull(miniature, path, workspace=elsewhere)
    assert report.payload["ignored"] == 4
    assert not list(tmp_path.rglob("evil*"))
    names = {one.name for one in (elsewhere.artifacts / report.payload["artifact"]).iterdir()}
    assert names == {"artifact.json", "README.md", *read_artifact(next(elsewhere.artifacts.glob("*"))).facts["files"]}


def test_a_link_in_a_folder_is_refused(miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "unpacked")
    model = next((tmp_path / "unpacked").rglob("model.safetensors"))
    model.rename(tmp_path / "outside.safetensors")
    model.symlink_to(tmp_path / "outside.safetensors")
    refused(model.parent, elsewhere, "is a link")


def test_a_bomb_is_refused(
    miniature: str, archive: Path, tmp_path: Path, elsewhere: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_archive, "MAX_BYTES", 1000)
    refused(archive, elsewhere, "unpacks to more than a model may have")
    monkeypatch.setattr(model_archive, "MAX_MANIFEST", 100)
    refused(archive, elsewhere, "unpacks to more")
    monkeypatch.setattr(model_archive, "MAX_ENTRIES", 2)
    refused(archive, elsewhere, "which no model does")


def test_settings_that_name_something_of_the_machine_need_trust(
    miniature: str, archive: Path, elsewhere: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import miniature as package

    settings = dict(package.application.config.settings())
    settings["language"] = replace(settings["language"], local=True)
    monkeypatch.setattr(package.application.config, "settings", lambda: settings)
    strange = changed(
        archive, lambda facts: facts.update(variant="evil:x", config={**facts["config"], "language": "evil:x"})
    )
    refused(strange, elsewhere, "names a file or code of the machine")
    assert pippin.pull(miniature, strange, trust=True, workspace=elsewhere).payload["variant"] == "evil:x"


@pytest.mark.parametrize(
    "facts",
    [
        {"scores": {"accuracy": {"value": "high", "low": 0, "high": 1}}},
        {"scores": {"accuracy": 1}},
        {"history": [{"what": 1, "data": "x", "seconds": 1}]},
        {"history": [{}]},
        {"data": {"name": "x", "fingerprint": "y", "examples": "many"}},
        {"created": 7},
        {"metric": "accuracy"},
        {"parent": {}},
        {"config": {"nonsense": 1}},
        {"parts": {"other": {"config": {}, "files": []}}},
        {"requires": [{}]},
    ],
)
def test_a_manifest_that_no_page_could_show_is_refused(
    facts: dict[str, Any], miniature: str, archive: Path, elsewhere: Workspace
) -> None:
    refused(changed(archive, lambda whole: whole.update(facts)), elsewhere, ".")


def test_a_graph_that_reads_other_files_is_refused(
    miniature: str, archive: Path, elsewhere: Workspace, tmp_path: Path
) -> None:
    onnx = pytest.importorskip("onnx")
    from dataclasses import replace

    outside = onnx.helper.make_tensor("weights", onnx.TensorProto.FLOAT, [1], [1.0])
    del outside.float_data[:]
    outside.data_location = onnx.TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="../../secret")
    made = read_artifact(next(Workspace().artifacts.glob("*")))
    part = made.part("model")
    hostile = replace(part, files={"network.onnx": outside.SerializeToString()})
    facts = {key: value for key, value in made.facts.items() if key not in ("files", "parts", "format", "checksum")}
    written_to = write_artifact(tmp_path / "made", facts, {"model": hostile}, made.learned)
    refused(written_to.folder, elsewhere, "reads other files")


def test_a_name_that_another_model_has_is_refused(miniature: str, archive: Path, elsewhere: Workspace) -> None:
    id = pippin.pull(miniature, archive, workspace=elsewhere).payload["artifact"]
    other = changed(archive, lambda facts: facts.update(seed=1))
    (elsewhere.artifacts / id).rename(elsewhere.artifacts / read_id(other))
    with pytest.raises(PippinError, match=r"is called .* already"):
        pippin.pull(miniature, other, workspace=elsewhere)


def read_id(archive: Path) -> str:
    """What the model in an archive is called."""
    return artifacts.artifact_id(json.loads(next(c for n, c in contents(archive).items() if n.endswith("act.json"))))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_any_damage_ends_in_one_sentence_or_in_the_same_model(
    drawn: st.DataObject, archive: Path, elsewhere: Workspace, tmp_path: Path
) -> None:
    good = archive.read_bytes()
    at = drawn.draw(st.integers(0, len(good) - 1))
    piece = drawn.draw(st.binary(max_size=8))
    ways = [good[:at], good[:at] + piece + good[at + len(piece) :], good[:at] + piece + good[at:]]
    bad = drawn.draw(st.sampled_from(ways))
    (tmp_path / "bad.zip").write_bytes(bad)
    message = ""
    try:
        taken = pippin.pull("miniature", tmp_path / "bad.zip", workspace=elsewhere).payload["artifact"]
    except PippinError as problem:
        message = problem.message
    assert "\n" not in message
    if not message:
        with zipfile.ZipFile(io.BytesIO(good)) as whole:
            assert taken in {name.split("/")[0] for name in whole.namelist()}

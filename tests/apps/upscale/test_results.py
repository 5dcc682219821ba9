"""Results are known by the mark in the file, never by name; what is of a user is never replaced nor left out."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.apps.upscale import application
from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.predictions import write
from pippin.apps.upscale.provenance import read_mark, result_name, settings_of
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.provenance import Provenance
from pippin.core.workspace import Workspace

from .conftest import draw, twice

SETTINGS = '{"strength":0.5,"words":"<&\\"\'"}'


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = Workspace(tmp_path_factory.mktemp("home"))
    pippin.train(application, workspace=found, preset="tiny", threads=1, seed=0, progress=False, epochs=0.05)
    return found


def enlarge(space: Workspace, *inputs: object, **options: object) -> pippin.Report:
    return pippin.predict(application, *inputs, workspace=space, **options)


def enlarge_file(item: ImageInput, kind: str, settings: str, target: Path) -> None:
    write(item, twice(item), kind, settings, target)


def names(report: pippin.Report) -> list[str]:
    return [Path(file["path"]).name for result in report.payload["results"] for file in result["files"]]


def image(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.roll(draw(24, 36), seed, 1)).save(path)
    return path


@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "webp"])
def test_a_mark_tells_what_a_file_was_made_of_until_a_byte_changes(tmp_path: Path, kind: str) -> None:
    item, target = ImageInput.of(image(tmp_path / "a.png")), tmp_path / f"b.{kind}"
    enlarge_file(item, kind, SETTINGS, target)
    assert read_mark(ImageInput.of(target)) == Provenance.of(item, SETTINGS)
    assert read_mark(ImageInput(content=target.read_bytes())) == Provenance.of(item, SETTINGS)
    assert read_mark(item) is None
    with Image.open(target) as found:
        found.load()
    whole = target.read_bytes()
    for place in (len(whole) // 3, len(whole) // 2, len(whole) - 9):
        changed = bytearray(whole)
        changed[place] ^= 1
        assert read_mark(ImageInput(content=bytes(changed))) is None
    assert read_mark(ImageInput(content=whole + b"0")) is None
    assert read_mark(ImageInput(content=whole[:-1])) is None


def test_a_path_is_not_told_in_the_mark(tmp_path: Path) -> None:
    item, target = ImageInput.of(image(tmp_path / "secret-name.png")), tmp_path / "b.png"
    enlarge_file(item, "png", SETTINGS, target)
    assert b"secret-name" not in target.read_bytes()


def test_a_result_enlarged_again_holds_one_mark(tmp_path: Path) -> None:
    first, second = tmp_path / "b.jpg", tmp_path / "c.jpg"
    enlarge_file(ImageInput.of(image(tmp_path / "a.jpg")), "jpg", "1", first)
    enlarge_file(ImageInput.of(first), "jpg", "2", second)
    mark = read_mark(ImageInput.of(second))
    assert mark is not None
    assert mark.source == ImageInput.of(first).digest()
    assert second.read_bytes().count(b"pippin:Source=") == 1


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("a.jpg", "jpg", "a-x2.jpg"),
        ("a.JPEG", "jpg", "a-x2.JPEG"),
        ("a.tiff", "tif", "a-x2.tiff"),
        ("a.bmp", "png", "a-x2-bmp.png"),
        ("a.heic", "jpg", "a-x2-heic.jpg"),
        ("a", "jpg", "a-x2.jpg"),
        ("a.b.png", "png", "a.b-x2.png"),
    ],
)
def test_names_depend_on_the_input_alone(name: str, kind: str, expected: str) -> None:
    assert result_name(ImageInput.of(f"folder/{name}"), "x2", kind) == expected


def test_what_has_no_path_goes_by_its_name() -> None:
    assert result_name(ImageInput(content=b"", name="a.png (1/2)"), "x2", "png") == "a-x2.png"
    assert result_name(ImageInput(content=b"", name="(bytes)"), "x2", "jpg") == "(bytes)-x2.jpg"


def test_a_file_of_the_name_of_a_result_is_never_replaced(space: Workspace, tmp_path: Path) -> None:
    small, other = image(tmp_path / "a.jpg"), image(tmp_path / "a-x2.jpg", 5)
    before = other.read_bytes()
    with pytest.raises(PippinError, match=r"a-x2\.jpg is in the way, and Pippin did not make it.*--overwrite"):
        enlarge(space, small)
    report = enlarge(space, small, other)
    assert "is itself an input" in report.payload["results"][0]["error"]
    assert names(report) == ["a-x2-x2.jpg"]
    assert "is itself an input" in enlarge(space, small, other, overwrite=True).payload["results"][0]["error"]
    assert other.read_bytes() == before
    enlarge(space, small, overwrite=True)
    assert other.read_bytes() != before
    assert names(enlarge(space, small)) == ["a-x2.jpg"], "now it is a result, which may be made again"


def test_a_result_that_a_user_worked_on_is_the_users(space: Workspace, tmp_path: Path) -> None:
    small = image(tmp_path / "a.jpg")
    (result,) = (tmp_path / name for name in names(enlarge(space, small)))
    with Image.open(result) as found:
        found.rotate(180).save(result, xmp=found.info["xmp"])
    with pytest.raises(PippinError, match="changed since"):
        enlarge(space, small, skip_existing=True)
    assert sorted(names(enlarge(space, tmp_path, out=tmp_path / "out"))) == ["a-x2-x2.jpg", "a-x2.jpg"]


def test_results_in_a_folder_are_no_inputs_and_that_is_told(space: Workspace, tmp_path: Path) -> None:
    for number in range(3):
        image(tmp_path / f"p{number}.jpg", number)
    out = tmp_path / "larger"
    enlarge(space, tmp_path / "p0.jpg", out=out)
    for _ in range(2):
        report = enlarge(space, tmp_path, out=out, skip_existing=True)
        assert names(report) == ["p0-x2.jpg", "p1-x2.jpg", "p2-x2.jpg"]
        assert any("below the folder of --out" in note for note in report.notes)
        assert sorted(path.name for path in out.rglob("*")) == ["p0-x2.jpg", "p1-x2.jpg", "p2-x2.jpg"]
    enlarge(space, tmp_path, out=out)
    again = enlarge(space, tmp_path)
    assert any(note.startswith("3 files were left out, which Pippin made") for note in again.notes), again.notes
    assert names(again) == ["p0-x2.jpg", "p1-x2.jpg", "p2-x2.jpg"]
    shutil.copy(out / "p0-x2.jpg", tmp_path / "named.jpg")
    assert "named-x2.jpg" not in names(enlarge(space, tmp_path, out=out))
    assert names(enlarge(space, tmp_path / "named.jpg", out=out)) == ["named-x2.jpg"], "named itself it is meant"


def test_a_name_like_that_of_a_result_leaves_nothing_out(space: Workspace, tmp_path: Path) -> None:
    for name in ("bmw.jpg", "bmw-x3.jpg"):
        image(tmp_path / "in" / name, len(name))
    assert sorted(names(enlarge(space, tmp_path / "in", out=tmp_path / "o"))) == ["bmw-x2.jpg", "bmw-x3-x2.jpg"]


def test_skip_existing_sees_another_photograph_and_other_settings(space: Workspace, tmp_path: Path) -> None:
    small, result = image(tmp_path / "a.png"), tmp_path / "a-x2.png"

    def changes(**options: object) -> bool:
        before = result.read_bytes() if result.exists() else b""
        enlarge(space, small, skip_existing=True, **options)
        return result.read_bytes() != before

    assert changes()
    assert not changes()
    assert changes(strength=0.5)
    assert not changes(strength=0.5)
    image(small, 7)
    assert changes(strength=0.5)


def test_results_are_nothing_to_learn_from(space: Workspace, tmp_path: Path) -> None:
    from pippin.apps.upscale.data import load

    for number in range(4):
        Image.fromarray(np.roll(draw(90, 90), 20 * number, 1)).save(tmp_path / f"{number}-x2.png")
    enlarge(space, tmp_path / "0-x2.png")
    data = load(str(tmp_path), application.configure({"preset": "tiny"}))
    assert [Path(skipped.name).name for skipped in data.skipped] == ["0-x2-x2.png"]
    assert len(data.train + data.val + data.test) == 4


def test_marks_of_earlier_versions_say_the_same(tmp_path: Path) -> None:
    item, target = ImageInput.of(image(tmp_path / "a.png")), tmp_path / "b.png"
    enlarge_file(item, "png", '{"networks":["1259"],"scale":2,"strength":1.0}', target)
    settings = settings_of(UpscaleConfig(), [SimpleNamespace(fingerprint="1259")])
    assert read_mark(ImageInput.of(target)) == Provenance.of(item, settings)

"""Folders and zip files as people bring them: several sizes, kinds of file and colours; DICOM packed with names."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from dicom_files import NAME, NUMBER, write_dicom
from PIL import Image as PilImage

import pippin
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.images.opening import expand, open_rgb
from pippin.apps.pathology.slides.reader import open_slide
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.workspace import Workspace

pydicom = pytest.importorskip("pydicom", reason="DICOM needs the extra pathology")


def draw(seed: int, side: int = 40) -> PilImage.Image:
    """A grey image like no other."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6), np.uint8)
    return PilImage.fromarray(coarse).resize((side, side), PilImage.Resampling.BICUBIC)


def fill(folder: Path, label: str, first: int, count: int = 10, side: int = 40, kind: str = "png") -> None:
    """Write different images into the folder of a label."""
    (folder / label).mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        image = draw(number, side)
        if kind == "dcm":
            write_dicom(folder / label / f"{number}.dcm", np.asarray(image), PatientID=f"secret {number}")
        else:
            image.save(folder / label / f"{number}.{kind}")


def pack(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


def test_images_of_one_kind_and_size_need_no_word(tmp_path: Path) -> None:
    fill(tmp_path, "a", 0)
    fill(tmp_path, "b", 100)
    assert not [
        note for note in load(str(tmp_path)).notes if "a model may tell them" in note or "shorter sides" in note
    ]


def test_labels_that_differ_in_kind_of_file_or_size_are_told(tmp_path: Path) -> None:
    fill(tmp_path, "ill", 0, kind="dcm", side=200)
    fill(tmp_path, "well", 100, side=30)
    told = " ".join(load(str(tmp_path)).notes)
    assert "'ill' are DICOM files, those of 'well' are not" in told
    assert "'ill' are usually 200 pixels a side, those of 'well' 30" in told
    assert "from 30 to 200" in told or "30 to 200 pixels" in told


def test_one_label_in_colour_is_told(tmp_path: Path) -> None:
    fill(tmp_path, "grey", 0)
    (tmp_path / "tinted").mkdir()
    for number in range(8):
        levels = np.asarray(draw(500 + number))
        PilImage.fromarray(np.stack([levels, levels // 2, levels // 3], axis=2)).save(
            tmp_path / "tinted" / f"{number}.png"
        )
    assert "'grey' are grey, those of 'tinted' are not" in " ".join(load(str(tmp_path)).notes)


def test_a_mixed_folder_is_learned_from(tmp_path: Path) -> None:
    for label, first in (("a", 0), ("b", 100)):
        fill(tmp_path / "mixed", label, first, 6, kind="dcm", side=150)
        fill(tmp_path / "mixed", label, first + 50, 6, side=28)
        fill(tmp_path / "mixed", label, first + 70, 4, side=300, kind="tiff")
    (tmp_path / "mixed" / "a" / "notes.txt").write_text("no image")
    trained = pippin.train(
        "pathology",
        str(tmp_path / "mixed"),
        workspace=Workspace(tmp_path / "home"),
        networks=2,
        network="imagenet",
        side=64,
        threads=1,
        progress=False,
    )
    assert trained.payload["scores"]["auc"]
    assert any("28 to 300 pixels" in note for note in trained.notes)
    kept = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"secret" in path.read_bytes() or b"Franklin" in path.read_bytes()]


def test_dicom_in_a_zip_is_read_and_never_unpacked(tmp_path: Path) -> None:
    fill(tmp_path / "scans", "a", 0, kind="dcm")
    fill(tmp_path / "scans", "b", 100, kind="dcm")
    (tmp_path / "scans" / "a" / "0.dcm").rename(tmp_path / "scans" / "a" / "without-ending")
    fill(tmp_path / "scans", "b", 200, 3)
    path = pack(tmp_path / "scans", tmp_path / "scans.zip")
    before = set(tmp_path.rglob("*"))
    data, plain = load(str(path)), load(str(tmp_path / "scans"))
    assert {e.key: e.answer for e in data.examples} == {e.key: e.answer for e in plain.examples}
    assert data.settings == {"organ": "scans"}
    found = expand(str(path))
    assert len(found) == 23
    assert {image.digest() for image in found} == {image.digest() for image in expand(str(tmp_path / "scans"))}
    assert found[0].name == f"{path}/a/1.dcm"
    assert len(expand(f"{path}/a")) == 10
    assert [image.name for image in expand(f"{path}/a/1.dcm")] == [f"{path}/a/1.dcm"]
    with pytest.raises(PippinError, match="holds no images"):
        expand(f"{path}/none")
    assert open_rgb(found[0]).size == (40, 40)
    assert set(tmp_path.rglob("*")) == before


def test_patients_in_a_zip_stay_in_one_part(tmp_path: Path) -> None:
    for number in range(24):
        (tmp_path / "z" / "ab"[number // 4 % 2]).mkdir(parents=True, exist_ok=True)
        levels = np.asarray(draw(number))
        write_dicom(tmp_path / "z" / "ab"[number // 4 % 2] / f"{number}.dcm", levels, PatientID=f"p{number // 4}")
    data = load(str(pack(tmp_path / "z", tmp_path / "z.zip")))
    parts = [{int(Path(e.input.name).stem) // 4 for e in part} for part in (data.train, data.val, data.test)]
    assert sum(map(len, parts)) == 6


@pytest.mark.parametrize("harm", ["cut", "none", "empty"])
def test_a_zip_that_cannot_be_read_is_told(tmp_path: Path, harm: str) -> None:
    fill(tmp_path / "z", "a", 0)
    fill(tmp_path / "z", "b", 100)
    path = pack(tmp_path / "z", tmp_path / "z.zip")
    content = path.read_bytes()
    if harm == "empty":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "nothing")
    else:
        path.write_bytes(content[: len(content) // 2] if harm == "cut" else b"PK\x03\x04 no zip")
    for read in (lambda: load(str(path)), lambda: expand(str(path))):
        with pytest.raises(PippinError):
            read()


def test_a_damaged_file_in_a_zip_is_skipped_and_named(tmp_path: Path) -> None:
    fill(tmp_path / "z", "a", 0)
    fill(tmp_path / "z", "b", 100)
    path = tmp_path / "z" / "a" / "3.dcm"
    write_dicom(path, None)
    data = load(str(pack(tmp_path / "z", tmp_path / "z.zip")))
    assert [Path(item.name).name for item in data.skipped] == ["3.dcm"]
    assert "without pixels" in data.skipped[0].reason


def test_a_file_of_several_frames_is_refused_by_one_rule_wherever_it_comes(tmp_path: Path) -> None:
    frames = np.zeros((3, 40, 40), np.uint8)
    path = write_dicom(tmp_path / "film.dcm", frames, NumberOfFrames=3)
    told = "film.dcm holds 3 frames, and one image is read at a time; save the frame you mean as PNG"
    for read in (
        lambda: open_rgb(Image.of(path)),
        lambda: open_rgb(expand(str(path))[0]),
        lambda: open_rgb(Image(content=path.read_bytes(), name="film.dcm")),
        lambda: open_slide(path),
    ):
        with pytest.raises(PippinError, match=told) as problem:
            read()
        assert NAME not in problem.value.message
        assert NUMBER not in problem.value.message
    fill(tmp_path / "data", "a", 0)
    fill(tmp_path / "data", "b", 100)
    path.rename(tmp_path / "data" / "a" / "film.dcm")
    data = load(str(tmp_path / "data"), PathologyConfig())
    assert [told in item.reason for item in data.skipped] == [True]
    assert len(data.examples) == 20


def test_a_slide_in_dicom_is_sent_to_the_command_for_slides(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "wsi.dcm", np.zeros((2, 40, 40), np.uint8), NumberOfFrames=2)
    dataset = pydicom.dcmread(path)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.77.1.6"
    dataset.save_as(path)
    with pytest.raises(PippinError, match="pippin pathology slide"):
        open_rgb(Image.of(path))

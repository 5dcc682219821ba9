"""Images as people bring them: DICOM without its names, MedMNIST archives, folders, twins and patients."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import NAME, NUMBER, write_dicom
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import NO_PATIENTS, load
from pippin.apps.pathology.images.dicom import BURNED_IN, DicomImage
from pippin.apps.pathology.images.medmnist import read_archive
from pippin.apps.pathology.images.opening import expand, notes_on, open_rgb, thumbnail
from pippin.core.errors import PippinError
from pippin.core.inputs import Image

pydicom = pytest.importorskip("pydicom", reason="DICOM needs the extra pathology")


def slope(kind: type = np.uint8, top: int = 255) -> np.ndarray:
    """Levels that rise to the right."""
    return np.tile(np.linspace(0, top, 32), (32, 1)).round().astype(kind)


def test_sixteen_bits_and_inverted_levels_look_as_a_viewer_shows_them(tmp_path: Path) -> None:
    plain = np.asarray(open_rgb(Image.of(write_dicom(tmp_path / "a.dcm", slope()))))
    wide = np.asarray(open_rgb(Image.of(write_dicom(tmp_path / "b.dcm", slope(np.uint16, 4095)))))
    path = write_dicom(tmp_path / "c.dcm", slope(), PhotometricInterpretation="MONOCHROME1")
    inverted = np.asarray(open_rgb(Image.of(path)))
    np.testing.assert_array_equal(plain[0, :, 0], slope()[0])
    np.testing.assert_allclose(wide.astype(int), plain, atol=1)
    np.testing.assert_array_equal(inverted, 255 - plain)


def test_a_window_says_which_levels_are_told_apart(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", slope(np.uint16, 4000), WindowCenter=1000, WindowWidth=1000)
    grey = np.asarray(open_rgb(Image.of(path)))[0, :, 0]
    levels = slope(np.uint16, 4000)[0]
    assert (grey[levels < 490] == 0).all()
    assert (grey[levels > 1510] == 255).all()
    assert 0 < grey[np.argmin(np.abs(levels.astype(int) - 1000))] < 255


@pytest.mark.parametrize(
    ("levels", "tags", "told"),
    [
        (None, {}, "without pixels"),
        (np.zeros((3, 16, 16), np.uint8), {"NumberOfFrames": 3}, "3 frames"),
        (slope(), {"Rows": 500}, "damaged"),
    ],
)
def test_what_is_no_single_image_is_refused_in_a_sentence(
    tmp_path: Path, levels: np.ndarray | None, tags: dict[str, Any], told: str
) -> None:
    path = write_dicom(tmp_path / "a.dcm", levels, **tags)
    with pytest.raises(PippinError, match=told) as problem:
        open_rgb(Image.of(path))
    assert NAME not in problem.value.message
    assert NUMBER not in problem.value.message


@given(cut=st.integers(132, 1200))
@settings(max_examples=12, deadline=None)
def test_a_file_cut_off_anywhere_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = write_dicom(tmp_path_factory.mktemp("cut") / "a.dcm", slope())
    content = path.read_bytes()[: min(cut, path.stat().st_size - 1)]
    with pytest.raises(PippinError):
        open_rgb(Image(content=content, name="a.dcm"))


def test_no_tag_leaves_the_file(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", slope(), InstitutionName="St Bart's", BurnedInAnnotation="YES")
    (item,) = expand(str(path))
    assert isinstance(item, DicomImage)
    for content in (item.read(), thumbnail(item), repr(item).encode()):
        assert content.startswith(b"\x89PNG") or content.startswith(b"DicomImage")
        assert not any(word in content for word in (b"Franklin", b"0815", b"Bart"))
    assert notes_on(item) == (BURNED_IN,)
    assert notes_on(DicomImage.of(write_dicom(tmp_path / "b.dcm", slope(), BurnedInAnnotation="NO"))) == ()


def noise(seed: int, side: int = 40) -> PilImage.Image:
    """An image like no other."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6), np.uint8)
    return PilImage.fromarray(coarse).resize((side, side), PilImage.Resampling.BICUBIC)


def fill(folder: Path, labels: tuple[str, ...] = ("a", "b"), count: int = 12) -> None:
    """Write images, different ones, into a folder for each label."""
    for number, label in enumerate(labels):
        (folder / label).mkdir(parents=True)
        for index in range(count):
            noise(100 * number + index).save(folder / label / f"P{index // 3:02}-{index}.png")


def test_patients_lie_in_one_part(tmp_path: Path) -> None:
    fill(tmp_path / "a-data")
    data = load(str(tmp_path / "a-data"), PathologyConfig(group=r"P\d+"))
    parts = [{e.input.name.rsplit("/", 1)[1][:3] for e in part} for part in (data.train, data.val, data.test)]
    assert min(map(len, (parts[0], parts[2]))) > 0
    assert len(set.union(*parts)) == sum(map(len, parts))
    assert NO_PATIENTS not in data.notes
    assert data.settings == {"organ": "a-data"}
    assert NO_PATIENTS in load(str(tmp_path / "a-data")).notes


def test_patients_of_dicom_lie_in_one_part_and_no_id_is_kept(tmp_path: Path) -> None:
    for number in range(24):
        label = "ab"[number // 4 % 2]
        (tmp_path / label).mkdir(exist_ok=True)
        levels = np.asarray(noise(number)).astype(np.uint8)
        write_dicom(tmp_path / label / f"{number}.dcm", levels, PatientID=f"secret-{number // 4}")
    data = load(str(tmp_path))
    of = {e.key: int(Path(e.input.name).stem) // 4 for e in data.examples}
    parts = [{of[e.key] for e in part} for part in (data.train, data.val, data.test)]
    assert sum(map(len, parts)) == 6
    assert len(data.examples) == 24
    assert "secret" not in repr([(e.group, e.extra_groups, e.key) for e in data.examples]) + "".join(data.notes)


def test_twins_stay_together_and_are_told(tmp_path: Path) -> None:
    fill(tmp_path, count=15)
    for index in range(5):
        twin = PilImage.open(tmp_path / "a" / f"P{index // 3:02}-{index}.png").point(lambda level: level * 0.9 + 10)
        twin.resize((60, 60)).save(tmp_path / ("a" if index else "b") / f"twin-{index}.png")
    data = load(str(tmp_path))
    part_of = {
        "/".join(Path(e.input.name).parts[-2:]): number
        for number, part in enumerate((data.train, data.val, data.test))
        for e in part
    }
    for index in range(5):
        twin = f"{'a' if index else 'b'}/twin-{index}.png"
        assert part_of[twin] == part_of[f"a/P{index // 3:02}-{index}.png"]
    told = " ".join(data.notes)
    assert "10 of 35 images have a twin" in told
    assert "1 pairs of twins have different labels" in told


def write_archive(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_an_archive_is_read_by_its_name_or_the_organ(tmp_path: Path) -> None:
    pixels = np.stack([np.asarray(noise(seed, 28)) for seed in range(8)])
    arrays = {"train_images": pixels, "train_labels": np.arange(8).reshape(8, 1) % 2}
    named = read_archive(write_archive(tmp_path / "breastmnist_28.npz", **arrays))
    assert named.organ == "breast"
    assert {one.label for one in named.images} == {"malignant", "normal or benign"}
    assert [one.label for one in named.images[:2]] == ["malignant", "normal or benign"]
    other = write_archive(tmp_path / "mine.npz", **arrays)
    assert {one.label for one in read_archive(other, "chest").images} == {"normal", "pneumonia"}
    assert read_archive(other).images[1].label == "class 1"
    np.testing.assert_array_equal(np.asarray(open_rgb(named.images[3].image))[:, :, 0], pixels[3])
    assert len(expand(str(other))) == 8


def test_an_archive_with_a_test_part_alone_is_only_scored_on(tmp_path: Path) -> None:
    pixels = np.stack([np.asarray(noise(seed, 28)) for seed in range(6)])
    data = load(str(write_archive(tmp_path / "breastmnist.npz", test_images=pixels, test_labels=np.arange(6) % 2)))
    assert (len(data.train), len(data.val), len(data.test)) == (0, 0, 6)
    assert data.predefined_split


@pytest.mark.parametrize(
    "arrays",
    [
        {"train_images": np.zeros((4, 28, 28, 28), np.uint8), "train_labels": np.zeros(4, int)},
        {"train_images": np.zeros((4, 28, 28), np.float32), "train_labels": np.zeros(4, int)},
        {"train_images": np.zeros((4, 28, 28), np.uint8), "train_labels": np.zeros((4, 14), int)},
        {"train_images": np.zeros((4, 28, 28), np.uint8), "train_labels": np.array([None] * 4)},
        {"train_images": np.zeros((4, 28, 28), np.uint8)},
        {"weights": np.zeros(3)},
    ],
)
def test_an_archive_of_another_kind_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(PippinError):
        read_archive(write_archive(tmp_path / "pathmnist.npz", **arrays))


@given(content=st.binary(max_size=200))
@settings(max_examples=20, deadline=None)
def test_bytes_of_any_kind_are_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a.npz"
    path.write_bytes(content)
    with pytest.raises(PippinError):
        read_archive(path)


def test_folders_without_labels_or_images_are_told(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="no images"):
        load(str(tmp_path))
    noise(1).save(tmp_path / "a.png")
    with pytest.raises(PippinError, match="no labels"):
        load(str(tmp_path))
    with pytest.raises(PippinError, match="There is no file"):
        load(str(tmp_path / "none"))


def test_a_bad_image_is_skipped_and_named(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "a" / "broken.png").write_bytes(io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"\0" * 50).getvalue())
    data = load(str(tmp_path))
    assert [Path(item.name).name for item in data.skipped] == ["broken.png"]
    assert len(data.examples) == 24

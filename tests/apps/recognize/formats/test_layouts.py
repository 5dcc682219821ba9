"""Labels and parts are found in every layout people have, and said; nothing is learned that is no label."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.data import load
from pippin.apps.recognize.formats.folder_tree import arrange
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.learn.vision.image_datasets import part_of
from pippin.learn.vision.image_files import images

_seeds = iter(range(100_000))


def png() -> bytes:
    """A new random image: no two are near-copies."""
    file = io.BytesIO()
    pixels = np.random.default_rng(next(_seeds)).integers(0, 256, (12, 10, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(png())
    return root


def many(pattern: str, count: int = 6) -> list[str]:
    """Names of `count` images of each of two labels."""
    return [pattern.format(label=label, n=n) for label in ("apple", "banana") for n in range(count)]


def table(path: Path, names: list[str], heading: str = "file_name,label") -> None:
    rows = [f"{name},{'apple' if 'apple' in name else 'banana'}" for name in names]
    path.write_text("\n".join([heading, *rows]) + "\n")


def read(source: Path, **config: object) -> Dataset:
    data = load(str(source), RecognizeConfig(**config))
    assert data.layout
    groups = [{example.group for example in part} for part in (data.train, data.val, data.test)]
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    return data


def test_a_test_part_without_labels_is_left_out_and_said(tmp_path: Path) -> None:
    data = read(write(tmp_path, *many("train/{label}/{n}.png"), *(f"test/{n}.png" for n in range(5))))
    assert (data.labels, len(data.examples), data.predefined_split) == (["apple", "banana"], 12, False)
    assert data.layout == "labels from the folders below train/; test/ has none and is left out"
    assert data.layout in data.notes


@pytest.mark.parametrize(
    ("train", "test"),
    [("Training Set", "Testing Set"), ("train_images", "test-images"), ("trainset", "TestSet"), ("TRAIN", "validation"),
     ("seg_train/seg_train", "seg_test/seg_test"), ("images/train", "images/val"), ("train/images", "valid/images")],
)  # fmt: skip
def test_parts_in_any_wording(tmp_path: Path, train: str, test: str) -> None:
    data = read(write(tmp_path, *many(train + "/{label}/{n}.png"), *many(test + "/{label}/{n}.png", 2)))
    assert (data.labels, data.predefined_split, len(data.test)) == (["apple", "banana"], True, 4)


def test_what_a_mac_puts_into_a_zip_is_ignored(tmp_path: Path) -> None:
    write(tmp_path, *many("train/{label}/{n}.png"), *many("test/{label}/{n}.png", 2), "__MACOSX/train/apple/x.png")
    (tmp_path / "train" / "apple" / "._0.png").write_bytes(b"no image")
    data = read(tmp_path)
    assert (data.labels, len(data.test), data.skipped) == (["apple", "banana"], 4, ())


@pytest.mark.parametrize("wrapper", ["train", "fruit-dataset", "a/b/c", "images", "data/Training"])
def test_wrappers_and_a_single_part_are_stepped_through(tmp_path: Path, wrapper: str) -> None:
    data = read(write(tmp_path, *many(wrapper + "/{label}/{n}.png"), "cover.png"))
    assert (data.labels, data.predefined_split, len(data.examples)) == (["apple", "banana"], False, 12)
    assert f"below {wrapper}/" in data.layout
    assert any("1 image beside the label folders" in note for note in data.notes)


def test_parts_within_labels(tmp_path: Path) -> None:
    data = read(write(tmp_path, *many("{label}/train/{n}.png"), *many("{label}/test/{n}.png", 2)))
    assert (data.labels, data.predefined_split, len(data.test)) == (["apple", "banana"], True, 4)


def test_a_part_of_other_labels_and_a_folder_that_is_no_part_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, *many("train/{label}/{n}.png"), *many("val/{label}/{n}.png", 2), "test/unknown/1.png", "pred/1.png")
    data = read(tmp_path)
    assert (data.labels, len(data.test)) == (["apple", "banana"], 4)
    assert "test/ has none of these labels and is left out; pred/ is no part and is left out" in data.layout


@pytest.mark.parametrize("name", ["test", "Test Images", "unlabelled", "unlabeled_data"])
def test_a_test_folder_beside_those_of_labels_is_no_label(tmp_path: Path, name: str) -> None:
    data = read(write(tmp_path, *many("{label}/{n}.png"), *(f"{name}/{n}.png" for n in range(4))))
    assert data.labels == ["apple", "banana"]
    assert data.layout == f"labels from the folders apple, banana; {name}/ has none and is left out"


def test_valid_and_invalid_are_labels(tmp_path: Path) -> None:
    data = read(write(tmp_path, *(f"{label}/{n}.png" for label in ("valid", "invalid") for n in range(4))))
    assert data.labels == ["invalid", "valid"]


def test_labels_may_be_called_like_parts(tmp_path: Path) -> None:
    data = read(write(tmp_path, *(f"{label}/{n}.png" for label in ("train", "plane", "car") for n in range(4))))
    assert data.labels == ["car", "plane", "train"]


def test_a_folder_among_many_loose_images_is_no_label(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="have no labels"):
        load(str(write(tmp_path, *(f"{n}.png" for n in range(9)), "used/1.png")))


def test_images_beside_masks_have_no_labels(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="have no labels"):
        load(str(write(tmp_path, *(f"{name}/{n}.png" for name in ("images", "masks") for n in range(3)))))
    with pytest.raises(PippinError, match="have no labels"):
        load(str(write(tmp_path / "yolo", *(f"{part}/{n}.png" for part in ("train", "test") for n in range(3)))))


@pytest.mark.parametrize("lines", [False, True])
def test_hugging_face_metadata(tmp_path: Path, lines: bool) -> None:
    names = many("{label}{n}.png")
    write(tmp_path, *names, "unnamed.png")
    if lines:
        rows = [json.dumps({"file_name": name, "label": name[:-5]}) for name in names]
        (tmp_path / "metadata.jsonl").write_text("\n".join(rows))
    else:
        table(tmp_path / "metadata.csv", names)
    data = read(tmp_path)
    assert (data.labels, len(data.examples)) == (["apple", "banana"], 12)
    assert "column 'label'); 1 image without a label there is left out" in data.layout


def test_metadata_in_each_part_and_in_a_column(tmp_path: Path) -> None:
    for part, count in (("train", 6), ("test", 2)):
        write(tmp_path, *many(part + "/{label}{n}.png", count))
        table(tmp_path / part / "metadata.csv", many("{label}{n}.png", count))
    assert len(read(tmp_path).test) == 4
    names = many("{label}{n}.png")
    write(tmp_path / "b", *names)
    rows = [f"{name},{name[:-5]},{'test' if name[-5] == '0' else 'training'}" for name in names]
    (tmp_path / "b" / "metadata.csv").write_text("\n".join(["file_name,label,split", *rows]))
    data = read(tmp_path / "b")
    assert (data.predefined_split, len(data.test), data.labels) == (True, 2, ["apple", "banana"])


def test_a_csv_of_names_and_labels_beside_or_given(tmp_path: Path) -> None:
    write(tmp_path, *many("train/{label}{n}.png"), "test/1.png", "test/2.png")
    table(tmp_path / "train.csv", [name[:-4] for name in many("{label}{n}.png")], "image_id,breed")
    table(tmp_path / "sample_submission.csv", ["1", "2"], "image_id,breed")
    data = read(tmp_path)
    assert (data.labels, len(data.examples), data.predefined_split) == (["apple", "banana"], 12, False)
    assert "2 images without a label there are left out" in data.layout
    assert read(tmp_path / "train.csv").fingerprint() == data.fingerprint()


def test_a_csv_given_reads_what_it_names_and_nothing_above(tmp_path: Path) -> None:
    write(tmp_path / "set", *many("{label}{n}.png"), "more.png")
    write(tmp_path, "apple_secret.png")
    table(tmp_path / "set" / "labels.csv", many("{label}{n}.png"), "image,label")
    assert len(read(tmp_path / "set" / "labels.csv").examples) == 12
    table(tmp_path / "set" / "labels.csv", [*many("{label}{n}.png"), "../apple_secret.png"], "image,label")
    assert len(read(tmp_path / "set" / "labels.csv").examples) == 12


def test_a_table_outweighs_folders_that_are_mere_portions(tmp_path: Path) -> None:
    names = many("{label}{n}.png")
    write(tmp_path, *(f"images_part_{1 + n % 2}/{name}" for n, name in enumerate(names)))
    assert read(tmp_path).labels == ["images_part_1", "images_part_2"]
    table(tmp_path / "HAM_metadata.csv", [name[:-4] for name in names], "image_id,dx")
    assert read(tmp_path).labels == ["apple", "banana"]


def test_a_table_in_a_folder_beside_that_of_the_images(tmp_path: Path) -> None:
    write(tmp_path, *many("images/{label}{n}.png"))
    (tmp_path / "annotations").mkdir()
    table(tmp_path / "annotations" / "labels.csv", many("{label}{n}.png"), "filename,class")
    data = read(tmp_path)
    assert (data.labels, data.layout) == (["apple", "banana"], "labels from annotations/labels.csv (column 'class')")


@pytest.mark.parametrize("portions", [("32x32", "64x64"), ("fold_1", "fold_2"), ("Session 1", "Session 2")])
def test_folders_of_portions_above_those_of_labels_are_stepped_through(
    tmp_path: Path, portions: tuple[str, str]
) -> None:
    data = read(write(tmp_path, *(name for portion in portions for name in many(portion + "/{label}/{n}.png"))))
    assert (data.labels, len(data.examples)) == (["apple", "banana"], 24)
    assert data.layout == f"labels from the folders below {portions[0]}/ and {portions[1]}/, which share them"


def test_numbered_folders_that_share_no_labels_are_labels(tmp_path: Path) -> None:
    data = read(write(tmp_path, *(f"{label}/{n}.png" for label in ("camera 1", "camera 2") for n in range(6))))
    assert data.labels == ["camera 1", "camera 2"]


def test_formats_that_are_not_read_are_counted(tmp_path: Path) -> None:
    folder = write(tmp_path / "fruit", *many("{label}/{n}.png"))
    for name in ("apple/1.svg", "banana/2.NEF", "banana/3.nef", "banana/notes.txt", "apple/.hidden.svg"):
        (folder / name).write_bytes(b"<svg/>")
    told = "3 files of formats that are not read (.nef, .svg) were left out; convert to PNG or JPEG."
    assert told in read(folder).notes
    with zipfile.ZipFile(tmp_path / "fruit.zip", "w") as file:
        for path in folder.rglob("*.*"):
            file.write(path, path.relative_to(folder))
    assert told in read(tmp_path / "fruit.zip").notes
    drawings = tmp_path / "drawings/apple"
    drawings.mkdir(parents=True)
    (drawings / "1.svg").write_bytes(b"<svg/>")
    with pytest.raises(PippinError, match=r"no images that are read. 1 file of formats"):
        load(str(drawings.parent))


def test_an_image_within_a_zip_goes_by_the_name_it_is_told_by(tmp_path: Path, home: Path) -> None:
    with zipfile.ZipFile(tmp_path / "fruit.zip", "w") as file:
        for name in many("{label}/{n}.png"):
            file.writestr(name, png())
    zipped = tmp_path / "fruit.zip"
    names = [image.name for image in images(zipped)]
    assert len(names) == 12
    assert [image.name for image in images(names[3])] == [names[3]]
    assert images(names[3])[0].read() == images(zipped)[3].read()
    assert len(images(f"{zipped}/banana")) == 6
    with pytest.raises(PippinError, match="cherry holds no images"):
        images(f"{zipped}/cherry")


def test_one_column_for_each_label(tmp_path: Path) -> None:
    names = many("{label}{n}.png")
    write(tmp_path, *names)
    rows = [f"{name[:-4]},{float('apple' in name)},{float('banana' in name)}" for name in names]
    (tmp_path / "truth.csv").write_text("\n".join(["image,apple,banana", *rows]))
    assert read(tmp_path).labels == ["apple", "banana"]


def test_a_table_that_names_what_is_not_there(tmp_path: Path) -> None:
    names = many("{label}{n}.png")
    write(tmp_path, *names)
    table(tmp_path / "metadata.csv", [*names, "lost.png", "../../etc/passwd"])
    data = read(tmp_path)
    assert len(data.examples) == 12
    assert ["2 rows of metadata.csv name no image that is there, such as 'lost.png'." in s.reason for s in data.skipped]
    table(tmp_path / "other.csv", ["x.png"])
    with pytest.raises(PippinError, match="`tables`"):
        load(str(tmp_path / "other.csv"))


def test_files_without_an_ending_are_read_by_content(tmp_path: Path) -> None:
    write(tmp_path, *many("{label}/{n}"), "apple/photo.jpg_large")
    (tmp_path / "apple" / "README").write_text("no image")
    data = read(tmp_path)
    assert (len(data.examples), data.skipped) == (13, ())


def test_labels_that_differ_in_case_only_are_told(tmp_path: Path) -> None:
    data = read(write(tmp_path, *many("{label}/{n}.png"), "Apple/1.png", "tennis ball/1.png", "tennis_ball/2.png"))
    told = [note for note in data.notes if "differ in case" in note]
    assert len(told) == 2
    assert "'Apple' and 'apple'" in told[0]


def make_zip(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_zip_is_read_as_it_is_and_nothing_escapes(tmp_path: Path, home: Path) -> None:
    names = [f"fruit/{name}" for name in many("{label}/{n}.png")]
    evil = {"../evil.png": png(), "/evil.png": png(), "fruit/run.py": b"x", "__MACOSX/fruit/._0.png": b"x"}
    evil |= {f"fruit/apple/{'n' * 300}.png": png()}
    folder = tmp_path / "given"
    folder.mkdir()
    source = make_zip(folder / "fruit.zip", {**{name: png() for name in names}, **evil})
    data = read(source)
    assert (data.labels, len(data.examples), data.name) == (["apple", "banana"], 12, "fruit.zip")
    assert "below fruit/, read from the zip file" in data.layout
    assert data.train[0].input.name.startswith("fruit.zip/fruit/")
    assert any(note.startswith("3 images of the zip were left out") for note in data.notes)
    assert [path.name for path in folder.iterdir()] == ["fruit.zip"]
    assert not list(tmp_path.rglob("evil.png"))
    assert not list(tmp_path.rglob("run.py"))
    assert read(source).fingerprint() == data.fingerprint()


def test_zips_that_are_no_good_are_refused(tmp_path: Path) -> None:
    bomb = make_zip(tmp_path / "bomb.zip", {"apple/0.png": bytes(30_000_000)})
    with pytest.raises(PippinError, match="would unpack to"):
        load(str(bomb))
    whole = make_zip(tmp_path / "cut.zip", {name: png() for name in many("{label}/{n}.png")})
    whole.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(PippinError, match="damaged"):
        load(str(whole))
    with pytest.raises(PippinError, match="no images"):
        load(str(make_zip(tmp_path / "empty.zip", {"notes.txt": b"x"})))


def test_an_expression_keeps_patients_in_one_part(tmp_path: Path) -> None:
    write(tmp_path, *(f"{label}/P{patient:02}_{n}.png" for patient in range(8) for label in "ab" for n in range(3)))
    told = [note for note in load(str(tmp_path)).notes if "suggest groups" in note]
    assert told == [r"Names suggest groups (P00, P01, ...): `--group '^P\d+'` keeps each in one part."]
    data = read(tmp_path, group=r"P(\d+)")
    assert len({example.group for example in data.examples}) == 8
    assert not any("suggest" in note for note in data.notes)
    assert "8 groups by 'P(\\\\d+)', each in one part." in data.notes
    with pytest.raises(PippinError, match="No image has a group"):
        load(str(tmp_path), RecognizeConfig(group="patient"))
    with pytest.raises(PippinError, match="neither a column nor"):
        load(str(tmp_path), RecognizeConfig(group="P("))
    with pytest.raises(PippinError, match="one group"):
        load(str(tmp_path), RecognizeConfig(group="P"))


def test_a_column_keeps_groups_and_official_parts_share_none(tmp_path: Path) -> None:
    names = [f"{part}/{label}/{n}.png" for part in ("train", "test") for label in "ab" for n in range(4)]
    write(tmp_path, *names)
    rows = [f"{name},{'shared' if name[-5] == '0' else name}" for name in names]
    (tmp_path / "metadata.csv").write_text("\n".join(["file_name,patient", *rows]))
    told = load(str(tmp_path))
    assert any("`--group patient`" in note for note in told.notes)
    data = read(tmp_path, group="patient")
    assert (len(told.train) + len(told.val), len(data.train) + len(data.val), len(data.test)) == (8, 6, 8)
    assert any("or of one group with it" in note for note in data.notes)


def test_folders_within_labels_may_be_groups(tmp_path: Path) -> None:
    write(tmp_path, *(f"{label}/day{day}/{n}.png" for label in "ab" for day in range(4) for n in range(3)))
    (told,) = (note for note in load(str(tmp_path)).notes if "may be groups" in note)
    data = read(tmp_path, group=told.split("'")[1])
    assert len({example.group for example in data.examples}) == 4


def test_numbers_that_stand_for_a_label_suggest_no_group(tmp_path: Path) -> None:
    write(tmp_path, *(f"{label}/{label}_{n}.png" for label in "0123" for n in range(4)))
    assert not any("suggest" in note for note in load(str(tmp_path)).notes)
    write(tmp_path / "b", *(f"{label}/IMG_{n}{label}.png" for label in "0123" for n in range(4)))
    assert not any("suggest" in note for note in load(str(tmp_path / "b")).notes)


@pytest.mark.parametrize(
    ("name", "part"),
    [("Training Set", "train"), ("valid", "val"), ("test2", "test"), ("train_images", "train"),
     ("TrainingData", "train"),
     ("apple", ""), ("train station", ""), ("", ""), ("images", ""), ("VALIDATION", "val"), ("testset", "test")],
)  # fmt: skip
def test_names_of_parts(name: str, part: str) -> None:
    assert part_of(name) == part


@given(st.lists(st.lists(st.sampled_from(["train", "test", "a", "b", "images", "x.png"]), min_size=1, max_size=5)))
def test_any_tree_is_arranged(paths: list[list[str]]) -> None:
    files = {(*path, f"{n}.png") for n, path in enumerate(paths)}
    found = arrange(files)
    assert found.placed.keys() <= files
    assert all(label in names[:-1] for names, (label, _) in found.placed.items())
    parts = {part for _, part in found.placed.values()}
    assert parts <= {""} or "train" in parts

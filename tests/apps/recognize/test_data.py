"""Pictures in folders, parquet and IDX files become one kind of dataset; bad ones are skipped and told of."""

import contextlib
import gzip
import io
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parquet_files import write_parquet_file
from PIL import Image

from pippin.apps.recognize.data import RENDERED, load
from pippin.apps.recognize.formats import idx
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import list_images

Maker = Callable[..., Path]


def pixels(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (12, 10, 3), dtype=np.uint8)


def png(seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels(seed)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Write a new random picture (or the content given) to a path below `data`; returns the folder `data`."""
    root = tmp_path / "data"
    seeds = iter(range(10_000))

    def write(*names: str, content: bytes | None = None) -> Path:
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(png(next(seeds)) if content is None else content)
        return root

    return write


def labels(data: Dataset) -> list[str]:
    return sorted({example.answer for example in data.examples})


def refusal(source: Path | str) -> str:
    with pytest.raises(PippinError) as caught:
        load(str(source))
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    return caught.value.message


def test_one_folder_per_label(make: Maker) -> None:
    folder = make(*(f"{label}/{n}.png" for label in ("apple", "tennis ball") for n in range(10)))
    data = load(str(folder))
    assert (data.name, data.predefined_split, data.skipped, data.notes) == ("data", False, (), ())
    assert labels(data) == ["apple", "tennis ball"]
    assert (len(data.train), len(data.val), len(data.test)) == (14, 2, 4)
    assert all(example.key == example.input.digest() == example.group for example in data.examples)
    assert load(str(folder)).fingerprint() == data.fingerprint()


def test_names_of_every_kind(make: Maker) -> None:
    names = ["äpfel 🍎/mein bild.PNG", "a b/.hidden.png", "a b/tief/er/x.JPEG", "'\"*?[/1.webp", ".git/x.png"]
    folder = make(*names)
    make("a b/Thumbs.db", "a b/notes.txt", ".DS_Store", content=b"\0\1")
    data = load(str(folder))
    assert labels(data) == ["'\"*?[", "a b", "äpfel 🍎"]
    assert len(data.examples) == 3
    assert not data.skipped


def test_a_name_that_is_no_unicode_can_be_printed(make: Maker) -> None:
    folder = make("apple/0.png")
    strange = os.fsencode(folder) + b"/apple/\xff.png"
    try:
        Path(os.fsdecode(strange)).write_bytes(png(99))
    except OSError:
        pytest.skip("this file system takes only Unicode names")
    for example in load(str(folder)).examples:
        example.input.name.encode()
        example.input.read()


def test_bad_images_are_skipped_with_a_sentence(make: Maker) -> None:
    folder = make("apple/0.png", "ball/1.png", "ball/mislabelled.jpg")
    make("apple/empty.png", content=b"")
    make("apple/text.jpg", content=b"no picture\n")
    make("ball/cut.png", content=png(5)[:-40])
    (folder / "ball" / "lost.png").symlink_to("nowhere")
    data = load(str(folder))
    assert len(data.examples) == 3
    assert sorted(Path(item.name).name for item in data.skipped) == ["cut.png", "empty.png", "lost.png", "text.jpg"]
    assert all(item.name in item.reason for item in data.skipped)


def test_links_in_a_circle_end(make: Maker) -> None:
    folder = make("apple/0.png", "ball/1.png", "elsewhere/2.png")
    (folder / "apple" / "loop").symlink_to(folder)
    (folder / "again").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    assert len(load(str(folder)).examples) == 3


def test_sources_without_labelled_images_are_refused(make: Maker, tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing")
    assert "valid path" in refusal("a\0b")
    loose = make("0.png")
    assert "one folder per label" in refusal(loose)
    assert "set of labelled images" in refusal(loose / "0.png")
    (tmp_path / "empty" / "apple").mkdir(parents=True)
    assert "holds no images" in refusal(tmp_path / "empty")
    bad = make("../bad/x/1.png", "../bad/x/2.png", content=b"")
    assert "None of the 2 images" in refusal(bad / ".." / "bad")


def test_an_unreadable_folder_is_refused(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make("apple/0.png")

    def refuse(path: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "no permission" in refusal(folder)


def test_notes_tell_of_one_label_empty_folders_and_loose_images(make: Maker) -> None:
    folder = make("apple/0.png", "apple/1.png", "loose.png")
    (folder / "ball").mkdir()
    notes = " ".join(load(str(folder)).notes)
    assert "'ball' holds no images" in notes
    assert "All images have the label 'apple'" in notes
    assert "1 image beside" in notes


def test_copies_share_a_group_and_contradictions_are_told(make: Maker) -> None:
    folder = make(*(f"{label}/{n}.png" for label in ("apple", "ball") for n in range(6)))
    file = folder / "apple" / "0.png"
    Image.open(file).resize((60, 50)).save(folder / "apple" / "copy.bmp")
    (folder / "ball" / "wrong.png").write_bytes(file.read_bytes())
    data = load(str(folder))
    groups = [example.group for example in data.examples]
    assert len(set(groups)) == len(groups) - 2
    for part, other in ((data.train, data.test), (data.train, data.val), (data.val, data.test)):
        assert not {e.group for e in part} & {e.group for e in other}
    (note,) = data.notes
    assert "wrong.png (ball)" in note


def test_an_official_split_is_kept_and_copies_leave_train(make: Maker) -> None:
    names = [f"{part}/{label}/{n}.png" for part in ("Train", "test") for label in "ab" for n in range(10)]
    folder = make(*names)
    (folder / "Train" / "a" / "copy.png").write_bytes((folder / "test" / "a" / "3.png").read_bytes())
    data = load(str(folder))
    assert data.predefined_split
    assert (len(data.train), len(data.val), len(data.test)) == (18, 2, 20)
    told = "1 images of train are (nearly) the same as one of test: left out of train."
    assert data.notes == ("labels from the folders below Train/ and test/", told)


def test_train_without_test_is_split_or_scored_on_val(make: Maker) -> None:
    folder = make(*(f"train/{label}/{n}.png" for label in "ab" for n in range(10)))
    assert labels(load(str(folder))) == ["a", "b"]
    make(*(f"valid/{label}/{n}.png" for label in "ab" for n in range(2)))
    data = load(str(folder))
    assert (data.predefined_split, len(data.test), len(data.train)) == (True, 4, 18)


def test_train_that_repeats_test_is_refused(make: Maker) -> None:
    for part in ("train", "test"):
        folder = make(f"{part}/a/0.png", content=png(1))
    assert "Nothing is left to learn from" in refusal(folder)


def write_parquet(file: Path, answers: list[Any], seed: int = 0, names: list[str] | None = None, **more: Any) -> None:
    images = [{"bytes": png(seed + row), "path": None} for row in range(len(answers))]
    features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
    told = {"huggingface": json.dumps({"info": {"features": features}})} if names else {}
    write_parquet_file(file, {"image": images, "label": answers, **more}, told)


def test_parquet_with_class_names(tmp_path: Path) -> None:
    write_parquet(tmp_path / "x.parquet", [0, 1, 1, -1, None], names=["cat/dog", ".hidden"])
    data = load(str(tmp_path / "x.parquet"))
    assert labels(data) == [".hidden", "cat/dog"]
    assert len(data.examples) == 3
    assert ["no label" in item.reason for item in data.skipped] == [True, True]


def test_parquet_without_names_and_with_plain_bytes(tmp_path: Path) -> None:
    columns = {"no": [5, 6], "label": [3, 7], "png": [png(1), b"broken"], "img": [png(2), png(3)]}
    write_parquet_file(tmp_path / "x.parquet", columns)
    assert labels(load(str(tmp_path))) == ["3", "7"]
    write_parquet_file(tmp_path / "x.parquet", {"image": [png(1), png(2)], "kind": ["ball", "apple"]})
    assert labels(load(str(tmp_path))) == ["apple", "ball"]


def test_parquet_files_of_one_folder_are_the_official_parts(tmp_path: Path) -> None:
    write_parquet(tmp_path / "data" / "train-00000-of-00001.parquet", [0, 1] * 10)
    write_parquet(tmp_path / "data" / "test-00000-of-00001.parquet", [0, 1, 0], seed=18)
    data = load(str(tmp_path))
    assert (data.predefined_split, len(data.train) + len(data.val), len(data.test)) == (True, 18, 3)
    assert "2 images of train" in data.notes[0]


def test_bad_parquet_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    assert "damaged" in refusal(file)
    write_parquet_file(file, {"label": [1]})
    assert "no column of images" in refusal(file)
    write_parquet_file(file, {"image": [b"x"], "weight": [0.5]})
    assert "no column of labels" in refusal(file)


@settings(max_examples=40)
@given(damage=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_parquet_files_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    whole, file = (tmp_path_factory.getbasetemp() / name for name in ("whole.parquet", "damaged.parquet"))
    if not whole.exists():
        write_parquet(whole, [0, 1, 1])
    content = bytearray(whole.read_bytes())
    for place, byte in damage:
        content[-1 - place % len(content)] = byte
    file.write_bytes(content)
    with contextlib.suppress(PippinError):
        load(str(file))


def test_parquet_without_its_library_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(tmp_path / "x.parquet", [0])
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    assert "pip install" in refusal(tmp_path / "x.parquet")


def write_idx(file: Path, array: np.ndarray, pack: bool = False) -> None:
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    content = header + array.astype(np.uint8).tobytes()
    file.write_bytes(gzip.compress(content) if pack else content)


def digits(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 9, 11), dtype=np.uint8)


@pytest.mark.parametrize("pack", [False, True])
def test_idx_folders(tmp_path: Path, pack: bool) -> None:
    end = ".gz" if pack else ""
    for part, count in (("train", 20), ("t10k", 6)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte{end}", digits(count, count), pack)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte{end}", np.arange(count) % 2, pack)
    data = load(str(tmp_path))
    assert (data.predefined_split, len(data.train), len(data.val), len(data.test)) == (True, 18, 2, 6)
    assert labels(data) == ["0", "1"]
    opened = {np.asarray(open_image(example.input).convert("L")).tobytes() for example in data.test}
    assert opened == {image.tobytes() for image in digits(6, 6)}


def test_one_idx_file_and_what_may_be_wrong_with_it(tmp_path: Path) -> None:
    images, truth = tmp_path / "my-images.idx3-ubyte", tmp_path / "my-labels.idx1-ubyte"
    write_idx(images, digits(10, 0))
    assert "no labels beside" in refusal(images)
    write_idx(truth, np.arange(9))
    assert "10 images" in refusal(images)
    write_idx(truth, np.arange(10))
    assert len(load(str(images)).examples) == 10
    assert "IDX images" in refusal(truth) or "labelled images" in refusal(truth)
    images.write_bytes(images.read_bytes()[:-5])
    assert "cut off" in refusal(images)
    images.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**20, 2**20))
    assert "claims" in refusal(images)


@given(content=st.binary(max_size=60), dimensions=st.integers(1, 3), header=st.booleans())
def test_any_bytes_are_an_array_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, dimensions: int, header: bool
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.idx"
    file.write_bytes(struct.pack(">HBB", 0, 8, dimensions) + content if header else content)
    try:
        array = idx.read(file, dimensions)
    except PippinError:
        return
    assert array.ndim == dimensions


def test_the_sample_is_the_default() -> None:
    data = load(None)
    assert data.name == "rendered sample"
    assert len(labels(data)) == 9
    assert not data.skipped
    assert data.notes == (RENDERED,), "it says that it is rendered, and holds no near-copies to speak of"


def test_list_images(make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make("b/2.png", "1.JPG", "photo[1].jpg", ".x/3.png", "notes.txt")
    names = ["1.JPG", "b/2.png", "photo[1].jpg"]
    assert sorted(str(path.relative_to(folder)) for path in list_images(str(folder))) == sorted(names)
    monkeypatch.chdir(folder)
    assert list_images("*/*.png") == [Path("b/2.png")]
    assert list_images(str(folder / "**" / "*.png")) == [folder / "b" / "2.png"]
    assert list_images("photo[1].jpg") == [Path("photo[1].jpg")]
    assert list_images("none.jpg") == [Path("none.jpg")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(PippinError, match="holds no images"):
        list_images(str(tmp_path / "empty"))
    with pytest.raises(PippinError, match="No image matches"):
        list_images("*.gif")


@pytest.mark.data
def test_real_photographs(test_data: Path) -> None:
    data = load(str(test_data / "recognize" / "apple_ball"))
    assert len(data.examples) == 1125
    assert len(labels(data)) == 9
    cifar = load(str(test_data / "recognize" / "cifar10_test5k.parquet"))
    assert len(cifar.examples) == 5000
    assert len(labels(cifar)) == 10

"""The command line of learning without labels: what it accepts, refuses and says."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("torch")

from pippin.cli import main

Folder = Callable[..., Path]
SMALL = ("--self-supervised", "--width", "2", "--image-size", "16", "--epochs", "1", "--threads", "1")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["pippin", "recognize", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Outcome(code, *capsys.readouterr())

    return call


def loose(folder: Path, target: Path) -> Path:
    target.mkdir()
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        shutil.copy(path, target / f"{number}.png")
    return target


def test_groups_before_any_name_then_a_name_teaches_one(run: Command, folder: Folder, tmp_path: Path) -> None:
    images = loose(folder(sun=8, leaf=8, brick=8), tmp_path / "loose")
    trained = json.loads(run("train", images, *SMALL, "--json").out)
    assert trained["layout"] == "images alone"
    assert trained["labels"] == []
    found = json.loads(run("discover", images, "--groups", "3", "--json").out)
    assert found["without_labels"]
    assert sum(map(len, found["groups"])) == 24
    for group, middle, border in zip(found["groups"], found["middle"], found["border"], strict=True):
        assert middle == group[:4]
        assert set(border) <= set(group)
    assert len(json.loads(run("discover", "--name", "1=plum", "--json").out)["taught"]) == len(found["groups"][0])
    assert json.loads(run("labels", "--json").out)["labels"] == {"plum": len(found["groups"][0])}
    assert json.loads(run("undo", "--json").out)["undone"]
    (answer,) = json.loads(run("predict", images / "0.png", "--json").out)["results"]
    assert not answer["known"]


def test_the_card_says_what_it_learned_from(run: Command, folder: Folder, home: Path) -> None:
    made = json.loads(run("train", folder(sun=9, leaf=9), *SMALL, "--json").out)["artifact"]
    card = (home / "artifacts" / made / "README.md").read_text()
    assert "18 images without a single label" in card
    assert "--self-supervised" in card


def test_broken_files_are_skipped_and_named(run: Command, folder: Folder, tmp_path: Path) -> None:
    images = loose(folder(sun=9, leaf=9), tmp_path / "loose")
    (images / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (images / "empty.jpg").write_bytes(b"")
    trained = json.loads(run("train", images, *SMALL, "--json").out)
    assert {Path(one["input"]).name for one in trained["data"]["skipped"]} == {"broken.png", "empty.jpg"}
    assert trained["data"]["train"] == 18


def test_a_zip_of_loose_images_is_learned_from(run: Command, folder: Folder, tmp_path: Path) -> None:
    images = loose(folder(sun=9, leaf=9), tmp_path / "loose")
    (images / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    archive = shutil.make_archive(str(tmp_path / "photos"), "zip", images)
    trained = json.loads(run("train", archive, *SMALL, "--json").out)
    assert (trained["data"]["train"], trained["labels"]) == (18, [])
    assert [one["input"] for one in trained["data"]["skipped"]] == ["photos.zip/broken.png"]


def test_copies_count_once(run: Command, folder: Folder, tmp_path: Path) -> None:
    images = loose(folder(sun=9, leaf=9), tmp_path / "loose")
    shutil.copy(images / "0.png", images / "again.png")
    found = run("train", images, *SMALL, "--json")
    assert json.loads(found.out)["data"]["train"] == 18


def refused(outcome: Outcome) -> str:
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    (line,) = [line for line in outcome.err.splitlines() if line.strip()]
    return line


def test_too_few_images_are_refused(run: Command, folder: Folder) -> None:
    assert "has 6 images that can be used, too few to compare; give at least 16" in refused(
        run("train", folder(sun=3, leaf=3), *SMALL)
    )


def test_texts_and_nothing_are_refused(run: Command, tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "letter.txt").write_text("no image")
    assert "holds no images" in refused(run("train", texts, *SMALL))
    assert "letter.txt is no set of images; give a folder" in refused(run("train", texts / "letter.txt", *SMALL))
    assert "Cannot read" in refused(run("train", tmp_path / "missing", *SMALL))


def test_broken_files_alone_are_refused(run: Command, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for number in range(20):
        (broken / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert "None of the 20 images" in refused(run("train", broken, *SMALL))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--from-scratch",), "give one of the two"),
        (("--objective", "labels"), "--objective must be one of simclr, barlow-twins, vicreg, not 'labels'"),
        (("--image-size", "3"), "--image-size must be from 16 to 512, or 0, not 3"),
        (("--width", "0"), "--width must be from 1 to 512, not 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(run: Command, folder: Folder, more: tuple[str, ...], says: str) -> None:
    assert says in refused(run("train", folder(sun=9, leaf=9), *SMALL, *more))


def test_evaluate_wants_labels(run: Command, folder: Folder, tmp_path: Path) -> None:
    images = folder(sun=9, leaf=9)
    run("train", images, *SMALL)
    assert "has no labels to score by" in refused(run("evaluate", loose(images, tmp_path / "loose")))


def test_compare_calls_each_supervised_or_not(run: Command, folder: Folder) -> None:
    names = "self-supervised, random weights, pixel components, same network with labels, hand-made"
    given = ("--self-supervised", "--methods", names, "--width", "2", "--image-size", "16", "--budget", "1s", "--json")
    found = run("compare", folder(sun=20, leaf=20), *given)
    payload = json.loads(found.out)
    assert list(payload["methods"]) == names.split(", ")
    assert all(0 <= row["scores"]["accuracy"]["value"] <= 1 for row in payload["methods"].values())
    notes = run("compare", folder(sun=20, leaf=20), *given[:-1]).out
    assert "same network with labels: supervised" in " ".join(notes.split())
    assert "self-supervised: unsupervised" in " ".join(notes.split())

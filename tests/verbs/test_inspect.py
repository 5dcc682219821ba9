"""`inspect` tells of copies, leaks, doubtful labels, imbalance and what was left out, and changes nothing."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.core.errors import PippinError
from pippin.core.report.report import Report


def png(seed: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 10, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write(root: Path, files: dict[str, int]) -> Path:
    for name, seed in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(png(seed))
    return root


def kinds(report: Report) -> dict[str, int]:
    return {kind: count for kind, count in report.payload["counts"].items() if count}


def test_copies_leaks_imbalance_and_damaged_files(tmp_path: Path) -> None:
    files = {f"train/a/{n}.png": n for n in range(60)} | {f"train/b/{n}.png": 100 + n for n in range(4)}
    files |= {f"test/{label}/{n}.png": seed + n for label, seed in (("a", 200), ("b", 300)) for n in range(3)}
    files |= {"train/a/again.png": 1, "train/b/wrong.png": 2, "train/a/leak.png": 201, "test/c/new.png": 400}
    folder = write(tmp_path, files)
    (folder / "train/a/empty.png").write_bytes(b"")
    report = pippin.inspect("recognize", str(folder), check_labels=False)
    assert kinds(report) == {
        "copy across parts": 1, "copies that differ in label": 1, "near-copy": 1, "imbalance": 1,
        "label never learned": 1, "left out": 1,
    }  # fmt: skip
    found = {finding["kind"]: finding for finding in report.payload["findings"]}
    assert Path(found["copy across parts"]["input"]).name == "leak.png"
    assert found["copy across parts"]["detail"] == "the same, in train and test"
    assert {found["copies that differ in label"][side] for side in ("label", "suggested")} == {"a", "b"}
    assert "empty.png" in found["left out"]["input"]
    assert report.payload["labels"]["a"] == {"train": 61, "test": 3}
    assert report.payload["data"]["examples"] == 74
    assert "data:image/png" in report.to_html()
    json.loads(report.to_json())


def test_groups_in_both_parts(tmp_path: Path) -> None:
    files = {f"train/{x}/P{n}_{x}.png": n + 50 * (x == "b") for x in "ab" for n in range(8)}
    files |= {f"test/{x}/P{n}_{x}.png": 200 + n + 50 * (x == "b") for x in "ab" for n in range(6, 12)}
    report = pippin.inspect("recognize", str(write(tmp_path, files)), group=r"P\d+", check_labels=False)
    assert kinds(report) == {"group across parts": 4}
    assert {Path(f["input"]).name for f in report.payload["findings"]} == {
        "P6_a.png",
        "P6_b.png",
        "P7_a.png",
        "P7_b.png",
    }


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, set[str]]:
    """A table of two measures that tell three labels apart, ten of 150 flipped; and the names of these rows."""
    rng, rows, wrong = random.Random(1), [], set()
    for number in range(150):
        label = number % 3
        measures = (round(rng.gauss(4 * label, 0.6), 3), round(rng.gauss(-3 * label, 0.6), 3))
        if number % 15 == 0:
            wrong.add(f"row {number + 1}")
            label = (label + 1) % 3
        rows.append((*measures, f"kind {label}"))
    file = tmp_path / "table.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([("length", "width", "label"), *rows])
    return file, wrong


def test_flipped_labels_come_first(table: tuple[Path, set[str]], tmp_path: Path) -> None:
    file, wrong = table
    before, out = file.read_bytes(), tmp_path / "findings.csv"
    report = pippin.inspect("tables", str(file), out=out)
    doubtful = [f for f in report.payload["findings"] if f["kind"] == "doubtful label"]
    assert {finding["input"] for finding in doubtful[: len(wrong)]} == wrong
    assert all(finding["confidence"] < 0.5 for finding in doubtful[: len(wrong)])
    assert report.payload["agreement"] == pytest.approx(1 - len(doubtful) / 150)
    assert any("agrees with" in note for note in report.notes)
    assert report.payload["likely_wrong_labels"] >= len(wrong) / 2
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(report.payload["findings"])
    assert rows[0]["kind"] == "doubtful label"
    assert file.read_bytes() == before


def test_a_file_is_never_replaced_unasked(table: tuple[Path, set[str]], tmp_path: Path) -> None:
    out = tmp_path / "there.csv"
    out.write_text("mine")
    with pytest.raises(PippinError, match="there already"):
        pippin.inspect("tables", str(table[0]), out=out)
    assert out.read_text() == "mine"
    pippin.inspect("tables", str(table[0]), out=out, overwrite=True, check_labels=False)
    assert out.read_text().startswith("kind,input,part,")


def test_images_are_judged_by_the_head(tmp_path: Path) -> None:
    from pippin.apps.recognize.data import SAMPLE

    for label, other in (("banana", "banana"), ("tennis_ball", "tennis_ball")):
        for file in (SAMPLE / label).iterdir():
            target = (
                tmp_path
                / (other if file.stem != "rendered_1" or label == "banana" else "banana")
                / f"{label}{file.name}"
            )
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    report = pippin.inspect("recognize", str(tmp_path))
    doubtful = [f for f in report.payload["findings"] if f["kind"] == "doubtful label"]
    assert Path(doubtful[0]["input"]).name == "tennis_ballrendered_1.png"
    assert (doubtful[0]["label"], doubtful[0]["suggested"]) == ("banana", "tennis_ball")


def test_applications_without_labels_say_so() -> None:
    for name in ("upscale", "flappy", "lipread"):
        with pytest.raises(PippinError, match="has no `inspect`"):
            pippin.inspect(name)

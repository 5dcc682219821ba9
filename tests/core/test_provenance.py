"""Records of files that have no room for a mark: found by content, and removed when the files are gone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pippin.core.files import write_json
from pippin.core.inputs import Image
from pippin.core.provenance import UNPLUGGED, Provenance, record, recorded


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty workspace."""
    return tmp_path / "home"


@pytest.fixture
def results(home: Path, tmp_path: Path) -> list[Path]:
    """Three results of different sizes with their records."""
    paths = [tmp_path / folder / f"{number}.mp4" for number, folder in enumerate(("a", "a", "b"))]
    for number, path in enumerate(paths):
        make(home, path, number)
    return paths


def make(home: Path, path: Path, number: int) -> Provenance:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes([number]) * (10 + number))
    provenance = Provenance.of(Image(content=bytes([number]), name="given.mp4"), f"settings {number}")
    record(home, path, provenance)
    return provenance


def records(home: Path) -> int:
    return len(list((home / "made").glob("*.json")))


def test_a_result_is_known_by_its_content_wherever_it_lies(home: Path, results: list[Path], tmp_path: Path) -> None:
    os.rename(results[1], tmp_path / "elsewhere.mp4")
    found = recorded(home, tmp_path / "elsewhere.mp4")
    assert found is not None
    assert found.settings == "settings 1"
    results[0].write_bytes(b"a user's own")
    assert recorded(home, results[0]) is None


def test_records_of_results_that_are_gone_are_removed(home: Path, results: list[Path], tmp_path: Path) -> None:
    assert records(home) == 3
    results[0].unlink()
    make(home, tmp_path / "a" / "new.mp4", 3)
    assert records(home) == 3
    assert [path.name for path in (*results[1:], tmp_path / "a" / "new.mp4") if recorded(home, path)] == [
        "1.mp4", "2.mp4", "new.mp4",
    ]  # fmt: skip


def test_what_lay_at_the_same_place_before_is_forgotten(home: Path, results: list[Path]) -> None:
    provenance = make(home, results[0], 7)
    assert records(home) == 3
    assert recorded(home, results[0]) == provenance


def test_results_on_a_drive_that_is_not_there_are_remembered_for_a_while(
    home: Path, results: list[Path], tmp_path: Path
) -> None:
    os.rename(results[2].parent, tmp_path / "unplugged")
    make(home, tmp_path / "a" / "new.mp4", 3)
    assert records(home) == 4
    long_ago = time.time() - 1.1 * UNPLUGGED
    for path in (home / "made").glob("*.json"):
        os.utime(path, (long_ago, long_ago))
    make(home, tmp_path / "a" / "newer.mp4", 4)
    assert records(home) == 4  # those of a/ and the new one
    assert recorded(home, tmp_path / "unplugged" / "2.mp4") is None


def test_a_record_of_an_earlier_version_is_kept_and_an_unreadable_one_harms_nothing(home: Path, tmp_path: Path) -> None:
    provenance = make(home, tmp_path / "old.mp4", 0)
    (path,) = (home / "made").glob("*.json")
    write_json(path, provenance._asdict())
    (home / "made" / "5-damaged.json").write_text("[")
    make(home, tmp_path / "new.mp4", 1)
    assert recorded(home, tmp_path / "old.mp4") == provenance
    assert records(home) == 3

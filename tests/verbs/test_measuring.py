"""Measurements: stored as they come, gone on with where they were cut off, under names made of data and code."""

from __future__ import annotations

import os
import shutil
import signal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from subprocess_targets import compare_and_die

import pippin
from pippin.core.errors import PippinError
from pippin.engines import local
from pippin.engines.shipping import pack, ship
from pippin.verbs import measuring
from pippin.verbs.measuring import hash_code


def test_code_in_sub_folders_counts(tmp_path: Path) -> None:
    deep = tmp_path / "rendering" / "light.py"
    deep.parent.mkdir()
    deep.write_text("LIGHT = 1")
    (tmp_path / "data.py").write_text("DATA = 1")
    (tmp_path / "README.md").write_text("words")
    before = hash_code(tmp_path)
    (tmp_path / "README.md").write_text("other words")
    assert hash_code(tmp_path) == before
    deep.write_text("LIGHT = 2")
    assert hash_code(tmp_path) != before


def compared(name: str, **options: Any) -> tuple[Any, int]:
    """Scores by method, and how many were measured before."""
    payload = pippin.compare(name, seeds=2, **options).payload
    return {m: (s["scores"], s["per_seed"], s["bytes"]) for m, s in payload["methods"].items()}, payload["remembered"]


def test_a_comparison_that_was_cut_off_goes_on(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = compared(miniature, cache=False)
    assert compared(miniature) == (whole, 4)
    assert compared(miniature, train_size=20)[1] == 0, "other jobs are other results"
    real, done = measuring.execute, list[Any]()

    def dies(job: Any) -> Any:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(job)
        return real(job)

    monkeypatch.setattr(measuring, "execute", dies)
    with pytest.raises(KeyboardInterrupt):
        compared(miniature, cache=False)
    monkeypatch.setattr(measuring, "execute", real)
    assert compared(miniature) == (whole, 3)
    assert compared(miniature) == (whole, 4)


def test_what_the_user_knows_of_the_data_is_the_same_from_stored_results(miniature: str) -> None:
    first, again = (pippin.compare(miniature, train_size=12) for _ in range(2))
    assert first.payload["data"] == again.payload["data"]
    assert {"name", "examples", "scored_fingerprint", "train", "amount", "fingerprint", "labels"} <= set(
        first.payload["data"]
    )
    assert first.payload["data"]["train"] == 12
    assert again.notes[:-1] == first.notes
    assert "2 of 2 results were measured before; --no-cache measures them again." in again.notes


def test_a_caller_that_is_killed_loses_no_result(miniature: str, home: Path) -> None:
    caller = get_context("spawn").Process(target=compare_and_die, args=(miniature, 2))
    caller.start()
    caller.join(120)
    assert caller.exitcode == -signal.SIGKILL
    stored = list((home / "cache" / "compare").glob("*.json"))
    assert len(stored) >= 2
    found, before = compared(miniature)
    assert before == len(stored)
    assert found == compared(miniature, cache=False)[0]


def test_a_training_stopped_early_is_no_result(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = measuring.execute
    monkeypatch.setattr(measuring, "execute", lambda job: measuring.replace(real(job), stopped=True))
    with pytest.raises(KeyboardInterrupt):
        compared(miniature)
    monkeypatch.setattr(measuring, "execute", real)
    assert compared(miniature)[1] == 0


def words(folder: Path) -> Path:
    """A folder of data that the miniature learns from."""
    folder.mkdir()
    path = folder / "words.txt"
    made = [f"{a}{b}{c}\t{('early', 'late')[a > 'm']}\n" for a in "abyz" for b in "abcyz" for c in "abx"]
    path.write_text("".join(made))
    return path


def test_data_are_sent_along_once_to_a_machine(miniature: str, tmp_path: Path, home: Path) -> None:
    path = words(tmp_path / "here")
    there = compared(miniature, data=str(path), ship=True, workers=2)[0]
    (folder,) = [found for found in (home / "cache" / "shipped").glob("*/*") if found.is_dir()]
    assert (folder / "words.txt").read_bytes() == path.read_bytes()
    stamp = (folder / "words.txt").stat().st_mtime_ns
    compared(miniature, data=str(path), ship=True, cache=False)
    assert (folder / "words.txt").stat().st_mtime_ns == stamp
    shutil.rmtree(home / "cache" / "compare")
    assert compared(miniature, data=str(path))[0] == there
    pippin.erase(miniature, yes=True)
    assert not folder.exists(), "a copy of data is erased with the rest"


def test_a_parcel_depends_on_names_and_contents_alone(tmp_path: Path) -> None:
    one, two = words(tmp_path / "one"), words(tmp_path / "two")
    os.utime(two, (0, 0))
    assert pack(one) == pack(two)
    two.write_text("other")
    assert pack(one) != pack(two)
    parcel = ship(local, str(tmp_path / "one"))
    assert parcel is not None
    assert [path.name for path in parcel.unpack().iterdir()] == ["words.txt"]
    assert ship(local, None) is ship(local, "no such path") is None


def test_a_damaged_parcel_is_told(tmp_path: Path) -> None:
    parcel = ship(local, str(words(tmp_path / "one")))
    assert parcel is not None
    with pytest.raises(PippinError, match=r"words\.txt were damaged on their way"):
        measuring.replace(parcel, fetch=lambda: b"other").unpack()  # type: ignore[arg-type]


def test_too_much_to_send_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pippin.engines.shipping.MAX_BYTES", 10)
    with pytest.raises(PippinError, match="leave --ship out"):
        pack(words(tmp_path / "one"))


def test_data_a_worker_cannot_see_are_told(miniature: str, tmp_path: Path) -> None:
    job = measuring.Job("miniature:application", str(tmp_path / "gone"))
    found = measuring.Measure()(measuring.Measurement(job, ""))
    assert "are not there on" in found["error"]
    assert "--ship" in found["error"]

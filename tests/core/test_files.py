"""Errors and writing: one sentence each, and what was there before stays whole."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from pippin.core.errors import PippinError, missing_extra, reason, writing
from pippin.core.files import new_folder, read_json, write_bytes, write_json


def test_an_error_names_its_input_and_survives_the_way_between_processes() -> None:
    error = PippinError("No.", input=Path("a"))
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.input, str(again)) == ("No.", "a", "No.")
    assert PippinError("No.").input is None


def test_a_missing_extra_names_the_command_that_brings_it() -> None:
    message = missing_extra("torch", "train", "Training").message
    assert "pip install 'pippin[train]'" in message
    assert "make setup EXTRAS=train" in message


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission"),
        (errno.EXDEV, "cross-device"),
    ],
)
def test_reasons_are_words(number: int, words: str) -> None:
    assert words in reason(OSError(number, os.strerror(number))).lower()


def test_a_failed_write_says_what_to_do() -> None:
    with (
        pytest.raises(PippinError, match=r"^Cannot write x: the disk is full; make room and try again\.") as caught,
        writing(Path("x")),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.input == "x"
    with pytest.raises(PippinError, match="read-only; choose another folder"), writing(Path("x")):
        raise OSError(errno.EROFS, "Read-only file system")


FAILURES = [(os, "fsync", errno.ENOSPC), (os, "replace", errno.EROFS), (os, "replace", errno.EACCES)]


@pytest.mark.parametrize(("module", "function", "number"), FAILURES)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, function: str, number: int
) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"old": True})

    def fail(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(module, function, fail)
        with pytest.raises(PippinError, match="Nothing older was touched"):
            write_json(path, {"new": True})
        with pytest.raises(PippinError):
            write_bytes(tmp_path / "other", b"new")
    assert read_json(path) == {"old": True}
    assert [item.name for item in tmp_path.iterdir()] == ["file.json"]


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PippinError, match="a file is in the way"):
        write_bytes(tmp_path / "file" / "inner", b"")


def test_a_new_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "folder"
    with pytest.raises(PippinError, match="Cannot read"), new_folder(target) as fresh:
        read_json(fresh / "half")
    assert list((tmp_path / "deep").iterdir()) == []
    with new_folder(target) as fresh:
        (fresh / "whole").write_bytes(b"")
        assert not target.exists()
    assert [path.name for path in (tmp_path / "deep").rglob("*")] == ["folder", "whole"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, None])
def test_unreadable_json_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(PippinError, match=r"x\.json") as caught:
        read_json(tmp_path / "x.json")
    assert "\n" not in caught.value.message

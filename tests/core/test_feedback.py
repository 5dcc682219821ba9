"""What was taught: kept once, undone together, lost never, however many teach at the same time."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import pytest
import sqlalchemy as sql
from subprocess_targets import teach_many

from pippin.core.errors import PippinError
from pippin.core.feedback import FeedbackStore
from pippin.core.feedback_rows import display_answer
from pippin.core.inputs import Image, Text
from pippin.core.values import Correction
from pippin.core.workspace import Workspace


def lessons(*words: str) -> list[Correction]:
    return [Correction(Text.of(word), word.upper()) for word in words]


def opened(folder: Path) -> FeedbackStore:
    return FeedbackStore(f"sqlite:///{folder / 'f.sqlite'}", folder / "inputs")


def test_rows_come_back_and_go_in_batches(tmp_path: Path) -> None:
    feedback = opened(tmp_path)
    first = feedback.add("app", "model", lessons("a"))
    second = feedback.add("app", "model", lessons("b", "ü 🍎/.."))
    assert feedback.rows("app", "model") == first + second
    assert len({row.batch for row in second}) == 1
    assert first[0].batch != second[0].batch
    assert [item.answer for item in feedback.taught(second, Text)] == ["B", "Ü 🍎/.."]
    assert [item.input.read().decode() for item in feedback.taught(second, Text)] == ["b", "ü 🍎/.."]
    assert [row.id for row in feedback.undo("app", "model")] == [row.id for row in second]
    assert opened(tmp_path).rows("app", "model") == first
    assert [row.undone is None for row in feedback.rows("app", "model", undone=True)] == [True, False, False]
    assert feedback.undo("app", "model") == first
    assert feedback.undo("app", "model") == []


def test_models_and_applications_do_not_mix(tmp_path: Path) -> None:
    feedback = opened(tmp_path)
    feedback.add("app", "model", lessons("a"))
    feedback.add("app", "other", lessons("b"))
    feedback.add("another", "model", lessons("c"))
    assert [row.name for row in feedback.rows("app", "model")] == ["a"]
    assert [row.name for row in feedback.undo("app", "model")] == ["a"]
    assert [row.name for row in feedback.rows("another", "model")] == ["c"]


def test_an_input_is_kept_once_and_outlives_its_file(tmp_path: Path) -> None:
    feedback, path = opened(tmp_path), tmp_path / "p.png"
    path.write_bytes(b"pixels")
    rows = feedback.add("app", "model", [Correction(Image.of(path), "x"), Correction(Image.of(path), "y")])
    path.unlink()
    assert len(list((tmp_path / "inputs").iterdir())) == 1
    assert [item.input.read() for item in feedback.taught(rows, Image)] == [b"pixels"] * 2
    assert rows[0].name == str(path)


def test_answers_may_be_any_json(tmp_path: Path) -> None:
    feedback = opened(tmp_path)
    answer = {"slots": ["ü", 1.5, None], "\udcff": True}
    feedback.add("app", "model", [Correction(Text.of("a"), answer)])
    assert opened(tmp_path).rows("app", "model")[0].answer == answer


def test_a_file_name_that_is_no_text_is_kept_readable(tmp_path: Path) -> None:
    item = Image(content=b"x", name="\udcff.png")
    rows = opened(tmp_path).add("app", "model", [Correction(item, "x")])
    assert opened(tmp_path).rows("app", "model") == rows


def test_an_unreadable_input_keeps_nothing(tmp_path: Path) -> None:
    feedback = opened(tmp_path)
    with pytest.raises(PippinError, match="Cannot read"):
        feedback.add("app", "model", [*lessons("a"), Correction(Image.of(tmp_path / "absent"), "x")])
    assert feedback.rows("app", "model") == []


def test_what_cannot_be_committed_leaves_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feedback = opened(tmp_path)
    kept = feedback.add("app", "model", lessons("a"))
    before = sorted((tmp_path / "inputs").iterdir())

    def fail(self: object) -> None:
        raise sql.exc.OperationalError("COMMIT", {}, Exception("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(sql.Connection, "commit", fail)
        with pytest.raises(PippinError, match="disk I/O error; check PIPPIN_HOME"):
            feedback.add("app", "model", [*lessons("a", "b"), Correction(Text.of("c"), Image(content=b"d", name="d"))])
    assert sorted((tmp_path / "inputs").iterdir()) == before
    assert feedback.rows("app", "model", undone=True) == kept
    assert [item.answer for item in feedback.taught(kept, Text)] == ["A"]


def test_a_damaged_copy_is_replaced(tmp_path: Path) -> None:
    feedback = opened(tmp_path)
    (row,) = feedback.add("app", "model", lessons("a"))
    (tmp_path / "inputs" / row.key).write_bytes(b"damaged")
    assert feedback.taught([row], Text) == []
    feedback.add("app", "model", lessons("a"))
    assert len(feedback.taught([row], Text)) == 1
    assert len(list((tmp_path / "inputs").iterdir())) == 1


def test_two_processes_and_two_threads_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = get_context("spawn")
    words = [[f"{teacher}{number}" for number in range(10)] for teacher in "abcd"]
    processes = [spawn.Process(target=teach_many, args=(tmp_path, part)) for part in words[:2]]
    threads = [threading.Thread(target=teach_many, args=(tmp_path, part)) for part in words[2:]]
    for worker in (*processes, *threads):
        worker.start()
    for worker in (*processes, *threads):
        worker.join()
    rows = opened(tmp_path).rows("app", "model")
    assert sorted(row.name for row in rows if not row.name.endswith("!")) == sorted(
        word for part in words for word in part
    )
    batches = {row.batch: [other.name for other in rows if other.batch == row.batch] for row in rows}
    assert len(batches) == 40
    assert all(later == first + "!" for first, later in batches.values())


def test_the_database_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("PIPPIN_DATABASE", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    Workspace().feedback.add("app", "model", lessons("a"))
    assert (tmp_path / "elsewhere.sqlite").exists()
    assert not (home / "feedback.sqlite").exists()
    assert not (home / "inputs").exists()  # others may read the database, and not this folder
    (item,) = Workspace().feedback.taught(Workspace().feedback.rows("app", "model"), Text)
    assert (item.input.read(), item.answer) == (b"a", "A")


@pytest.mark.parametrize("url", ["nonsense", "nonsense://x", "sqlite:////no/such/folder/x.sqlite"])
def test_a_bad_database_is_one_sentence(tmp_path: Path, url: str) -> None:
    with pytest.raises(PippinError) as caught:
        FeedbackStore(url, tmp_path)
    assert "\n" not in caught.value.message


def test_a_missing_driver_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="install its driver") as caught:
        FeedbackStore("postgresql+pg8000://me:secret@nowhere/db", tmp_path)
    assert "secret" not in caught.value.message


def test_a_damaged_or_locked_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "f.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(PippinError, match="not a database; restore that file"):
        opened(tmp_path)
    (tmp_path / "f.sqlite").unlink()
    feedback = opened(tmp_path)
    feedback.add("app", "model", lessons("a"))
    with closing(sqlite3.connect(tmp_path / "f.sqlite")) as other:
        other.execute("DROP TABLE feedback")
    with pytest.raises(PippinError, match="no such table") as caught:
        feedback.rows("app", "model")
    assert "\n" not in caught.value.message


def test_an_answer_that_is_a_file_is_kept_too(tmp_path: Path) -> None:
    feedback, path = opened(tmp_path), tmp_path / "large.png"
    path.write_bytes(b"large")
    rows = feedback.add("app", "model", [Correction(Text.of("small"), Image.of(path))])
    path.unlink()
    assert feedback.rows("app", "model") == rows
    assert display_answer(rows[0].answer) == str(path)
    (item,) = feedback.taught(rows, Text)
    assert isinstance(item.answer, Image)
    assert item.answer.read() == b"large"
    (tmp_path / "inputs" / item.answer.digest()).write_bytes(b"damaged")
    assert feedback.taught(rows, Text) == []


def test_version_changes_with_every_row_taught_or_undone(home: Path) -> None:
    feedback = Workspace().feedback
    versions = [feedback.version("words", "a")]
    for word in ("one", "two"):
        feedback.add("words", "a", [Correction(Text.of(word), "x")])
        versions.append(feedback.version("words", "a"))
    feedback.add("words", "another model", [Correction(Text.of("three"), "x")])
    assert feedback.version("words", "a") == versions[-1]
    feedback.undo("words", "a")
    assert feedback.version("words", "a") == versions[1]
    feedback.add("words", "a", [Correction(Text.of("four"), "x")])
    versions.append(feedback.version("words", "a"))
    assert len(set(versions)) == 4

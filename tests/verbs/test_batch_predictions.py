"""Batch predictions: one row an input and in order, on any engine, also where workers are killed and inputs change."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from subprocess_targets import KilledByOneInput, predict_and_die

import pippin
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.inputs import Image, Record, Text
from pippin.verbs import batch_predictions
from pippin.verbs.batch_predictions import Answerer, chunked

WORDS = [f"{a}{b}" for a in "abcdefuvwxyz" for b in "abxyzm"]  # 72: 18 chunks of 4
CHUNKS = 18


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def parts(out: Path) -> list[Path]:
    return sorted(out.with_name(f".{out.name}.parts").glob("*.json"))


@pytest.fixture
def answering(miniature: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the inputs that this process answers."""
    pippin.train(miniature)
    names, real = list[str](), batch_predictions.predict_each

    def counted(learner: Any, items: Any) -> Any:
        names.extend(item.name for item in items)
        return real(learner, items)

    monkeypatch.setattr(batch_predictions, "predict_each", counted)
    return names


def test_every_engine_writes_the_same_rows_in_order(answering: list[str], tmp_path: Path) -> None:
    listed = pippin.predict("miniature", *WORDS).payload["results"]
    tables = []
    for name, options in {
        "local": {},
        "processes": {"workers": 2},
        "sent along": {"workers": 2, "ship": True},
    }.items():
        out = tmp_path / f"{name}.jsonl"
        report = pippin.predict("miniature", *WORDS, out=out, **options)
        tables.append(rows(out))
        assert report.payload["results"] == json.loads(json.dumps(listed))
        assert not out.with_name(f".{out.name}.parts").exists()
    assert [row["input"] for row in tables[0]] == WORDS
    assert tables[0] == tables[1] == tables[2]
    assert pippin.predict("miniature", *WORDS, workers=2).payload["results"] == listed


def test_what_was_taught_is_sent_along(answering: list[str], tmp_path: Path) -> None:
    pippin.teach("miniature", "aa", "late")
    for number, options in enumerate(({}, {"workers": 2}, {"workers": 2, "ship": True})):
        pippin.predict("miniature", *WORDS, out=tmp_path / f"{number}.csv", **options)  # type: ignore[arg-type]
    tables = [(tmp_path / f"{number}.csv").read_text() for number in range(3)]
    assert tables[0] == tables[1] == tables[2]
    assert "\naa,late" in tables[0]


def test_an_interrupted_table_goes_on(answering: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, whole = tmp_path / "some.jsonl", tmp_path / "whole.jsonl"
    pippin.predict("miniature", *WORDS, out=whole)
    answering.clear()
    with interrupted_after(5), pytest.raises(KeyboardInterrupt):
        pippin.predict("miniature", *WORDS, out=out)
    assert f"Stopped. 5 of {CHUNKS} chunks are stored" in capsys.readouterr().err
    assert not out.exists()
    answering.clear()
    pippin.predict("miniature", *WORDS, out=out)
    assert answering == WORDS[5 * 4 :], "what was stored is not answered again"
    assert out.read_bytes() == whole.read_bytes()


@contextmanager
def interrupted_after(count: int) -> Iterator[None]:
    """Raise KeyboardInterrupt when one chunk more than so many is to be stored."""
    real, left = batch_predictions.ChunkStore.write, count

    def write(store: batch_predictions.ChunkStore, key: str, answers: Any) -> None:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        real(store, key, answers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_predictions.ChunkStore, "write", write)
        yield


def test_a_caller_that_is_killed_loses_no_chunk(answering: list[str], tmp_path: Path) -> None:
    out, whole = tmp_path / "some.jsonl", tmp_path / "whole.jsonl"
    pippin.predict("miniature", *WORDS, out=whole)
    for _ in range(2):
        caller = get_context("spawn").Process(target=predict_and_die, args=("miniature", WORDS, out, 3))
        caller.start()
        caller.join(120)
        assert caller.exitcode == -signal.SIGKILL
        assert not out.exists()
    stored = len(parts(out))
    assert stored >= 6
    answering.clear()
    pippin.predict("miniature", *WORDS, out=out)
    assert len(answering) == len(WORDS) - 4 * stored
    assert out.read_bytes() == whole.read_bytes()


def test_another_model_or_input_is_answered_anew(answering: list[str], tmp_path: Path) -> None:
    out = tmp_path / "some.jsonl"
    for change in (lambda: None, lambda: pippin.teach("miniature", "aa", "late")):
        change()
        answering.clear()
        with interrupted_after(17), pytest.raises(KeyboardInterrupt):
            pippin.predict("miniature", *WORDS, out=out)
        assert len(answering) == len(WORDS)
    pippin.undo("miniature")  # so that the first answers hold again
    answering.clear()
    pippin.predict("miniature", "other", *WORDS[1:], out=out)
    assert answering == ["other", *WORDS[1:4], *WORDS[-4:]]


def test_a_changed_file_is_another_input(tmp_path: Path) -> None:
    store, path = batch_predictions.ChunkStore(tmp_path / "out.csv"), tmp_path / "a.png"
    path.write_bytes(b"one")
    item = Image.of(path)
    before = store.key("model", [item])
    assert before == store.key("model", [item])
    path.write_bytes(b"other")
    assert before != store.key("model", [item])
    path.unlink()
    assert store.key("model", [item])
    assert store.key("model", [Text.of("a"), Text.of("b")]) != store.key("model", [Text.of("b"), Text.of("a")])


def test_an_input_that_kills_its_worker_costs_the_others_nothing(answering: list[str], tmp_path: Path) -> None:
    out, lost = tmp_path / "some.jsonl", WORDS.index("ua")
    with answered_by_killers():
        report = pippin.predict("miniature", *WORDS, out=out, workers=2)
    found = rows(out)
    assert [row["input"] for row in found] == WORDS
    assert [row["input"] for row in found if row["answer"] is None] == ["ua"]
    assert "ua was lost: its worker was killed by signal 9 in each of 3 tries" in found[lost]["problem"]
    assert report.payload["skipped"] == 1


@contextmanager
def answered_by_killers() -> Iterator[None]:
    """Have workers killed by the input "ua", as by one that needs more memory than there is."""
    real = Answerer.of

    def of(*arguments: Any, **options: Any) -> Answerer:
        return KilledByOneInput(**vars(real(*arguments, **options)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Answerer, "of", of)
        yield


def test_a_model_that_is_taught_meanwhile_mixes_no_answers(answering: list[str], tmp_path: Path) -> None:
    real, count = batch_predictions.ChunkStore.write, 0

    def write(store: Any, key: str, answers: Any) -> None:
        nonlocal count
        real(store, key, answers)
        count += 1
        if count == 3:
            pippin.teach("miniature", "aa", "late")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_predictions.ChunkStore, "write", write)
        with pytest.raises(PippinError, match="taught while it answered"):
            pippin.predict("miniature", *WORDS, out=tmp_path / "a.csv")
    pippin.predict("miniature", *WORDS, out=tmp_path / "a.csv")
    assert "\naa,late" in (tmp_path / "a.csv").read_text()


def test_two_calls_do_not_write_one_table(answering: list[str], tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    with batch_predictions.ChunkStore(out).opened(), pytest.raises(PippinError, match="being written by another call"):
        pippin.predict("miniature", *WORDS, out=out)


def test_answers_with_files_take_no_workers(miniature: str, tmp_path: Path) -> None:
    pippin.train(miniature)
    with pytest.raises(PippinError, match=r"--out answers\.parquet, or leave them out"):
        pippin.predict(miniature, "a", out=tmp_path / "folder", workers=2)
    assert "results" in pippin.predict(miniature, "a", out=tmp_path / "folder", workers=1).payload


def test_a_table_of_nothing_but_problems_is_not_written(miniature: str, tmp_path: Path) -> None:
    recognize = registry.get("recognize")
    with pytest.raises(PippinError, match="1 more input"):
        pippin.predict(recognize, str(tmp_path / "a.png"), str(tmp_path / "b.png"), out=tmp_path / "a.csv")
    assert list(tmp_path.glob("*a.csv*")) == list(tmp_path.glob(".*.parts")) == []


@pytest.mark.parametrize("count", [1, 15, 16, 17, 100, 5000])
@pytest.mark.parametrize("make", [lambda n: Text.of(str(n)), lambda n: Record.of({"a": n})])
def test_chunks_hold_each_input_once_in_order(count: int, make: Callable[[int], Any]) -> None:
    items = [make(number) for number in range(count)]
    found = list(chunked(items))
    assert [item for chunk in found for item in chunk] == items
    assert len({len(chunk) for chunk in found[:-1]}) <= 1
    assert len(found) >= min(count, 16)


def test_predictions_come_back_from_their_stored_form_as_they_were() -> None:
    from pippin.core.values import Prediction

    for one in (
        Prediction("a", 0.5, alternatives=(("b", 0.25),), evidence=("because", {"x": 1})),
        Prediction(0.1 + 0.2, interval=(0.1, 1e-300)),
        Prediction(None, known=False, error="no"),
    ):
        stored = json.loads(json.dumps(batch_predictions._to_json(one)))
        assert batch_predictions._from_json(stored) == one

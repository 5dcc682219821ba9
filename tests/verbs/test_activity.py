"""The log of activity: each verb and own command once, from Python, the command line and HTTP; never contents."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pippin
from pippin import cli
from pippin.core import registry
from pippin.core.activity_log import Entry, read_facts
from pippin.core.workspace import Workspace
from pippin.verbs.commands import command

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.fixture
def trained(miniature: str) -> str:
    """The miniature application with a model."""
    pippin.train(miniature, epochs=3, threads=1)
    return miniature


def entries() -> list[Entry]:
    return Workspace().activity.entries()


def last() -> tuple[str, str]:
    return entries()[-1].verb, entries()[-1].application


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["pippin", *words])
    cli.main()


def test_a_predicted_number_and_names_are_no_facts() -> None:
    payload = {"answer": 41.5, "value": 7, "name": "Ada", "file": "/home/ada", "pipes": 12.5, "passed": True}
    assert read_facts(payload) == {"pipes": 12.5, "passed": 1}
    assert read_facts({**payload, "faces": 3, "person": 12}, private=True) == {"faces": 3}


def test_each_way_to_call_a_verb_logs_it_once(trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = registry.get(trained)
    before = len(entries())
    pippin.predict(trained, "abba")
    run(monkeypatch, trained, "abba", "zoo")
    command(app, "predict")({"inputs": ["abba"]})  # as over HTTP
    found = entries()[before:]
    assert [(one.verb, one.application, one.facts["results"]) for one in found] == [
        ("predict", trained, 1), ("predict", trained, 2), ("predict", trained, 1),
    ]  # fmt: skip


def test_own_commands_are_logged_and_what_fails_is_not(trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, trained, "spell-out", "abba", "--times", "3")
    assert last() == ("spell-out", trained)
    assert entries()[-1].facts == {"letters": 3}
    before = len(entries())
    with pytest.raises(pippin.PippinError):
        pippin.teach(trained, "abba")
    assert len(entries()) == before


def test_listing_verbs_are_not_logged(trained: str) -> None:
    before = len(entries())
    pippin.models(trained)
    pippin.history(trained)
    pippin.runs(trained)
    assert len(entries()) == before


def test_facts_of_a_training_are_its_scores_and_its_model(trained: str) -> None:
    (entry,) = entries()
    assert entry.verb == "train"
    assert entry.facts["model"] == pippin.evaluate(trained, threads=1).payload["artifact"]
    assert 0 <= entry.facts["accuracy"] <= 1


@pytest.mark.parametrize("value", ["0", "no", "OFF"])
def test_the_environment_switches_it_off(trained: str, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    before = len(entries())
    monkeypatch.setenv("PIPPIN_LOG", value)
    pippin.predict(trained, "abba")
    assert len(entries()) == before


@pytest.mark.parametrize("words", [("--no-log", "WHICH", "abba"), ("WHICH", "abba", "--no-log")])
def test_an_option_switches_it_off(trained: str, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("PIPPIN_LOG", "1")
    before = len(entries())
    run(monkeypatch, *(trained if word == "WHICH" else word for word in words))
    assert len(entries()) == before


def test_contents_are_never_logged_and_erased_entries_leave_no_bytes(trained: str, home: Path) -> None:
    pippin.teach(trained, "zebramark", "late")
    pippin.predict(trained, "zebramark")
    pippin.undo(trained)
    content = (home / "activity.sqlite").read_bytes()
    assert b"zebramark" not in content
    assert b"late" not in content
    assert trained.encode() in content
    pippin.erase(trained, yes=True)
    assert trained.encode() not in (home / "activity.sqlite").read_bytes()
    assert entries() == []


def test_private_answers_leave_counts_only(trained: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = registry.get(trained)
    monkeypatch.setattr(registry, "get", lambda name: replace(app, data=replace(app.data, sensitive="face")))
    pippin.evaluate(trained, threads=1)
    assert "accuracy" not in entries()[-1].facts
    pippin.teach(trained, "abba", "late")
    assert set(entries()[-1].facts) == {"taught", "rows", "batch", "outcomes"}


def test_a_log_that_cannot_be_written_stops_nothing(trained: str, home: Path) -> None:
    (home / "activity.sqlite").write_bytes(b"no database" * 100)
    report = pippin.predict(trained, "abba")
    assert report.payload["results"][0]["answer"]
    assert any("log of activity" in note for note in report.notes)
    with pytest.raises(pippin.PippinError, match="remove that file"):
        entries()


def test_erasing_everything_removes_the_file(trained: str, home: Path) -> None:
    from pippin.verbs.erase import erase_everything

    assert (home / "activity.sqlite").exists()
    erase_everything(yes=True)
    assert not (home / "activity.sqlite").exists()


WRITER = """
from pippin.core.workspace import Workspace
log = Workspace().activity
for number in range(10_000):
    log.add("predict", "miniature", {"results": number})
    print(number, flush=True)
"""


def test_a_killed_process_loses_nothing_that_it_wrote(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(20)]
        process.kill()
    assert [one.facts["results"] for one in entries()][:20] == told
    with closing(sqlite3.connect(home / "activity.sqlite")) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@given(st.dictionaries(st.text(max_size=10), JSON, max_size=6), st.booleans())
def test_facts_hold_numbers_alone_but_for_the_model(payload: dict[str, object], private: bool) -> None:
    facts = read_facts(payload, private=private)
    assert all(isinstance(value, int | float) for name, value in facts.items() if name not in ("model", "outcomes"))
    if private:
        assert not any(isinstance(value, float) for value in facts.values())


def test_the_log_is_bounded_and_what_is_rare_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.core import activity_log

    monkeypatch.setattr(activity_log, "MAX_ENTRIES", 50)
    monkeypatch.setattr(activity_log, "LOOK_EVERY", 10)
    log = Workspace().activity
    log.add("quiz", "lesson", {"quiz": "first"})
    for number in range(200):
        log.add("predict", "recognize", {"results": number})
    found = log.entries()
    assert len(found) <= 60
    assert found[0].facts == {"quiz": "first"}
    assert found[-1].facts == {"results": 199}

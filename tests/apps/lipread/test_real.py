"""The built-in model on real clips: a mouth it knows, damaged files, and mouths it does not know."""

from __future__ import annotations

import pytest

import pippin
from pippin.apps.lipread import application
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.data import load
from pippin.apps.lipread.learner import LipreadLearner
from pippin.apps.lipread.scoring import score
from pippin.core.artifact import identity, read_artifact
from pippin.core.scoring import drop_seen

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def grid(test_data):
    return test_data / "lipread" / "grid"


@pytest.fixture(scope="module")
def reader() -> LipreadLearner:
    artifact = read_artifact(application.builtin_for("person"))
    made = LipreadLearner(application.config.read(artifact.facts["config"]))
    made.load(artifact.part("model"))
    return made


def test_it_reads_sentences_it_was_not_trained_on(grid, reader):
    data = load(str(grid / "s1"), LipreadConfig())
    assert len(data.examples) == 850
    assert data.fingerprint() == read_artifact(application.builtin_for("person")).facts["data"]["fingerprint"]
    learned = read_artifact(application.builtin_for("person")).learned
    assert not {identity(example.key) for example in data.test} & learned
    chosen = data.test[::4]
    assert score(list(reader.predict([example.input for example in chosen])), chosen)["wer"].value < 0.15


def test_of_a_damaged_clip_what_can_be_seen_is_read(grid, reader):
    report = pippin.predict("lipread", str(grid / "s1" / "bbizzn.mp4"))
    (result,) = report.payload["results"]
    assert any("bridged" in str(item) for item in result["evidence"])
    assert result["answer"]


def test_a_speaker_it_knows_is_scored_on_unseen_sentences(grid):
    data = load(str(grid), LipreadConfig(speaker="s1"))
    fresh, notes = drop_seen(data, read_artifact(application.builtin_for("person")).learned, data.test)
    assert {example.key for example in fresh} == {e.key for e in load(str(grid / "s1"), LipreadConfig()).test}
    assert "sentences alone that it never saw" in notes[0]
    assert "765 of 850" in notes[1]


def test_strangers_are_scored_on_all_their_clips(grid):
    found = pippin.evaluate("lipread", str(grid), speaker="s2,s3,s4").payload
    assert found["data"]["examples"] == 4
    assert found["scores"]["wer"]["value"] > 0.3

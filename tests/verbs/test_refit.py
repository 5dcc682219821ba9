"""The fit on all rows after scoring: what it learns from, which scores it keeps, and how it is left out."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from miniature.data import load

import pippin
from pippin.core.artifact import Artifact, identity
from pippin.core.data import Example, folds
from pippin.core.errors import PippinError
from pippin.core.inputs import Text
from pippin.core.run import Run
from pippin.core.workspace import Workspace


def artifact(report: Any) -> Artifact:
    return Workspace().find(pippin.core.registry.get("miniature"), report.payload["artifact"])


def test_refit_learns_the_test_part_and_keeps_the_scores(miniature: str) -> None:
    plain = pippin.train(miniature, folds=1, refit=False)
    refit = pippin.train(miniature, folds=1)
    assert refit.payload["scores"] == plain.payload["scores"]
    assert refit.payload["refit"] == {"folds": 1, "examples": 18}
    keys = {identity(example.key) for example in load(None).examples}
    assert keys <= artifact(refit).learned
    assert not keys <= artifact(plain).learned
    first, again = (artifact(one).part("model").tensors["weights"] for one in (plain, refit))
    assert (first != again).any()


def test_evaluate_shows_the_scores_from_before_the_last_fit(miniature: str) -> None:
    trained = pippin.train(miniature, folds=1)
    found = pippin.evaluate(miniature)
    assert found.payload["scores"] == trained.payload["scores"]
    assert found.payload["baseline"]["scores"] == trained.payload["baseline"]["scores"]
    assert found.payload["before_refit"]
    assert found.summary.startswith("Scored before the last fit")
    assert any("seen all of made-up words" in note for note in found.notes)
    listed = pippin.models(miniature)
    assert any("before that last fit" in note for note in listed.notes)
    assert [model["refit"] for model in listed.payload["models"]] == [True]
    card = (artifact(trained).folder / "README.md").read_text()
    assert "Scored before the last fit" in card
    assert "18 examples of the test part" in card


def test_corrections_since_the_last_fit_are_told_to_be_in_no_score(miniature: str) -> None:
    trained = pippin.train(miniature, folds=1)
    pippin.teach(miniature, "abba", "late")
    found = pippin.evaluate(miniature)
    assert found.payload["scores"] == trained.payload["scores"]
    assert "1 correction since, not in these scores." in found.summary


def test_refit_model_is_scored_again_on_other_data(miniature: str, tmp_path: Path) -> None:
    pippin.train(miniature, folds=1)
    words = tmp_path / "words.txt"
    words.write_text("abcd\tearly\nzyxw\tlate\nmnop\tmiddle\n")
    found = pippin.evaluate(miniature, str(words)).payload
    assert found["data"]["examples"] == 3
    assert not found["before_refit"]


def test_cross_validation_scores_every_example(miniature: str) -> None:
    trained = pippin.train(miniature, folds=4)
    assert trained.payload["data"]["examples"] == 60
    assert trained.payload["refit"]["folds"] == 4
    assert artifact(trained).facts["data"]["examples"] == 60
    assert "4-fold cross-validation" in artifact(trained).facts["scored_on"]
    assert pippin.evaluate(miniature).payload["scores"] == trained.payload["scores"]


def test_evaluate_scores_what_it_was_trained_on(miniature: str, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    starts = (("a", "early"), ("z", "late"))
    words.write_text("".join(f"{a}{b}{c}\t{label}\n" for a, label in starts for b in "bcdy" for c in "efx"))
    trained = pippin.train(miniature, str(words))
    assert pippin.evaluate(miniature).payload["scores"] == trained.payload["scores"]
    words.unlink()
    with pytest.raises(PippinError, match="no longer there"):
        pippin.evaluate(miniature)


@pytest.mark.parametrize("fit", [1, 2])
def test_interrupted_refit_keeps_the_scored_model(miniature: str, monkeypatch: pytest.MonkeyPatch, fit: int) -> None:
    """Ctrl-C in the first fit ends all; in the second, the first model stays."""
    original, fits = Run.status, []

    def status(self: Run, state: str, **facts: Any) -> None:
        original(self, state, **facts)
        if state == "running":
            fits.append(self)
            if len(fits) == fit:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Run, "status", status)
    trained = pippin.train(miniature, folds=1)
    assert trained.payload["refit"] is None
    assert trained.payload["stopped"] == (fit == 1)
    assert trained.payload["scores"]
    assert any("interrupted" in note for note in trained.notes) == (fit == 2)


def test_cross_validation_that_is_interrupted_goes_on(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner of the fold is scored on what it never saw, and --resume ends as if nothing had happened."""
    original, fits = Run.status, []

    def status(self: Run, state: str, **facts: Any) -> None:
        original(self, state, **facts)
        if state == "running" and self.folder.name.startswith("fold-"):
            fits.append(self)
            if len(fits) == 2:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Run, "status", status)
    stopped = pippin.train(miniature, folds=4)
    assert stopped.payload["stopped"]
    assert stopped.payload["refit"] is None
    assert stopped.payload["data"]["examples"] == 15
    assert not any("not scored on" in note for note in stopped.notes)
    assert pippin.runs(miniature).payload["runs"][0]["state"] == "stopped"
    resumed = pippin.train(miniature, resume=True)
    assert resumed.payload["refit"]["folds"] == 4
    assert resumed.payload["scores"] == pippin.train(miniature, folds=4).payload["scores"]


def test_cross_validation_that_is_killed_can_be_resumed(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Run.status

    def status(self: Run, state: str, **facts: Any) -> None:
        if self.folder.name == "fold-3":
            raise KeyboardInterrupt
        original(self, state, **facts)

    with monkeypatch.context() as patched:
        patched.setattr(Run, "status", status)
        with pytest.raises(KeyboardInterrupt):
            pippin.train(miniature, folds=4)
    assert pippin.runs(miniature).payload["runs"][0]["state"] == "interrupted"
    assert pippin.train(miniature, resume=True).payload["refit"]["folds"] == 4


def test_predefined_test_part_is_never_learned_from(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from pippin.core import dataset_cache

    original = dataset_cache.load_cached
    monkeypatch.setattr(
        "pippin.core.execution.load_cached", lambda *rest: replace(original(*rest), predefined_split=True)
    )
    trained = pippin.train(miniature, folds=1)
    assert trained.payload["refit"] is None
    assert not {identity(example.key) for example in load(None).test} & artifact(trained).learned


def test_folds_share_no_group_and_spread_the_labels() -> None:
    examples = [
        Example(Text.of(f"{label}{group}{one}"), label, f"{label}{group}{one}", f"{label}{group}")
        for label in "ab"
        for group in range(10)
        for one in range(2)
    ]
    parts = folds(examples, 5, seed=3)
    groups = [{example.group for example in part} for part in parts]
    assert sum(map(len, parts)) == len(examples)
    assert all(len(part) == 8 for part in parts)
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert all({example.answer for example in part} == {"a", "b"} for part in parts)

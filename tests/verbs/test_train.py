"""Training: within a budget, interrupted, resumed bit for bit, and losing nothing when something fails."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from miniature.learner import Letters

import pippin
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.run import Run
from pippin.core.workspace import Workspace


class Killed(BaseException):
    """Stands for kill -9: nothing in Pippin catches it."""


def weights(name: str) -> np.ndarray:
    return Workspace().find(registry.get("miniature"), name).part("model").tensors["weights"]


def at_step(number: int, act: Any) -> Any:
    """A `Run.log` that acts once when the given step is logged."""
    original = Run.log

    def log(self: Run, **numbers: Any) -> None:
        original(self, **numbers)
        if numbers.get("step") == number:
            act()

    return log


def kill() -> None:
    raise Killed


@pytest.fixture
def whole(miniature: str) -> np.ndarray:
    """The weights of a training that nothing interrupted."""
    return weights(pippin.train(miniature, threads=1, use=False).payload["artifact"])


def test_ctrl_c_leaves_a_usable_model_and_resume_ends_the_same(
    whole: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Run, "log", at_step(50, lambda: signal.raise_signal(signal.SIGINT)))
        stopped = pippin.train("miniature", threads=1).payload
    assert stopped["stopped"]
    assert stopped["baseline"]["name"] is None
    assert pippin.predict("miniature", "abba").payload["artifact"] == stopped["artifact"]
    assert "cut short" in pippin.evaluate("miniature").payload["baseline_reason"]
    assert not np.array_equal(weights(stopped["artifact"]), whole)
    resumed = pippin.train("miniature", resume=True).payload
    np.testing.assert_array_equal(weights(resumed["artifact"]), whole)
    assert resumed["run"] == stopped["run"]
    with pytest.raises(PippinError, match="no training of `miniature` to go on with"):
        pippin.train("miniature", resume=True)


def test_a_kill_loses_what_came_after_the_last_checkpoint_only(
    whole: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Run, "checkpoint_due", lambda self: True)
        patch.setattr(Run, "log", at_step(60, kill))
        with pytest.raises(Killed):
            pippin.train("miniature", threads=1)
    assert len(pippin.models("miniature").payload["models"]) == 1
    resumed = pippin.train("miniature", resume=True).payload
    np.testing.assert_array_equal(weights(resumed["artifact"]), whole)
    log = (Path(resumed["run"]) / "log.jsonl").read_text().splitlines()
    assert len(log) == 5 * 42 + 1


def test_a_kill_between_learning_and_keeping_is_resumed(whole: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pippin.verbs.manifest.write_artifact", lambda *arguments: kill())
        with pytest.raises(Killed):
            pippin.train("miniature", threads=1)
    resumed = pippin.train("miniature", resume=True).payload
    np.testing.assert_array_equal(weights(resumed["artifact"]), whole)


def test_a_resumed_child_keeps_its_parent_and_its_lessons(
    miniature: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("".join(f"{letter * n}i\t{letter}\n" for letter in "az" for n in range(1, 30)))
    parent = pippin.train(miniature, threads=1).payload["artifact"]
    pippin.teach(miniature, "abba", "band")
    with monkeypatch.context() as patch:
        patch.setattr(Run, "log", at_step(30, lambda: signal.raise_signal(signal.SIGINT)))
        pippin.train(miniature, str(words), from_=parent, threads=1)
    made = pippin.train(miniature, resume=True).payload["artifact"]
    child = Workspace().find(registry.get(miniature), made)
    assert child.facts["parent"] == parent
    assert child.part("model").config["taught"] == ["band"]
    assert child.learned >= Workspace().find(registry.get(miniature), parent).learned


def test_resume_looks_past_trainings_that_never_began(whole: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Run, "log", at_step(50, lambda: signal.raise_signal(signal.SIGINT)))
        pippin.train("miniature", threads=1)
    with pytest.raises(PippinError, match="Cannot read /no/such"):
        pippin.train("miniature", "/no/such")
    np.testing.assert_array_equal(weights(pippin.train("miniature", resume=True).payload["artifact"]), whole)


def test_a_relative_path_means_the_same_when_resumed_elsewhere(
    miniature: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "words.txt").write_text("aaa\tearly\nzzz\tlate\nbbb\tearly\nyyy\tlate\n" * 3)
    monkeypatch.chdir(tmp_path / "here")
    with monkeypatch.context() as patch:
        patch.setattr(Run, "log", at_step(2, lambda: signal.raise_signal(signal.SIGINT)))
        pippin.train(miniature, "words.txt", threads=1)
    monkeypatch.chdir(tmp_path)
    assert pippin.train(miniature, resume=True).payload["data"]["name"] == "words.txt"


def test_a_full_disk_is_told_and_the_model_in_use_stays(
    miniature: str, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    first = pippin.train(miniature, threads=1).payload["artifact"]
    before = {path: path.read_bytes() for path in (home / "artifacts").rglob("*") if path.is_file()}

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Run, "log", at_step(100, lambda: patch.setattr("os.fsync", full)))
        with pytest.raises(PippinError, match="the disk is full; make room"):
            pippin.train(miniature, seed=1, threads=1)
    assert {path: path.read_bytes() for path in (home / "artifacts").rglob("*") if path.is_file()} == before
    assert pippin.predict(miniature, "abba").payload["artifact"] == first


def test_a_failing_baseline_does_not_lose_the_model(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise PippinError("Nothing to count.")

    monkeypatch.setattr("miniature.baseline.MostFrequent.fit", fail)
    made = pippin.train(miniature, threads=1).payload
    assert made["baseline"] == {"name": None, "reason": "Nothing to count."}
    evaluated = pippin.evaluate(miniature).payload
    assert (evaluated["baseline"], evaluated["baseline_reason"]) == (None, "Nothing to count.")


def test_budgets_fix_the_number_of_steps(miniature: str) -> None:
    by_epochs = pippin.train(miniature, epochs=2, threads=1).payload
    assert read_json(Path(by_epochs["run"]) / "steps.json") == {"steps": 84}
    by_time = pippin.train(miniature, budget="0.02s", threads=1).payload
    assert 1 <= read_json(Path(by_time["run"]) / "steps.json")["steps"] <= 200
    assert not by_time["stopped"]


def test_a_spent_budget_is_no_interruption(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    def fit(self: Letters, data: Any, run: Run) -> None:
        self.labels, self.weights = ["early"], np.zeros((27, 1))
        while not run.should_stop:
            time.sleep(0.01)

    monkeypatch.setattr(Letters, "fit", fit)
    made = pippin.train(miniature, budget="0.05s", threads=1).payload
    assert not made["stopped"]
    assert made["baseline"]["name"] == "most-frequent"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"budget": "soon"}, "'soon' is not a budget"),
        ({"epochs": 0}, "epochs must be a finite number above 0, not 0"),
        ({"budget": "5s", "epochs": 1}, "not both"),
        ({"device": "tpu"}, "choose auto, cpu, cuda or mps"),
        ({"threads": -1}, "--threads must be 1 or more, not -1"),
        ({"colour": "red"}, "no setting 'colour'; it has: rate, language"),
        ({"from_": "absent"}, "There is no model 'absent'"),
        ({"resume": True}, "no training of `miniature` to go on with"),
    ],
)
def test_bad_options_are_one_sentence(miniature: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PippinError, match=sentence):
        pippin.train(miniature, **options)


def test_skipped_inputs_are_named_and_counted(miniature: str, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("aaa\tearly\nzzz\tlate\n" * 3 + "".join(f"lost{n}\n" for n in range(7)))
    report = pippin.train(miniature, str(words), threads=1)
    assert len(report.payload["data"]["skipped"]) == 7
    assert sum(note.startswith("Skipped: 'lost") for note in report.notes) == 5
    assert "7 inputs were skipped in all." in report.notes

"""Runs: budgets, logs, checkpoints, and the ways to stop."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.progress_bar import training_bar
from pippin.core.run import CHECKPOINT, Budget, Run, follow
from pippin.core.run_record import RunRecord


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def refusal(attempt: Callable[[], object]) -> str | None:
    """The sentence with which `attempt` is refused, None where it is not."""
    try:
        attempt()
    except PippinError as problem:
        return problem.message
    return None


def test_budgets_are_read_as_written() -> None:
    assert Budget.of("90s") == Budget.of("1.5m") == Budget.of(90) == Budget.of(" 90 ") == Budget(90.0)
    assert Budget.of("1H") == Budget(3600.0)
    assert Budget.of(None) == Budget()
    assert Budget.of(None, 3) == Budget(None, 3)
    with pytest.raises(PippinError, match="not both"):
        Budget.of("5m", 3)


@given(st.text() | st.floats() | st.integers())
def test_a_budget_is_seconds_above_zero_or_refused(text: str | float) -> None:
    sentence = refusal(lambda: Budget.of(text))
    if sentence is None:
        assert 0 < (Budget.of(text).seconds or 0) < math.inf
    else:
        assert "write for example 90s" in sentence or "budget must be at most" in sentence


@given(st.floats())
def test_epochs_are_above_zero_or_refused(epochs: float) -> None:
    sentence = refusal(lambda: Budget.of(None, epochs))
    if sentence is None:
        assert 0 < (Budget.of(None, epochs).epochs or 0) < math.inf
    else:
        assert "above 0" in sentence


def test_the_log_is_followed_to_its_end(folder: Path) -> None:
    run = Run(folder)
    run.log(step=1, loss=0.5)
    ends = iter([False, True])
    lines: list[dict[str, object]] = []
    for line in follow(folder, lambda: next(ends), pause=0):
        lines.append(line)
        if len(lines) == 1:
            with (folder / "log.jsonl").open("a") as file:
                file.write('{"half": \n')  # a run killed as it wrote, and resumed
            run.log(step=2)
            with (folder / "log.jsonl").open("a") as file:
                file.write('{"unfinished"')
    assert [line["step"] for line in lines] == [1, 2]
    assert list(follow(folder.parent / "absent", lambda: True)) == []


def test_a_checkpoint_comes_back_as_it_was(folder: Path) -> None:
    assert Run(folder).restore() is None
    tensors = {"w": np.arange(6.0).reshape(2, 3).T, "n": np.array(7, np.int64)}
    Run(folder).save(tensors, {"step": 5, "name": "ü"})
    again = Run(folder)
    restored = again.restore()
    assert restored is not None
    for name, array in tensors.items():
        np.testing.assert_array_equal(restored[0][name], array)
        assert restored[0][name].dtype == array.dtype
    assert restored[1] == {"step": 5, "name": "ü"}


def test_seconds_of_earlier_sittings_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(folder)
    run.earlier = 100.0
    run.save({}, {})
    again = Run(folder)
    again.restore()
    assert again.seconds >= 100


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.integers(0, 10_000))
def test_a_damaged_checkpoint_is_one_sentence(folder: Path, damage: bytes | int) -> None:
    run = Run(folder)
    run.save({"w": np.ones(3)}, {"step": 1})
    path = folder / CHECKPOINT
    good = path.read_bytes()
    path.write_bytes(damage if isinstance(damage, bytes) else good[: damage % len(good)])
    with pytest.raises(PippinError, match="is damaged; remove it to start again"):
        Run(folder).restore()


def test_steps_are_measured_once_and_kept(folder: Path) -> None:
    def measure() -> float:
        calls.append(1)
        return 0.5

    calls: list[int] = []
    run = Run(folder, budget=Budget(10.0))
    steps = run.steps(100, measure)
    assert 18 <= steps <= 20
    assert Run(folder, budget=Budget(99.0)).steps(7, measure) == steps
    assert len(calls) == 1


@pytest.mark.parametrize(("budget", "steps"), [(Budget(None, 2.5), 25), (Budget(), 30), (Budget(1e-9), 1)])
def test_steps_from_epochs_or_the_default(folder: Path, budget: Budget, steps: int) -> None:
    assert Run(folder, budget=budget).steps(10, lambda: 1.0, default_epochs=3) == steps


def test_a_file_named_stop_stops(folder: Path) -> None:
    run = Run(folder)
    assert not run.should_stop
    (folder / "stop").touch()
    run._last_look = 0.0
    assert run.should_stop
    assert run.interrupted


def test_spent_time_is_an_orderly_end(folder: Path) -> None:
    run = Run(folder, budget=Budget(0.01))
    time.sleep(0.02)
    assert run.should_stop
    assert not run.interrupted


def test_a_fixed_number_of_steps_outlives_the_time(folder: Path) -> None:
    run = Run(folder, budget=Budget(0.01))
    run.steps(10, lambda: 0.001)
    time.sleep(0.02)
    assert not run.should_stop


def test_checkpoints_are_due_at_intervals(folder: Path) -> None:
    run = Run(folder, interval=0.02)
    assert not run.checkpoint_due()
    time.sleep(0.03)
    assert run.checkpoint_due()
    run.save({}, {})
    assert not run.checkpoint_due()


def test_ctrl_c_once_asks_and_twice_ends(folder: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    run = Run(folder)
    with run.interruptible():
        signal.raise_signal(signal.SIGINT)
        assert run.should_stop
        assert run.interrupted
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_cannot_listen_but_run(folder: Path) -> None:
    run, done = Run(folder), []

    def work() -> None:
        with run.interruptible():
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]


def test_status_is_recorded(folder: Path) -> None:
    Run(folder).status("scoring", steps=3)
    record = read_json(folder / "run.json")
    assert (record["state"], record["steps"]) == ("scoring", 3)
    Run(folder / "fold-1", stop_folder=folder).status("running")
    assert RunRecord(folder).read()["state"] == "running"
    assert not (folder / "fold-1" / "run.json").exists()


def test_a_pause_is_no_time_spent_on_learning(folder: Path) -> None:
    run = Run(folder)
    wall, cpu = run.seconds, run.cpu
    with run.pause():
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
    assert run.seconds - wall < 0.1
    assert run.cpu - cpu < 0.1


def test_the_bar_shows_numbers_on_standard_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(folder)
    with training_bar(folder, "miniature learns", show=True):
        run.log(step=1, total=2, loss=0.25)
        run.log(step=2, total=2, loss=0.125)
    shown = capsys.readouterr()
    assert "miniature learns" in shown.err
    assert "0.125" in shown.err
    assert shown.out == ""


def test_the_bar_is_silent_where_nobody_looks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with training_bar(folder, "x"):
        pass
    assert capsys.readouterr().err == ""


@pytest.fixture(autouse=True)
def _restored_signal() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_learner_is_scored_at_each_mark_once_and_that_time_is_not_learning(tmp_path: Path) -> None:
    found: list[int] = []
    run = Run(tmp_path, marks=(30, 10, 20))

    def mark(amount: int) -> None:
        found.append(amount)
        spent = time.process_time() + 0.05
        while time.process_time() < spent:
            pass

    run.on_eval_point = mark
    before = run.cpu
    for amount in (5, 12, 31, 40):
        run.report_progress(amount)
    assert found == [10, 20, 30]
    assert run.aside >= 0.15
    assert run.cpu - before < 0.1

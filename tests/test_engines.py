"""Engines: the same map, here or in processes of this machine, also where workers are killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import pytest
from conformance_on_engines import ON_ENGINES, run_checks
from subprocess_targets import (
    doubled,
    dying,
    kill_own_worker,
    map_forever,
    raise_odd_error,
    read_variable,
    refusing,
    return_nothing_picklable,
    wait_a_little,
)

from pippin.core.errors import PippinError
from pippin.engines import engine, local, processes, selection
from pippin.engines.process_pool import close_warm_pools
from pippin.verbs.doctor import doctor


def test_local_and_processes_answer_the_same_in_order() -> None:
    here = list(local(doubled, [3, 1, 2]))
    there = list(processes(2)(doubled, [3, 1, 2]))
    assert [value for value, _, _ in here] == [value for value, _, _ in there] == [6, 2, 4]
    assert {pid for _, pid, _ in here} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid, _ in there}
    assert {threads for _, _, threads in there} == {os.environ.get("OMP_NUM_THREADS", "1")}


def test_a_refusal_comes_back_from_a_process_as_it_was() -> None:
    with pytest.raises(PippinError, match=r"^3 is odd\.$") as caught:
        list(processes(1)(refusing, [2, 3]))
    assert caught.value.input == "3"


def test_a_refusal_waits_for_its_turn() -> None:
    outcomes = processes(2)(refusing, [2, 3, 4])
    assert next(outcomes) == 2
    with pytest.raises(PippinError, match="3 is odd"):
        next(outcomes)


@pytest.mark.parametrize("function", [raise_odd_error, return_nothing_picklable])
def test_what_no_pipe_carries_is_one_sentence(function: Callable[[int], object]) -> None:
    with pytest.raises(PippinError, match="A worker failed"):
        list(processes(1)(function, [2]))


def test_workers_stay_warm_and_take_over_what_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = processes(2)
    first = {pid for _, pid, _ in run(doubled, range(8))}
    monkeypatch.setenv("PIPPIN_SOMETHING", "new")
    monkeypatch.chdir(tmp_path)
    assert list(run(read_variable, ["PIPPIN_SOMETHING"])) == [("new", str(tmp_path))]
    monkeypatch.delenv("PIPPIN_SOMETHING")
    assert list(run(read_variable, ["PIPPIN_SOMETHING"])) == [(None, str(tmp_path))]
    assert {pid for _, pid, _ in run(doubled, range(8))} == first


def test_a_killed_worker_costs_one_job(tmp_path: Path) -> None:
    tasks = [(tmp_path, number, 2 if number == 3 else 0) for number in range(12)]
    arrived: list[int] = []
    found = list(processes(2)(kill_own_worker, tasks, on_outcome=lambda task, outcome: arrived.append(outcome[0])))
    assert [number for number, _ in found] == list(range(12))
    assert sorted(arrived) == list(range(12))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3-0", "3-1"], "no other job was tried again"


def test_a_job_lost_three_times_is_an_error_and_the_others_stand(tmp_path: Path) -> None:
    tasks = [(tmp_path, number, 3 if number == 1 else 0) for number in range(4)]
    lost: list[str] = []

    def on_lost(task: tuple[Path, int, int], why: str) -> tuple[int, int]:
        lost.append(why)
        return -task[1], 0

    found = [number for number, _ in processes(2)(kill_own_worker, tasks, on_lost=on_lost)]
    assert found == [0, -1, 2, 3]
    assert lost == [
        "its worker was killed by signal 9 in each of 3 tries, perhaps for want of memory; try fewer workers."
    ]


def test_a_process_that_dies_is_one_sentence() -> None:
    with pytest.raises(PippinError, match=r"1 was lost: its worker ended with code 9 .* try fewer workers"):
        list(processes(1)(dying, [1]))


def test_an_idle_worker_that_is_killed_costs_nothing() -> None:
    run = processes(1)
    ((_, pid, _),) = run(doubled, [1])
    os.kill(pid, signal.SIGKILL)
    ((value, other, _),) = run(doubled, [2])
    assert value == 4
    assert other != pid


def test_items_may_look_at_earlier_outcomes() -> None:
    seen: list[int] = []

    def items() -> Iterator[int]:
        number = 1
        while number < 50:
            yield number
            number = max([number, *seen])

    run = processes(1)
    assert [value for value, _, _ in run(doubled, items(), on_outcome=lambda _, found: seen.append(found[0]))] == [
        2, 4, 8, 16, 32, 64,
    ]  # fmt: skip


def test_the_slow_do_not_hold_the_others_up() -> None:
    arrived: list[int] = []
    tasks = [(0, 1.0), (1, 0.0), (2, 0.0), (3, 0.0)]
    found = list(processes(2)(wait_a_little, tasks, on_outcome=lambda task, outcome: arrived.append(outcome)))
    assert found == [0, 1, 2, 3]
    assert arrived[-1] == 0


def test_workers_end_with_a_caller_that_is_killed(tmp_path: Path) -> None:
    caller = get_context("spawn").Process(target=map_forever, args=(tmp_path,))
    caller.start()
    _wait_for(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    caller.kill()
    caller.join()
    _wait_for(lambda: not any(_is_running(int(path.stem)) for path in tmp_path.glob("*.pid")))


def _wait_for(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_outcomes_nobody_waits_for_end_their_workers(tmp_path: Path) -> None:
    outcomes = processes(2)(wait_a_little, [(0, 0.0), (1, 600.0)])
    assert next(outcomes) == 0
    outcomes.close()  # type: ignore[attr-defined]
    assert list(processes(2)(wait_a_little, [(2, 0.0)])) == [2]


def test_the_engine_is_chosen_by_option_variable_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine(1) is engine() is engine(name="local") is local
    assert selection.engine_name(2) == "processes"
    assert selection.engine_name(1, None, "10.0.0.1:6379") == "ray"
    monkeypatch.setenv("PIPPIN_ENGINE", "processes")
    assert selection.engine_name(1) == "processes"
    assert selection.engine_name(1, "local") == "local"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workers": 0}, "--workers must be 1 or more, not 0"),
        ({"workers": -1}, "--workers must be 1 or more, not -1"),
        ({"name": "dask"}, r"--engine dask is no engine; choose .*local, .*processes, .*ray\."),
        ({"name": "local", "workers": 2}, "choose --engine processes or leave --workers out"),
        ({"name": "local", "address": "somewhere:1"}, "takes no --address; choose --engine ray"),
        ({"name": "processes", "address": "somewhere:1"}, "takes no --address; choose --engine ray"),
    ],
)
def test_an_engine_that_cannot_be_is_one_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(PippinError, match=sentence):
        engine(**options)  # type: ignore[arg-type]


def test_a_variable_that_names_no_engine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_ENGINE", "fast")
    with pytest.raises(PippinError, match="PIPPIN_ENGINE=fast is no engine"):
        engine()


def test_other_packages_bring_engines_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("backwards", "subprocess_targets:make_engine", selection.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point] if group == selection.GROUP else [])
    assert list(engine(name="backwards")(wait_a_little, [(1, 0.0), (2, 0.0)])) == [1, 2]


@pytest.mark.parametrize("application", ON_ENGINES)
def test_applications_pass_their_checks_on_processes(
    application: str, miniature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run_checks(application, "processes", monkeypatch)
    assert all(one["kept"] for one in found.values()), found


def test_doctor_tells_what_each_engine_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_ENGINE", "processes")
    found = doctor().payload["engines"]
    assert list(found) == ["local", "processes", "ray"]
    assert "PIPPIN_ENGINE names it" in found["processes"]
    assert "PIPPIN_ENGINE" not in found["local"]
    assert ("installed, " if find_spec("ray") else "pip install 'pippin[ray]'") in found["ray"]
    point = metadata.EntryPoint("backwards", "subprocess_targets:make_engine", selection.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point])
    assert doctor().payload["engines"]["backwards"] == "by another package"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_no_worker_that_ended_stays_as_a_zombie() -> None:
    assert list(processes(2)(str, [1, 2])) == ["1", "2"]
    workers = {process.pid for process in multiprocessing.active_children() if process.name == "pippin-worker"}
    assert workers
    close_warm_pools()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]

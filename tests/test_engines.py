"""Engines: the same map, here or in processes of this machine."""

from __future__ import annotations

import os

import pytest
from subprocess_targets import doubled, dying, refusing

from pippin.core.errors import PippinError
from pippin.engines import engine, local, processes


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


def test_a_process_that_dies_is_one_sentence() -> None:
    with pytest.raises(PippinError, match="want of memory; try fewer workers"):
        list(processes(1)(dying, [1]))


def test_one_worker_is_here_and_none_is_refused() -> None:
    assert engine(1) is local
    for workers in (0, -1):
        with pytest.raises(PippinError, match="--workers must be 1 or more"):
            engine(workers)

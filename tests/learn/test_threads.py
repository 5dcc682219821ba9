"""The threads of an application: all processors by itself, one in a worker of an engine."""

from __future__ import annotations

import os

import pytest

from pippin.engines import engine
from pippin.learn.threads import usable_threads


def test_omp_num_threads_counts_else_the_processors_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    for given, wanted in (("1", 1), ("4,2", 4), (" 2 ", 2), ("0", 3), ("many", 3), ("", 3)):
        monkeypatch.setenv("OMP_NUM_THREADS", given)
        assert usable_threads() == wanted, given
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert usable_threads() == 3


def test_a_worker_of_an_engine_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert list(engine(2, "processes")(_threads_there, [0, 1])) == [1, 1]


def _threads_there(number: int) -> int:
    return usable_threads()

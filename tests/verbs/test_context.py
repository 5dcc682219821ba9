"""Models in memory: many threads may load theirs at the same time."""

from __future__ import annotations

import random
import threading

import pytest

from pippin.core import loaded_models


def test_threads_may_use_models_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded_models, "MAX_MODELS", 2)
    problems: list[BaseException] = []

    def use(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(3000):
                loaded_models._remember((str(rng.randrange(5)),), None)  # type: ignore[arg-type]
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(loaded_models._loaded) <= 2

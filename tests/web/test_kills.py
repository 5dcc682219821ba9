"""A killed studio loses nothing it acknowledged; `python benchmarks/studio_crash_recovery.py` does this 50 times."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httpx2", reason="this asks a studio in another process")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed as POSIX does it")


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the benchmark does."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import studio_crash_recovery

    yield studio_crash_recovery.killed
    sys.modules.pop("studio_crash_recovery")


def test_killed_three_times_nothing_acknowledged_is_lost(killed: Any, tmp_path: Path) -> None:
    found = killed(tmp_path, 3, longest=0.5)
    assert found["lessons"] > 0
    assert found["trainings"] > 0
    assert not found["ended"].get("failed")


@pytest.mark.bench
def test_killed_with_what_it_trains_nothing_acknowledged_is_lost(killed: Any, tmp_path: Path) -> None:
    found = killed(tmp_path, 10, seed=1)
    assert found["lessons"] > found["kills"]

"""Locks: held by one, seen by others, free when their holder is gone."""

from __future__ import annotations

from pathlib import Path

from pippin.core.locks import lock, locked


def test_a_lock_is_seen_while_it_is_held(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    assert not locked(path)
    with lock(path):
        assert locked(path)
    assert not locked(path)

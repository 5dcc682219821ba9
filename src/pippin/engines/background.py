"""Processes that carry out the request of a run folder and outlive the one that started them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_workers: dict[Path, subprocess.Popen[bytes]] = {}


def start_worker(folder: Path, environment: Mapping[str, str]) -> None:
    """Start a process that carries out the request of a run folder; it outlives this process.

    What it writes to its terminal goes to `console.txt`. It is reaped when it ends.
    """
    with (folder / "console.txt").open("ab") as console:
        worker = subprocess.Popen(
            [sys.executable, "-m", "pippin.worker", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            env={**os.environ, **environment},
            **_detached(),
        )
    _workers[folder] = worker
    threading.Thread(target=worker.wait, name=f"reap {folder.name}", daemon=True).start()


def worker_is_running(folder: Path) -> bool | None:
    """Return whether the worker that this process started for a run folder still runs; None if it started none."""
    worker = _workers.get(folder)
    return None if worker is None else worker.poll() is None


def forget_workers() -> None:
    """Forget the started workers, so that only the run folders tell of them, as in another process."""
    _workers.clear()


def wait_for_workers(seconds: float) -> None:
    """Wait until all workers this process started have ended."""
    for worker in list(_workers.values()):
        worker.wait(seconds)


def _detached() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}

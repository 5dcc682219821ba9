"""Live bars: of a training, by its run's log, wherever it happens; and of answering many inputs."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pippin.core.run import follow

Item = TypeVar("Item")
_up = threading.Lock()
MANY = 50  # inputs: fewer are answered before anybody wonders


@contextmanager
def bar(folder: Path, title: str, *, show: bool | None = None) -> Iterator[None]:
    """Show a bar with the time left and the latest numbers while the block runs; by default only on a terminal."""
    if not _watched(show):
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_draw, args=(folder, title, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def through(
    items: Iterable[Item], total: int, title: str, *, show: bool | None = None, many: int | None = None
) -> Iterator[Item]:
    """Yield `items`, with a bar where there are many; by default only on a terminal, and not in worker processes."""
    if total < (many or MANY) or not _watched(show) or not _up.acquire(blocking=False):  # one bar at a time
        yield from items
        return
    try:
        from rich.console import Console
        from rich.progress import track

        yield from track(items, title, total, console=Console(stderr=True), transient=True)
    finally:
        _up.release()


def _watched(show: bool | None) -> bool:
    if show is not None:
        return show
    # A thread beside the main one works for somebody who looks elsewhere.
    ours = multiprocessing.parent_process() is None and threading.current_thread() is threading.main_thread()
    return ours and sys.stderr is not None and sys.stderr.isatty()


def _draw(folder: Path, title: str, ended: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=None, numbers="")
        for line in follow(folder, ended.is_set):
            numbers = " ".join(
                f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                for key, value in line.items()
                if key not in ("step", "total", "seconds")
            )
            progress.update(task, completed=line.get("step"), total=line.get("total"), numbers=numbers)

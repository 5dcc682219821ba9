"""Live progress: of a training, by its run's log, wherever it happens; and of working through many items."""

from __future__ import annotations

import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pippin.core.run import follow

Item = TypeVar("Item")
_up = threading.Lock()
_log: Path | None = None  # of the run that this process works for
MANY = 50  # inputs: fewer are answered before anybody wonders
LOG_EVERY = 0.3  # seconds


@contextmanager
def training_bar(folder: Path, title: str, *, show: bool | None = None) -> Iterator[None]:
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


@contextmanager
def logged(folder: Path) -> Iterator[None]:
    """Write the progress of `track` to the log of a run folder while the block runs."""
    global _log
    before, _log = _log, folder / "log.jsonl"
    try:
        yield
    finally:
        _log = before


def track(
    items: Iterable[Item],
    total: int,
    title: str,
    *,
    show: bool | None = None,
    many: int | None = None,
    weights: Sequence[float] = (),
) -> Iterator[Item]:
    """Yield `items`, with a bar where there are many; by default only on a terminal, and not in worker processes.

    Where the process works for a run, progress goes to the run's log; `weights` [total] say what share of the work
    each item is (by default all are alike).
    """
    log = _log if show is None and total > 1 else None
    seen = log is not None or (total >= (many or MANY) and _watched(show))
    if not seen or not _up.acquire(blocking=False):  # one bar at a time
        yield from items
        return
    try:
        if log is not None:
            yield from _through_log(items, total, title, log, weights)
            return
        from rich.console import Console
        from rich.progress import track

        yield from track(items, title, total, console=Console(stderr=True), transient=True)
    finally:
        _up.release()


def _through_log(items: Iterable[Item], total: int, title: str, log: Path, weights: Sequence[float]) -> Iterator[Item]:
    shares = list(weights) or [1.0] * total
    began, last_line = time.monotonic(), 0.0

    def tell(done: int) -> None:
        nonlocal last_line
        if done in (0, total) or time.monotonic() - last_line >= LOG_EVERY:
            last_line = time.monotonic()
            line = {"step": sum(shares[:done]), "total": sum(shares), "done": done, "of": total, "what": title}
            line["seconds"] = round(last_line - began, 3)
            with suppress(OSError), log.open("a") as file:  # a full disk must not end the work itself
                file.write(json.dumps(line) + "\n")

    tell(0)
    for done, item in enumerate(items, 1):
        yield item
        tell(done)


def _watched(show: bool | None) -> bool:
    if show is not None:
        return show
    # Only the main thread of the main process writes to the terminal; others serve pages.
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

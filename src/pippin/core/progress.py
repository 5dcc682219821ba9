"""The live bar of a training: it follows the run's log, so that it shows the same wherever the training happens."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pippin.core.run import follow


@contextmanager
def bar(folder: Path, title: str, *, show: bool | None = None) -> Iterator[None]:
    """Show a bar with the time left and the latest numbers while the block runs; by default only on a terminal."""
    if not (sys.stderr.isatty() if show is None else show):
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

"""A run is a folder: what a learner may spend, what it logged, and the checkpoint it can go on from."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.errors import PippinError, writing
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.run_record import RunRecord

if TYPE_CHECKING:
    import numpy as np

CHECKPOINT = "checkpoint/state.safetensors"
DEVICES = ("auto", "cpu", "cuda", "mps")
MAX_BUDGET_HOURS = 1000


@dataclass(frozen=True)
class Budget:
    """What a training may spend: seconds of wall time, or epochs, or (both None) what the learner thinks enough."""

    seconds: float | None = None
    epochs: float | None = None

    @classmethod
    def of(cls, budget: str | float | None, epochs: float | None = None) -> Budget:
        """Read "90s", "5m", "1.5h" or a number of seconds."""
        if epochs is not None and not 0 < epochs < float("inf"):
            raise PippinError(f"epochs must be a finite number above 0, not {epochs:g}.", input=epochs)
        if budget is None:
            return cls(None, epochs)
        if epochs is not None:
            raise PippinError("Give a budget in time or in epochs, not both.")
        text = str(budget).strip().lower()
        unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
        try:
            seconds = float(text[:-1]) * unit if unit else float(text)
        except ValueError:
            seconds = float("nan")
        if not 0 < seconds < float("inf"):
            raise PippinError(f"{budget!r} is not a budget; write for example 90s, 5m or 1h.", input=budget)
        if seconds > MAX_BUDGET_HOURS * 3600:
            raise PippinError(f"budget must be at most {MAX_BUDGET_HOURS}h, not {budget}.", input=budget)
        return cls(seconds)


class Run:
    """What a learner gets to spend and to say while it learns.

    `limit` is in CPU seconds of this process; `limited` tells that it was reached.
    `stop_folder` is the run this one is a part of (a fold, a refit): a request to stop that one ends this one too.
    `seed`, `threads`, `device` and `framework` are facts to obey. The rest is `log`, `due`, `save`, `restore`, `stop`,
    `steps` and `report_progress`: at each amount of experience in `marks`, `on_eval_point` is called with it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        budget: Budget = Budget(),
        seed: int = 0,
        threads: int = 1,
        device: str = "cpu",
        framework: str = "pytorch",
        interval: float = 20.0,
        limit: float | None = None,
        marks: Sequence[int] = (),
        stop_folder: Path | None = None,
    ) -> None:
        self.folder, self.budget, self.seed, self.threads, self.device = folder, budget, seed, threads, device
        self.framework = framework
        self.measures: dict[str, float] = {}  # what learning took: "step_seconds" (median), "peak_bytes"
        self._interval, self._limit = interval, limit
        self._stop_files = {folder / "stop", (stop_folder or folder) / "stop"}
        self._record = RunRecord(stop_folder or folder)
        self._began = time.process_time()
        self.amount = 0  # of experience, as far as the learner told
        self.aside = 0.0  # CPU seconds that were not spent on learning
        self.on_eval_point: Callable[[int], None] = lambda mark: None
        self._marks = sorted(marks)
        self.limited = False
        self._asked = threading.Event()
        self._started = self._saved = time.monotonic()
        self.earlier = 0.0  # seconds of wall time, spent in earlier sittings
        self._last_look = 0.0
        self._spent = False
        with writing(folder):
            (folder / "checkpoint").mkdir(parents=True, exist_ok=True)

    def log(self, **numbers: float | int | str) -> None:
        """Append one line of numbers; `step` and `total` move the progress bar."""
        line = json.dumps({"seconds": round(self.seconds, 3), **numbers})
        with writing(self.folder), (self.folder / "log.jsonl").open("a") as file:
            file.write(line + "\n")

    @property
    def seconds(self) -> float:
        """Seconds of wall time spent so far, earlier sittings included."""
        return self.earlier + time.monotonic() - self._started

    @property
    def cpu(self) -> float:
        """CPU seconds this process has spent on learning."""
        return time.process_time() - self._began - self.aside

    def report_progress(self, amount: int) -> None:
        """Report the amount of data used so far; the learner may be scored now, so it must be able to predict."""
        self.amount = amount
        while self._marks and amount >= self._marks[0]:
            before = time.process_time()
            self.on_eval_point(self._marks.pop(0))
            self.aside += time.process_time() - before

    def checkpoint_due(self) -> bool:
        """Return whether it is time for a checkpoint."""
        return time.monotonic() - self._saved >= self._interval

    def save(self, tensors: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> None:
        """Write a checkpoint (arrays and JSON values) in one step; the last is replaced only when this is whole."""
        import numpy as np
        from safetensors.numpy import save

        # Row by row: safetensors would write a transposed array's memory as it lies.
        rows = {name: np.asarray(array, order="C") for name, array in tensors.items()}
        metadata = {"state": json.dumps(state), "seconds": str(self.seconds)}
        write_bytes(self.folder / CHECKPOINT, save(rows, metadata))
        self._saved = time.monotonic()

    def restore(self) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Return the last checkpoint as (arrays, state); None at a fresh start."""
        from safetensors import SafetensorError, safe_open

        path = self.folder / CHECKPOINT
        if not path.exists():
            return None
        try:
            with safe_open(path, "numpy") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            state: dict[str, Any] = json.loads(metadata["state"])
            self.earlier = float(metadata["seconds"])
        except (SafetensorError, ValueError, KeyError, TypeError, OSError) as problem:
            raise PippinError(f"The checkpoint {path} is damaged; remove it to start again.", input=path) from problem
        return tensors, state

    def steps(self, per_epoch: int, seconds_per_step: Callable[[], float], default_epochs: float = 10) -> int:
        """Return the total number of steps.

        It is measured once, then stored, so that a resumed run takes the same number.
        `seconds_per_step` is called only for a budget in time; after this, seed, steps and threads decide everything.
        """
        path = self.folder / "steps.json"
        if path.exists():
            return int(read_json(path)["steps"])
        if self.budget.seconds is not None:
            per_step = max(seconds_per_step(), 1e-6)
            steps = int((self.budget.seconds - self.seconds) / per_step)
        else:
            steps = round((self.budget.epochs or default_epochs) * per_epoch)
        write_json(path, {"steps": max(1, steps)})
        return max(1, steps)

    @property
    def counted(self) -> bool:
        """Whether it is known how many steps to take in all."""
        return (self.folder / "steps.json").exists()

    @property
    def should_stop(self) -> bool:
        """Whether to end now.

        It was asked for (Ctrl-C, a file named `stop`), the time is spent and no steps were fixed, or the limit reached.
        """
        now = time.monotonic()
        if now - self._last_look > 0.5:
            self._last_look = now
            if any(file.exists() for file in self._stop_files):
                self._asked.set()
            if self.budget.seconds is not None and self.seconds >= self.budget.seconds:
                self._spent = not self.counted
            if self._limit is not None and self.cpu >= self._limit:
                self.limited = True
        return self._asked.is_set() or self._spent or self.limited

    @property
    def interrupted(self) -> bool:
        """Whether stop was asked; a budget that was spent is an orderly end."""
        return self._asked.is_set()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Treat the first Ctrl-C as a request to stop; a second one ends at once. Only the main thread can listen."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(number: int, frame: Any) -> None:
            if self._asked.is_set():
                raise KeyboardInterrupt
            self._asked.set()

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def status(self, state: str, **facts: Any) -> None:
        """Record where the run stands (`running` or `scoring`), in the run this one is a part of."""
        self._record.update(state=state, pid=os.getpid(), seconds=round(self.seconds, 3), learned=True, **facts)

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Exclude the block from the time spent on learning, wall and CPU."""
        wall, cpu = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            self._started += time.monotonic() - wall
            self.aside += time.process_time() - cpu


class Log:
    """The log of a run, read as it grows."""

    def __init__(self, folder: Path) -> None:
        self._path, self._position = folder / "log.jsonl", 0

    def fresh(self) -> list[dict[str, Any]]:
        """Return the lines written since the last call."""
        lines: list[dict[str, Any]] = []
        if not self._path.exists():
            return lines
        with self._path.open() as file:
            file.seek(self._position)
            while (line := file.readline()).endswith("\n"):
                self._position = file.tell()
                # A run that was killed while it wrote leaves half a line in front of the next.
                with suppress(ValueError):
                    lines.append(json.loads(line))
        return lines


def follow(folder: Path, ended: Callable[[], bool], pause: float = 0.2) -> Iterator[dict[str, Any]]:
    """Yield the lines of a run's log as they come, until `ended()` and nothing is left."""
    log = Log(folder)
    while True:
        last = ended()
        yield from log.fresh()
        if last:
            return
        time.sleep(pause)

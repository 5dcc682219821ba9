"""Quotas of each visitor: trainings, disk, and what is sent and waits; values of a training are checked before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from pippin.core.errors import PippinError
from pippin.core.report.formatting import duration, format_bytes
from pippin.core.run import DEVICES, Budget
from pippin.verbs.arguments import count_threads
from pippin.verbs.run_states import state
from pippin.verbs.runs import ONE_AT_A_TIME
from pippin.web.server_settings import MEGAPIXEL, ServerSettings
from pippin.web.visitor_workspaces import Visitors

WRITING = {"train", "teach", "save-as", "pull"}  # commands that keep something in the workspace
MAX_PIXELS_WAITING = 250 * MEGAPIXEL  # of one visitor
MAX_RUNS = 3  # of one visitor that go on or wait
MAX_REQUESTS_SENT = 8  # of the largest size, that one visitor may have in work


def check_training(given: Mapping[str, Any], rules: ServerSettings) -> None:
    """Refuse a training whose budget, threads or device could not be obeyed, or that would take too long."""
    budget = Budget.of(given.get("budget"), given.get("epochs"))
    count_threads(given.get("threads"))
    device = given.get("device")
    if device is not None and device not in DEVICES:
        raise PippinError(f"device must be one of {', '.join(DEVICES)}, not {device[:40]!r}.", input="device")
    if rules.shared and (budget.seconds or 0) > rules.training_seconds:
        most = duration(rules.training_seconds)
        raise PippinError(f"budget must be at most {most} here, not {given['budget']}.", input="budget")


def check_alone(home: Path, verb: str, rules: ServerSettings) -> None:
    """Refuse a second run of a visitor that learns while the first goes on, and more than a few of the others."""
    if not rules.shared:
        return
    going = [run for run in map(state, (home / "runs").glob("*/")) if run.alive]
    learning = [run for run in going if run.verb in ONE_AT_A_TIME and verb in ONE_AT_A_TIME]
    if learning or len(going) >= MAX_RUNS:
        name = (learning or going)[0].name
        raise HTTPException(409, f"Your run {name} still goes on; stop it, or wait until it has ended.")


class Quotas:
    """What each visitor has in work, against what one may have."""

    def __init__(self, rules: ServerSettings, visitors: Visitors) -> None:
        self.rules, self.visitors = rules, visitors
        self._sent: dict[str, int] = {}

    @contextmanager
    def sending(self, visitor: str, said: str) -> Iterator[None]:
        """Account for a request's body while it is in work; `said` is its content-length, "" where it tells none."""
        amount = int(said) if said.isdigit() else self.rules.largest
        before = self._sent.get(visitor, 0)
        if before and self.rules.shared and before + amount > MAX_REQUESTS_SENT * self.rules.largest:
            raise HTTPException(429, "Too many files of yours are in work; send more when they are answered.")
        self._sent[visitor] = before + amount
        try:
            yield
        finally:
            self._sent[visitor] -= amount
            if self._sent[visitor] <= 0:
                del self._sent[visitor]

    @contextmanager
    def writing(self, visitor: str, command: str, amount: int) -> Iterator[None]:
        """Refuse what would be kept where a workspace holds as much as it may; count it while it is written."""
        if not self.rules.shared or command not in WRITING:
            yield
            return
        held = self.visitors.size(visitor)
        if held + amount > self.rules.disk:
            raise HTTPException(
                413,
                f"Your workspace holds {format_bytes(held)} of {format_bytes(self.rules.disk)}, and this needs "
                f"{format_bytes(amount)}; "
                "remove models or trainings first.",
            )
        self.visitors.add(visitor, amount)
        try:
            yield
        finally:
            self.visitors.forget_size(visitor)

    def check_pixels(self, waiting: int, pixels: int) -> None:
        """Refuse images where too many of the same visitor wait."""
        if self.rules.shared and waiting and waiting + pixels > MAX_PIXELS_WAITING:
            raise HTTPException(429, "Too many large images of yours wait; send more when they are answered.")

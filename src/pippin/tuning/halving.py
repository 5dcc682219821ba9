"""Successive halving (Jamieson and Talwalkar, 2016): many trials on little, the best third on three times as much."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pippin.core.job import Job
from pippin.core.run import Budget

REDUCTION = 3  # a third of the trials goes on, each with three times as much
MIN_AMOUNT = 20  # of examples, or seconds: less tells nothing


@dataclass(frozen=True)
class Resource:
    """What a trial gets more of from round to round: seconds, frames or examples; `whole` in the last."""

    name: str
    whole: float

    def limit(self, job: Job, share: float) -> Job:
        """Return the job with a share of the resource."""
        amount = self.whole * share
        if share >= 1:
            return job
        if self.name == "seconds":
            return replace(job, budget=Budget(amount))
        if self.name == "frames":
            return replace(job, config={**job.config, "total_frames": max(1, round(amount))})
        return replace(job, train_size=max(1, round(amount)))


def shares(count: int, whole: float) -> list[float]:
    """Return the share of the resource in each round, for `count` trials, so that one is left for the whole."""
    by_trials = math.floor(math.log(max(count, 1)) / math.log(REDUCTION) + 1e-9)
    by_amount = math.floor(math.log(max(whole / MIN_AMOUNT, 1)) / math.log(REDUCTION) + 1e-9)
    rounds = min(by_trials, by_amount)
    return [float(REDUCTION) ** -left for left in range(rounds, -1, -1)]


def survivors(trials: Sequence[int], score: Callable[[int], Any]) -> list[int]:
    """Return the best third of the trials, at least one, in their order; `score` sorts the best first."""
    best = sorted(trials, key=score)[: max(1, len(trials) // REDUCTION)]
    return [trial for trial in trials if trial in best]

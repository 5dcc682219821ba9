"""The loss on held-out examples while a network learns: taken now and then, without a trace in the weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from pippin.core.data import Dataset, Example, spread
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches

MAX_EXAMPLES = 128
SECONDS_BETWEEN = 1.0  # at least, and
TIMES_ITS_COST = 30  # so that it takes at most this part of the time


def held_out_examples(data: Dataset, *, learns_val: bool, limit: int = MAX_EXAMPLES) -> list[Example]:
    """Return up to `limit` examples the learner does not learn from, spread over the answers: of `val`, else of `test`.

    `learns_val` tells that the learner learns from `val` too.
    """
    return spread(data.test if learns_val or not data.val else data.val, 0, "held out ")[:limit]


class HeldOutLoss:
    """Takes `loss(network, *batch)` of one fixed batch in evaluation mode, at moments that depend on the clock alone.

    Its time counts neither as wall nor as CPU time of the run, and it draws no random number that a step uses: each
    step seeds its own.
    """

    def __init__(self, loss: Callable[..., Tensor], data: Batches, run: Run, device: torch.device) -> None:
        self._loss, self._run = loss, run
        self._due = 0.0
        with run.pause():
            generator = torch.Generator().manual_seed(0)
            indices = torch.arange(min(data.count, MAX_EXAMPLES))
            self._batch = [part.to(device) for part in data.fetch(indices, generator)]

    def is_due(self, step: int, total: int) -> bool:
        """Return whether it is time to, or the training is over."""
        return time.monotonic() >= self._due or step == total

    def log_if_due(self, network: nn.Module, step: int, total: int) -> None:
        """Log `held_out_loss`, if it is time to or the training is over."""
        if not self.is_due(step, total):
            return
        with self._run.pause():
            began = time.monotonic()
            value = self._take(network)
            now = time.monotonic()
            self._due = now + max(SECONDS_BETWEEN, TIMES_ITS_COST * (now - began))
        if math.isfinite(value):
            self._run.log(step=step, total=total, held_out_loss=value)

    @torch.no_grad()
    def _take(self, network: nn.Module) -> float:
        modes = [(module, module.training) for module in network.modules()]
        network.eval()
        try:
            return float(self._loss(network, *self._batch))
        finally:
            for module, training in modes:
                module.training = training

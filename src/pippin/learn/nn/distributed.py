"""Data-parallel training: each process takes its share of every batch, and all take the same step.

The processes are those that torchrun started (see core/ranks.py). Gradients and losses are averaged over all of them in
one flat buffer a step, as DistributedDataParallel does it (Li et al., 2020); a loss may therefore use a network in any
way, not by its `forward` alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn

from pippin.core.ranks import read_ranks


@dataclass(frozen=True)
class Ranks:
    """This process and how many there are; of one process all methods change nothing."""

    rank: int = 0
    count: int = 1
    device: torch.device = torch.device("cpu")

    @classmethod
    def join(cls, device: torch.device) -> Ranks:
        """Join the other processes, over NCCL between graphics cards and else over Gloo."""
        rank, count = read_ranks()
        if count == 1:
            return cls()
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
            torch.cuda.set_device(device)
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", rank=rank, world_size=count)
        return cls(rank, count, device)

    def share(self, indices: Tensor) -> tuple[Tensor, float]:
        """Return this process's part of a batch's indices, and its weight in the mean over the whole batch."""
        own = indices[self.rank :: self.count]
        return (own, len(own) / len(indices)) if len(own) else (indices[:1], 0.0)

    def average(self, parameters: Iterable[nn.Parameter], loss: Tensor) -> Tensor:
        """Sum weighted gradients over all processes in place; returns the sum of their weighted losses."""
        if self.count == 1:
            return loss
        owners = [parameter for parameter in parameters if parameter.requires_grad]
        grads = [one.grad if one.grad is not None else torch.zeros_like(one) for one in owners]
        flat = torch.cat([*(grad.reshape(-1).float() for grad in grads), loss.reshape(1).float()])
        distributed.all_reduce(flat)
        start = 0
        for owner, grad in zip(owners, grads, strict=True):
            owner.grad = flat[start : start + grad.numel()].view_as(grad).to(grad.dtype)
            start += grad.numel()
        return flat[-1]

    def any(self, *flags: bool) -> list[bool]:
        """Return for each flag whether it holds in any process, so that all do the same next."""
        if self.count == 1:
            return list(flags)
        values = torch.tensor(flags, dtype=torch.uint8, device=self.device)
        distributed.all_reduce(values, distributed.ReduceOp.MAX)
        return [bool(value) for value in values.tolist()]

    def from_first(self, value: Any) -> Any:
        """Return the value that the first process gives."""
        if self.count == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box, 0, device=self.device)
        return box[0]

    def equalize(self, networks: Mapping[str, nn.Module]) -> None:
        """Give all processes the first one's weights, and the mean of their running statistics."""
        if self.count == 1:
            return
        for network in networks.values():
            for parameter in network.parameters():
                distributed.broadcast(parameter.data, 0)
            for statistic in _statistics(network):
                distributed.all_reduce(statistic)
                statistic.div_(self.count)


ALONE = Ranks()


def _statistics(network: nn.Module) -> Sequence[Tensor]:
    return [value for value in network.buffers() if value.is_floating_point()]

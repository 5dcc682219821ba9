"""Batches of examples, from memory or from anything that can be fetched by index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Fetch = Callable[[Tensor, torch.Generator], tuple[Tensor, ...]]


@dataclass(frozen=True)
class Batches:
    """`count` examples from which any batch can be had: `fetch(indices, generator)` gives its tensors.

    `indices` is an int64 tensor [batch]; randomness (augmentation) comes from `generator`, which is torch's own.
    """

    count: int
    fetch: Fetch


def in_memory(*tensors: Tensor, augment: Callable[[Tensor, torch.Generator], Tensor] | None = None) -> Batches:
    """Return batches of tensors [count, ...] in memory; `augment` changes the first, the inputs, batch by batch."""

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        first, *rest = (tensor[indices] for tensor in tensors)
        return (augment(first, generator) if augment else first, *rest)

    return Batches(len(tensors[0]), fetch)

"""How a network learns in any framework: settings, learning rate, average, order of examples, seeds."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pippin.core.errors import PippinError

Loss = Callable[..., Tensor]

LOG_EVERY = 0.25  # seconds; reading the loss waits for the device, so not at every step
TRIAL_SECONDS = 0.5
AVERAGED = 12  # parts of the training, of which the last one or two make up the average of the weights at most
TRIAL_STEPS = 3  # before any is timed: the first ones choose algorithms and reserve memory


@dataclass(frozen=True)
class TrainingConfig:
    """How to learn: the numbers one turns.

    `rate` is the highest learning rate, reached after `rise` (a share of all steps); then it falls to zero.
    `epochs` are taken where the run has no budget; `clip` bounds the norm of the gradient (0: unbounded).
    `optimizer` is "adamw" (Loshchilov and Hutter, 2019), "sgd" (with Nesterov's momentum of 0.9) or "muon" (see
    `learn.muon`); the fall is a half cosine (Loshchilov and Hutter, 2017). `average` is the decay, step by step, of a
    running mean of the weights that takes their place in the end (Polyak and Juditsky, 1992; 0: none).
    """

    batch: int = 64
    rate: float = 2e-3
    weight_decay: float = 0.01
    epochs: float = 10
    rise: float = 0.1
    clip: float = 0.0
    optimizer: str = "adamw"
    average: float = 0.0


def average_share(recipe: TrainingConfig, step: int, total: int) -> float:
    """Return the share by which the average moves after `step` steps.

    At first it is the mean of few steps, or the random start would stay in it for long; and of the last ones of a
    short training, or what it knew half way would.
    """
    return max(1 - recipe.average, 1 / step, min(1.0, AVERAGED / total))


def rate_share(recipe: TrainingConfig, progress: float) -> float:
    """Return the share of the highest learning rate at `progress` (0 to 1)."""
    if progress < recipe.rise:
        return (progress + 1e-3) / (recipe.rise + 1e-3)
    return 0.5 + 0.5 * math.cos(math.pi * (progress - recipe.rise) / (1 - recipe.rise))


def mean_loss(losses: list[Tensor], step: int) -> float:
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise PippinError(f"The loss is no longer a finite number at step {step}; train again with a lower rate.")
    return mean


def order_of(count: int, seed: int, epoch: int) -> Tensor:
    """Return the order of all examples in one epoch."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(_derived(seed, "epoch", epoch)))


def seed_step(seed: int, step: int, device: torch.device, rank: int = 0) -> torch.Generator:
    """Seed torch's random numbers for one step of a process; returns the generator of the processor's."""
    number = _derived(seed, f"rank {rank} step" if rank else "step", step)
    if device.type != "cpu":
        torch.get_device_module(device).manual_seed(number)
    return torch.default_generator.manual_seed(number)


def step_seed(seed: int, step: int) -> int:
    """Return the seed of all randomness within one step."""
    return _derived(seed, "step", step)


def _derived(seed: int, what: str, number: int) -> int:
    """Return a seed of 63 bits that has nothing to do with those of other steps."""
    return int.from_bytes(hashlib.sha256(f"{seed} {what} {number}".encode()).digest()[:8], "big") >> 1

"""How a policy acts by chance: one of several choices, or real numbers around a mean (a Gaussian policy)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pippin.core.errors import missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor

if TYPE_CHECKING:
    from pippin.learn.rl.policies import Policy

FIRST_LOG_STD = -0.5  # of a Gaussian's deviation, where actions lie between -1 and 1
HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


def sample_actions(policy: Policy, outputs: Tensor, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return actions drawn from a policy's `outputs` [N, actions] and their log probabilities [N]."""
    if policy.log_std is not None:
        noise = torch.from_numpy(rng.standard_normal(outputs.shape).astype(np.float32))
        actions = outputs + noise * policy.log_std.exp()
        return actions.numpy(), _gaussian_log_probs(policy.log_std, outputs, actions).numpy()
    log_probs = torch.log_softmax(outputs, 1).numpy()
    # The largest of log probability and Gumbel's noise is a draw from the distribution.
    chosen = (log_probs + rng.gumbel(size=log_probs.shape)).argmax(1)
    return chosen, np.take_along_axis(log_probs, chosen[:, None], 1)[:, 0]


def log_probs_and_entropy(policy: Policy, outputs: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return log probabilities [N] of actions, the mean entropy, and how much is still tried as a share (0..1).

    That share is the entropy of the largest, or a Gaussian's mean deviation of its first.
    """
    if policy.log_std is not None:
        log_std = policy.log_std
        spread = (log_std.detach() - FIRST_LOG_STD).mean().exp().clamp(max=1)
        entropy = (log_std + 0.5 + HALF_LOG_TAU).sum()
        return _gaussian_log_probs(log_std, outputs, actions), entropy, spread
    log_probs = torch.log_softmax(outputs, 1)
    entropy = -(log_probs.exp() * log_probs).sum(1).mean()
    return log_probs.gather(1, actions[:, None])[:, 0], entropy, entropy.detach() / math.log(outputs.shape[1])


def _gaussian_log_probs(log_std: Tensor, means: Tensor, actions: Tensor) -> Tensor:
    scaled = (actions - means) * (-log_std).exp()
    return -(0.5 * scaled.square() + log_std + HALF_LOG_TAU).sum(1)

"""Rewards as PPO learns from them: clipped to their sign, or divided by the running deviation of returns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

MAX_SCALED = 10.0  # scaled rewards are clipped to this
FIRST_COUNT = 1e-4  # of the running variance, so that the first rewards are not divided by zero


class RewardScaler:
    """Divides rewards of N games by the running standard deviation of their discounted returns, as VecNormalize does.

    `clip` takes the sign of each reward first; without `normalize` nothing is divided.
    """

    def __init__(self, count: int, discount: float, *, normalize: bool = False, clip: bool = False) -> None:
        self.normalize, self.clip, self._discount = normalize, clip, discount
        self._returns = np.zeros(count)
        self._stats = np.array([FIRST_COUNT, 0.0, 1.0])  # count, mean, variance

    def scale(self, rewards: np.ndarray, over: np.ndarray) -> np.ndarray:
        """Return what is learned from: float32 [N], of rewards [N] and whether each game is over [N]."""
        rewards = np.sign(rewards) if self.clip else rewards
        if not self.normalize:
            return rewards.astype(np.float32)
        self._returns = self._returns * self._discount + rewards
        self._count(self._returns)
        self._returns[over] = 0
        scaled: np.ndarray = rewards / np.sqrt(self._stats[2] + 1e-8)
        return scaled.clip(-MAX_SCALED, MAX_SCALED).astype(np.float32)

    def keep(self) -> dict[str, np.ndarray]:
        """Return the running statistics."""
        return {"reward_stats": self._stats.copy()} if self.normalize else {}

    def go_on(self, kept: Mapping[str, np.ndarray]) -> None:
        """Continue with statistics that were kept."""
        if "reward_stats" in kept:
            self._stats = np.array(kept["reward_stats"])

    def _count(self, values: np.ndarray) -> None:
        """Take values into mean and variance (Chan et al. 1979)."""
        count, mean, variance = self._stats
        total, apart = count + len(values), values.mean() - mean
        squares = variance * count + values.var() * len(values) + apart**2 * count * len(values) / total
        self._stats = np.array([total, mean + apart * len(values) / total, squares / total])

"""Actions of games side by side, drawn without looking or preferred by a policy; needs no torch."""

from __future__ import annotations

from typing import Any

import numpy as np


def random_actions(games: Any, rng: np.random.Generator) -> np.ndarray:
    """Return actions without looking: an even choice, or even draws between -1 and 1."""
    count = len(games.observations)
    if games.continuous:
        return rng.uniform(-1, 1, (count, games.actions)).astype(np.float32)
    return rng.integers(0, games.actions, count)


def preferred_actions(outputs: np.ndarray, continuous: bool) -> np.ndarray:
    """Return the actions of a policy that leaves nothing to chance: the largest logit, or the mean."""
    return outputs.clip(-1, 1) if continuous else outputs.argmax(1)

"""Can the game be won at all with these decisions? Every state that could be reached, followed pipe by pipe."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.flappy.physics import GAME, PHASES, decide, start
from pippin.apps.flappy.rules import GAP_TOPS, Rules

FINE = 1e-6  # pixels: states closer than that are one


def reachable_pipes(rules: Rules, skip: int, held: int, most: int, seed: int) -> int:
    """Return how many pipes (up to `most`) a player who knew the whole future could pass, in the game of a seed.

    Exact: the set of all heights and velocities that any sequence of actions leads to, decision by decision. No policy
    does better, so a mean over seeds bounds every policy's mean.
    """
    gaps = np.random.default_rng(seed).integers(0, len(GAP_TOPS), (1, most + 4)).astype(np.uint8)
    games: Any = np.zeros(1, GAME).view(np.recarray)
    start(games, 0, gaps, np.zeros(len(PHASES), np.int64), rules.to_numbers())
    best = 0
    while len(games) and best < most:
        games = np.concatenate([games, games]).view(np.recarray)
        actions = np.repeat([0, 1], len(games) // 2)
        ended = np.zeros(len(games), np.bool_)
        decide(games, np.repeat(gaps, len(games), 0), actions, skip, held, ended)
        best = max(best, int(games.score.max()))
        games = _different(games[~ended])
    return best


def _different(games: Any) -> Any:
    """Return one game of each height and velocity; games differ in nothing else."""
    states = np.rint(np.stack([games.y, games.velocity], 1) / FINE).astype(np.int64)
    return games[np.unique(states, axis=0, return_index=True)[1]]

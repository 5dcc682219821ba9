"""Whether a game is lost already: the search for any sequence of decisions that passes all pipes in sight.

A training game ends where its crash can no longer be avoided, so that the point is lost by the decision that loses it,
and not by what comes many decisions later. Fatemi et al. 2021, "Medical dead-ends and learning to identify high-risk
states and treatments", call such states dead ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.flappy.numba_jit import compiled
from pippin.apps.flappy.rules import (
    BIRD_HEIGHT,
    BIRD_WIDTH,
    BIRD_X,
    FALL_VELOCITY,
    FLAP_VELOCITY,
    GAP_TOPS,
    GROUND_Y,
    HIGHEST_FLAP,
    PIPE_WIDTH,
    PIPES,
)

DEPTH = 32  # decisions that are looked ahead: about two pipes and a half
FINE = 2  # heights that are told apart in a pixel
ROWS = int(GROUND_Y - 2 * HIGHEST_FLAP) * FINE  # heights that are told apart
MARGIN = 12.0  # pixels above the lower pipe at which the search flaps first


class DeadEnds:
    """Finds lost games among many; `skip` is the frames a decision lasts."""

    def __init__(self, skip: int) -> None:
        self._skip = skip
        # The search in which a state (depth, decisions since the last flap, height) was last found to be lost.
        self._lost = np.zeros((DEPTH + 1, DEPTH + 2, ROWS), np.int64)
        self._searches = 0

    def find(self, games: Any) -> np.ndarray:
        """Return bool [N]: which games no sequence of decisions can save any more."""
        lost = np.zeros(len(games), np.bool_)
        search_all(games, self._skip, self._lost, self._searches, lost)
        self._searches += len(games)
        return lost


@compiled
def search_all(games: Any, skip: int, lost: Any, searches: int, found: Any) -> None:
    """Set `found` [N] for games that are lost; `searches` numbers those that came before."""
    low, high = np.zeros(DEPTH * skip), np.zeros(DEPTH * skip)
    for n in range(len(games)):
        found[n] = is_lost(games[n], skip, lost, searches + n + 1, low, high)


@compiled
def is_lost(game: Any, skip: int, lost: Any, search: int, low: Any, high: Any) -> bool:
    """Return whether all sequences of DEPTH decisions crash.

    `low` and `high` are room for the heights between which the bird may be at each frame.
    """
    for t in range(len(low)):
        low[t], high[t] = -1e9, GROUND_Y - 1 - BIRD_HEIGHT - 1e-9
        for i in range(PIPES):
            x = int(game.pipe_x[i] - game.speed * (t + 1))
            if x < BIRD_X + BIRD_WIDTH and x + PIPE_WIDTH > BIRD_X:
                low[t] = GAP_TOPS[0] + 10 * game.pipe_gap[i]
                # Whole pixels count.
                high[t] = GAP_TOPS[0] + 10 * game.pipe_gap[i] + game.gap - BIRD_HEIGHT + 1 - 1e-9
    # One path at a time: its heights and velocities before each decision, and which of both decisions were tried.
    ys, speeds = np.zeros(DEPTH + 1), np.zeros(DEPTH + 1)
    since, tried = np.zeros(DEPTH + 1, np.int64), np.zeros(DEPTH + 1, np.int64)
    ys[0], speeds[0], since[0] = game.y, game.velocity, DEPTH + 1
    depth = 0
    while depth >= 0:
        if depth == DEPTH:
            return False
        if tried[depth] == 2:
            row = int((ys[depth] - 2 * HIGHEST_FLAP) * FINE)
            lost[depth, since[depth], min(max(row, 0), ROWS - 1)] = search
            depth -= 1
            continue
        first = flaps_first(ys[depth], speeds[depth], high, depth * skip, skip)
        flap = first if tried[depth] == 0 else not first
        tried[depth] += 1
        y, velocity, alive = ys[depth], speeds[depth], True
        for frame in range(skip):
            if flap and frame == 0 and y > HIGHEST_FLAP:
                velocity = FLAP_VELOCITY
            elif velocity < FALL_VELOCITY:
                velocity += game.gravity
            y += min(velocity, GROUND_Y - y - BIRD_HEIGHT)
            if y < low[depth * skip + frame] or y > high[depth * skip + frame]:
                alive = False
                break
        if not alive:
            continue
        age = 0 if flap else min(since[depth] + 1, DEPTH + 1)
        row = min(max(int((y - 2 * HIGHEST_FLAP) * FINE), 0), ROWS - 1)
        if lost[depth + 1, age, row] == search:
            continue
        depth += 1
        ys[depth], speeds[depth], since[depth], tried[depth] = y, velocity, age, 0
    return True


@compiled
def flaps_first(y: float, velocity: float, high: Any, frame: int, skip: int) -> bool:
    """Return whether the search flaps first: where the bird would else sink to the edge of the next lower pipe."""
    edge = high[len(high) - 1]
    for t in range(frame, len(high)):
        if high[t] < edge or t == len(high) - 1:
            edge = high[t]
            break
    return bool(y + velocity * skip > edge - MARGIN)

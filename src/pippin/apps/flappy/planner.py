"""A teacher that knows the rules: how much likelier the bird survives if it flaps now, by dynamic programming.

All states that can be reached until the last pipe in the game is passed are laid out decision by decision, and the cost
of the best way on is found backwards. A frame costs more the nearer the bird is to a pipe or the ground, as if it
crashed there with that probability, so that wide ways are better than narrow ones, and of narrow ones the short.
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

DEPTH = 36  # decisions that are looked ahead: about three pipes
RISK, NEAR = 0.05, 3.0  # cost of a frame that touches, and pixels away at which it is e times smaller
AGES = 14  # decisions since the last flap that are told apart: then it falls as fast as it can
ROWS = int(GROUND_Y - 2 * HIGHEST_FLAP)  # heights that are told apart, pixels
STATES = AGES * ROWS  # states that are told apart after a decision
LOST = 1e9  # cost of a crash


class Planner:
    """Values decisions in many games; `skip` is the frames a decision lasts."""

    def __init__(self, skip: int) -> None:
        self._skip = skip
        shape = (DEPTH + 1, STATES)
        self._states = np.zeros((*shape, 2))  # height and velocity before each decision
        self._next = np.zeros((*shape, 2), np.int32)  # the state to which each of both decisions leads; -1: a crash
        self._costs = np.zeros((*shape, 2))
        self._counts = np.zeros(DEPTH + 1, np.int64)
        self._known = np.zeros((AGES, ROWS, 2), np.int64)  # the layer a state was last found in, and its index there
        self._layers = 0

    def advantages_of_flapping(self, games: Any) -> np.ndarray:
        """Return float32 [N]: the probability to survive with a flap now, less that without (-1..1); 0 if lost."""
        found = np.zeros((len(games), 2))
        value_all(
            games, self._skip, self._states, self._next, self._costs, self._counts, self._known, self._layers, found
        )
        self._layers += len(games) * (DEPTH + 1)
        survive = np.exp(-found)
        return (survive[:, 1] - survive[:, 0]).astype(np.float32)


@compiled
def value_all(
    games: Any, skip: int, states: Any, following: Any, costs: Any, counts: Any, known: Any, layers: int, found: Any
) -> None:
    """Set `found` [N, 2] to the costs of the best ways that begin without a flap and with one."""
    low, high = np.zeros(DEPTH * skip), np.zeros(DEPTH * skip)
    for n in range(len(games)):
        depth = bounds(games[n], skip, low, high)
        reach(games[n], skip, depth, low, high, states, following, costs, counts, known, layers + n * (DEPTH + 1))
        after = np.zeros(counts[depth])
        for layer in range(depth - 1, -1, -1):
            before = np.full(counts[layer], LOST)
            for k in range(counts[layer]):
                for flap in range(2):
                    its = following[layer, k, flap]
                    cost = costs[layer, k, flap] + after[its] if its >= 0 else LOST
                    before[k] = min(before[k], cost)
                    if layer == 0:
                        found[n, flap] = cost
            after = before


@compiled
def bounds(game: Any, skip: int, low: Any, high: Any) -> int:
    """Set the heights between which the bird may be at each frame; return the decisions until the last pipe is past."""
    last = 0
    for t in range(DEPTH * skip):
        low[t], high[t] = -LOST, GROUND_Y - 1 - BIRD_HEIGHT - 1e-9
        for i in range(PIPES):
            x = int(game.pipe_x[i] - game.speed * (t + 1))
            if x < BIRD_X + BIRD_WIDTH and x + PIPE_WIDTH > BIRD_X:
                low[t] = GAP_TOPS[0] + 10 * game.pipe_gap[i]
                # Whole pixels count.
                high[t] = GAP_TOPS[0] + 10 * game.pipe_gap[i] + game.gap - BIRD_HEIGHT + 1 - 1e-9
                last = t
    return int(min(DEPTH, last // skip + 2))


@compiled
def reach(
    game: Any,
    skip: int,
    depth: int,
    low: Any,
    high: Any,
    states: Any,
    following: Any,
    costs: Any,
    counts: Any,
    known: Any,
    layers: int,
) -> None:
    """Follow both decisions from every state that can be reached; `layers` numbers those that came before."""
    counts[:] = 0
    states[0, 0, 0], states[0, 0, 1], counts[0] = game.y, game.velocity, 1
    for layer in range(depth):
        for k in range(counts[layer]):
            for flap in range(2):
                y, velocity, cost = states[layer, k, 0], states[layer, k, 1], 0.0
                for frame in range(skip):
                    if flap == 1 and frame == 0 and y > HIGHEST_FLAP:
                        velocity = FLAP_VELOCITY
                    elif velocity < FALL_VELOCITY:
                        velocity += game.gravity
                    y += min(velocity, GROUND_Y - y - BIRD_HEIGHT)
                    margin = min(y - low[layer * skip + frame], high[layer * skip + frame] - y)
                    if margin < 0:
                        cost = LOST
                        break
                    cost += RISK * np.exp(-margin / NEAR)
                following[layer, k, flap] = -1
                if cost >= LOST:
                    continue
                age = int((velocity - FLAP_VELOCITY) / (skip * game.gravity))
                row = int(y - 2 * HIGHEST_FLAP)
                age, row = min(max(age, 0), AGES - 1), min(max(row, 0), ROWS - 1)
                if known[age, row, 0] != layers + layer + 1:
                    known[age, row, 0], known[age, row, 1] = layers + layer + 1, counts[layer + 1]
                    states[layer + 1, counts[layer + 1], 0], states[layer + 1, counts[layer + 1], 1] = y, velocity
                    counts[layer + 1] += 1
                following[layer, k, flap], costs[layer, k, flap] = known[age, row, 1], cost

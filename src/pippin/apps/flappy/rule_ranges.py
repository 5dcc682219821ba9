"""Rules to train on that differ from game to game, so that an agent learns to play by rules it is never told.

Domain randomisation: Tobin et al. 2017, "Domain randomization for transferring deep neural networks from simulation to
the real world".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pippin.apps.flappy.rules import BIRD_HEIGHT, FLAP_VELOCITY, Rules

PLAIN_SHARE = 0.25  # of games that are played by the usual rules
MIN_ROOM = 3.0  # pixels that a flap must leave free in the gap: else hardly anybody passes two pipes
# Drawn evenly from these; a little wider than what is measured, so that its edges lie within.
RANGES = {"gravity": (0.67, 1.33), "gap": (83, 132), "speed": (2.9, 5.1)}
# No game with a rule in one of its bands is ever trained on: the games by which generalisation is measured lie there.
HELD_OUT = {
    "gravity": ((0.74, 0.80), (0.87, 0.93), (1.07, 1.13), (1.20, 1.26)),
    "gap": ((88, 91), (95, 97), (107, 110), (121, 124)),
    "speed": ((3.2, 3.4), (3.6, 3.8), (4.3, 4.5), (4.7, 4.9)),
}


@dataclass(frozen=True)
class RuleRanges:
    """Rules drawn for each game by its seed."""

    def draw(self, seed: int) -> Rules:
        """Return the rules of the training game of a seed."""
        rng = np.random.default_rng([seed, 2])
        if rng.random() < PLAIN_SHARE:
            return Rules()
        while True:
            rules = Rules(_draw(rng, "gravity"), _draw(rng, "gap"), _draw(rng, "speed"))
            if rules.gap - BIRD_HEIGHT - flap_height(rules.gravity) >= MIN_ROOM:
                return rules

    @property
    def gaps(self) -> list[int]:
        """All gaps that may be drawn."""
        low, high = (int(end) for end in RANGES["gap"])
        return [gap for gap in range(low, high + 1) if not is_held_out("gap", gap)]


def is_held_out(name: str, value: float) -> bool:
    """Return whether a value of a rule lies in one of the bands that are never trained on."""
    return any(low <= value <= high for low, high in HELD_OUT[name])


def flap_height(gravity: float) -> float:
    """Return by how many pixels one flap lifts the bird."""
    frames = np.arange(int(-FLAP_VELOCITY / gravity) + 1)
    return float((-FLAP_VELOCITY - gravity * frames).sum())


def _draw(rng: np.random.Generator, name: str) -> Any:
    low, high = RANGES[name]
    while True:
        value = int(rng.integers(int(low), int(high) + 1)) if name == "gap" else float(rng.uniform(low, high))
        if not is_held_out(name, value):
            return value

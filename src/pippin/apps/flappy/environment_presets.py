"""How to learn environments of Gymnasium: frames, recipe and known score by name, and defaults for each kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class EnvironmentPreset:
    """Frames to play, what differs from the recipe's defaults, and the mean return that is known to be reached.

    `source` says who calls that so: Gymnasium (its reward threshold) or the best policy there is.
    """

    frames: int
    recipe: Mapping[str, Any] = field(default_factory=dict)
    known: float | None = None
    source: str = ""
    normalize_reward: bool = False


STATE: Mapping[str, Any] = {
    "games": 8,
    "batch": 128,
    "others": 1.0,
    "epochs": 10,
    "rate": 1e-3,
    "discount": 0.98,
    "trace": 0.9,
    "entropy": 0.01,
}
LONG: Mapping[str, Any] = {
    **STATE,
    "games": 16,
    "steps": 128,
    "batch": 256,
    "epochs": 4,
    "discount": 0.99,
    "trace": 0.95,
}
CONTINUOUS: Mapping[str, Any] = {**STATE, "steps": 256, "batch": 256, "trace": 0.95, "entropy": 0.0, "entropy_end": 0.0}
SOLVED = "Gymnasium calls it solved from there on"
# By the name of an environment without its version.
ENVIRONMENTS: Mapping[str, EnvironmentPreset] = {
    "CartPole": EnvironmentPreset(100_000, STATE, 475, SOLVED),
    "Acrobot": EnvironmentPreset(300_000, LONG, -100, SOLVED, normalize_reward=True),
    "LunarLander": EnvironmentPreset(
        1_000_000, {**LONG, "steps": 512, "discount": 0.999, "trace": 0.98}, 200, SOLVED, normalize_reward=True
    ),
    "FrozenLake": EnvironmentPreset(600_000, {**LONG, "steps": 64, "entropy": 0.02, "discount": 0.998}, 0.70, SOLVED),
    "Taxi": EnvironmentPreset(1_000_000, LONG, 7.5, "the best policy reaches about 7.9", normalize_reward=True),
    "MiniGrid-Empty-5x5": EnvironmentPreset(
        100_000, {**STATE, "steps": 128, "batch": 256, "discount": 0.99, "trace": 0.95}, 0.90, "the best reaches 0.955"
    ),
    "Pendulum": EnvironmentPreset(
        400_000, {**CONTINUOUS, "discount": 0.9}, -200, "the best reaches about -150", normalize_reward=True
    ),
    "MountainCar": EnvironmentPreset(
        1_000_000, {**LONG, "trace": 0.98, "steps": 64, "entropy": 0.02}, -110, SOLVED, normalize_reward=True
    ),
    "Blackjack": EnvironmentPreset(200_000, LONG, -0.06, "the best reaches about -0.05"),
    "CliffWalking": EnvironmentPreset(300_000, LONG, -13, "the shortest way", normalize_reward=True),
    "ALE/Pong": EnvironmentPreset(
        2_000_000, {"games": 16, "steps": 128, "discount": 0.99, "entropy": 0.01}, 18, "known of PPO after 10 million"
    ),
}
# For environments that are not named, by what they show and take.
BY_KIND: Mapping[str, EnvironmentPreset] = {
    "pixels": EnvironmentPreset(2_000_000, {"games": 16, "steps": 128, "discount": 0.99}),
    "continuous": EnvironmentPreset(300_000, {**CONTINUOUS, "discount": 0.99}, normalize_reward=True),
    "state": EnvironmentPreset(100_000, STATE),
}
TINY: Mapping[str, EnvironmentPreset] = {
    "pixels": EnvironmentPreset(12_000, {"games": 16, "steps": 32, "batch": 128}),
    "state": EnvironmentPreset(
        4_000, {"games": 8, "steps": 32, "batch": 128, "epochs": 4, "others": 1.0, "rate": 1e-3}
    ),
}


def environment_name(name: str) -> str:
    """Return the name of an environment without its version, such as CartPole of CartPole-v1."""
    return re.sub(r"-v\d+$", "", name)


def environment_preset(name: str, *, pixels: bool, continuous: bool, tiny: bool = False) -> EnvironmentPreset:
    """Return how to learn an environment: by its name where it is known, else by what it shows and takes.

    A known one counts only with what it shows by itself: CartPole by its screen is another game.
    """
    if tiny:
        return TINY["pixels" if pixels else "state"]
    known = ENVIRONMENTS.get(environment_name(name))
    if known is not None and pixels == name.startswith("ALE/"):
        return known
    return BY_KIND["pixels" if pixels else "continuous" if continuous else "state"]

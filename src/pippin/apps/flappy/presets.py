"""How much to play and how to learn from it: presets by name of Flappy Bird; other games have their own by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.environment_presets import EnvironmentPreset, environment_preset
from pippin.core.errors import PippinError

if TYPE_CHECKING:
    from pippin.learn.rl.environments import GymEnv

MAX_FRAMES = (
    40  # pipes after which a game to practise on is cut off: else those going well would crowd out what is hard
)
# A teacher's advice is all that is learned from; its gradient is small, for it is seldom wrong about what it knows.
ADVISED: Mapping[str, Any] = {"imitation": 20.0, "policy_weight": 0.0, "entropy": 0.0, "entropy_end": 0.0}
# Frames of Flappy Bird played, and what differs from the recipe's defaults.
BIRD: Mapping[str, EnvironmentPreset] = {
    "laptop": EnvironmentPreset(28_000_000),
    # For an agent that plays the usual game already (--from builtin).
    "any-rules": EnvironmentPreset(8_000_000, {"games": 128, "batch": 256, "rate": 1e-3, "norm": 2.0, **ADVISED}),
    "tiny": EnvironmentPreset(12_000, {"games": 16, "steps": 32, "batch": 128}),
}


def preset(config: FlappyConfig, game: GymEnv | None = None) -> EnvironmentPreset:
    """Return the preset of the bird's game, or of another `game`."""
    if config.is_bird or game is None:
        return BIRD[config.preset]
    if config.preset == "any-rules":
        raise PippinError(f"{config.env} has no gravity, gap and speed to draw; leave out --preset any-rules.")
    tiny = config.preset == "tiny"
    return environment_preset(config.env, pixels=game.pixels, continuous=game.continuous, tiny=tiny)


def recipe(config: FlappyConfig, game: GymEnv | None = None) -> tuple[int, dict[str, Any]]:
    """Return frames to play and the recipe's settings; what the configuration gives goes before the preset."""
    chosen = preset(config, game)
    if config.total_frames < 0 or config.entropy < 0:
        raise PippinError("--total-frames and --entropy cannot be below zero.")
    entropy = {"entropy": config.entropy} if config.entropy else {}
    return int(config.total_frames or chosen.frames), {**chosen.recipe, **entropy}

"""How much to play and how to learn from it: presets by name, for what is seen as pixels and for what is numbers."""

from __future__ import annotations

from typing import Any

from pippin.apps.flappy.config import FlappyConfig
from pippin.core.errors import PippinError

MAX_FRAMES = (
    40  # pipes after which a game to practise on is cut off: else those going well would crowd out what is hard
)
# Frames played, and what differs from the recipe's defaults; for pixels and for states.
PRESETS: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {
    "laptop": {
        "pixels": (28_000_000, {}),
        "state": (
            100_000,
            {
                "games": 8,
                "batch": 128,
                "others": 1.0,
                "epochs": 10,
                "rate": 1e-3,
                "discount": 0.98,
                "trace": 0.9,
                "entropy": 0.01,
            },
        ),
    },
    # For an agent that plays the usual game already (--from builtin): rules of the bird's game drawn anew for each game.
    "any-rules": {
        "pixels": (36_000_000, {"games": 128, "rate": 2e-3, "entropy": 0.01}),
        "state": (100_000, {}),
    },
    "tiny": {
        "pixels": (12_000, {"games": 16, "steps": 32, "batch": 128}),
        "state": (
            4_000,
            {
                "games": 8,
                "steps": 32,
                "batch": 128,
                "epochs": 4,
                "others": 1.0,
                "rate": 1e-3,
            },
        ),
    },
}


def preset(config: FlappyConfig, pixels: bool = True) -> tuple[int, dict[str, Any]]:
    """Return frames to play and the recipe's settings; what the configuration gives goes before the preset."""
    name = config.preset
    experience, settings = PRESETS[name]["pixels" if pixels else "state"]
    if config.total_frames < 0 or config.entropy < 0:
        raise PippinError("--total-frames and --entropy cannot be below zero.")
    if config.entropy:
        settings = {**settings, "entropy": config.entropy}
    return int(config.total_frames or experience), settings

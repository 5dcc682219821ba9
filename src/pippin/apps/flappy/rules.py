"""The rules and the geometry of Flappy Bird: what may be changed, and the facts of flappy-bird-gymnasium 0.4.0."""

from __future__ import annotations

from dataclasses import dataclass

from pippin.apps.flappy.config import FlappyConfig
from pippin.core.errors import PippinError

WIDTH, HEIGHT = 288, 512  # pixels of the screen
GROUND_Y = HEIGHT * 0.79
BIRD_X = int(WIDTH * 0.2)
BIRD_WIDTH, BIRD_HEIGHT = 34, 24
PIPE_WIDTH, PIPE_HEIGHT = 52, 320
START_Y = (HEIGHT - BIRD_HEIGHT) // 2
FLAP_VELOCITY = -9.0  # pixels a frame, upwards
FALL_VELOCITY = 10.0  # where falling no longer gets faster
HIGHEST_FLAP = -2 * BIRD_HEIGHT  # above this a flap has no effect
# Where the gap between two pipes begins, drawn evenly from these.
GAP_TOPS = tuple(range(20 + int(GROUND_Y * 0.2), 91 + int(GROUND_Y * 0.2), 10))
PIPES = 3
MAX_GAP = 200  # pixels; a larger one leaves nothing of the lower pipe
NEW_PIPE_X = WIDTH + PIPE_WIDTH + WIDTH * 0.2
# The drawn angle of the bird is clipped to this, also where its rotation is larger.
MAX_ROTATION, FLAP_ROTATION, MIN_ROTATION, ROTATION_STEP = 20, 45, -90, 3
GROUND_STEP, GROUND_PERIOD = 4, 48  # the ground's image moves on by so much a frame, and repeats


@dataclass(frozen=True)
class Rules:
    """What a changed game changes: `gravity` in pixels a frame², `gap` between pipes and pipe `speed` in pixels."""

    gravity: float = 1.0
    gap: int = 100
    speed: float = 4.0

    def to_numbers(self) -> tuple[float, float, float]:
        """Return gravity, gap and speed as compiled code takes them."""
        return float(self.gravity), float(self.gap), float(self.speed)

    @classmethod
    def of(cls, config: FlappyConfig) -> Rules:
        """Return the rules in an application's settings; PippinError names what no game could be played with."""
        rules = cls(config.gravity, config.gap, config.speed)
        limits = {"gravity": (0.1, 5.0), "gap": (30, MAX_GAP), "speed": (1.0, 16.0), "frames_a_decision": (1, 30)}
        for name, (low, high) in limits.items():
            if not low <= getattr(config, name) <= high:
                given = f"--{'skip' if name == 'frames_a_decision' else name} {getattr(config, name):g}"
                raise PippinError(f"{given} is no game; choose {low:g} to {high:g}.", input=name)
        return rules

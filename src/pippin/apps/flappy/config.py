"""Settings of `flappy`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import INFERENCE, LOCAL, Config

BIRD = "simulator", "FlappyBird-v0"


@dataclass(frozen=True, eq=False, repr=False)
class FlappyConfig(Config):
    """Which game is played, how it is learned, and by how many games it is measured."""

    # Local, since Gymnasium imports the module that an environment's name begins with.
    env: Annotated[
        str,
        "simulator (of the real game, 1,000 times faster), FlappyBird-v0 (the real game), or a Gymnasium id with "
        "countable actions (CartPole-v1 is tested, screens are experimental)",
        INFERENCE,
        LOCAL,
    ] = "simulator"
    observation: Annotated[
        Literal["auto", "pixels", "state"], "pixels, state, or auto: what the environment shows by itself"
    ] = "auto"
    preset: Annotated[
        Literal["laptop", "any-rules", "tiny"],
        "laptop (minutes), any-rules (each game has a gravity, gap and speed of its own), or tiny (seconds)",
    ] = "laptop"
    total_frames: Annotated[int, "frames to learn from; 0: as many as the preset says"] = 0
    entropy: Annotated[float, "reward for trying things at the beginning; 0: as the preset says"] = 0.0
    skip: Annotated[
        int,
        "frames a decision lasts (0: 3, in other games 1): it flaps in the first or not, and idles for the rest; in "
        "other games the action is repeated",
    ] = 0
    frame_stack: Annotated[
        int,
        "observations seen at once, newest first, in other games (0: 2 screens, or 1 of numbers)",
    ] = 0
    clip_reward: Annotated[bool, "learn from the sign of each reward alone, in other games"] = False
    normalize_reward: Annotated[
        Literal["auto", "yes", "no"],
        "divide rewards by the running deviation of returns, in other games (auto: as its preset says)",
    ] = "auto"
    gravity: Annotated[float, "pixels a frame², 1 in the real game", INFERENCE] = 1.0
    gap: Annotated[int, "pixels between the upper and the lower pipe, 100 in the real game", INFERENCE] = 100
    speed: Annotated[float, "pixels the pipes move each frame, 4 in the real game", INFERENCE] = 4.0
    episodes: Annotated[int, "games to measure by, from seed 0 on; nothing ever learns from their seeds", INFERENCE] = (
        100
    )
    max_pipes: Annotated[int, "pipes after which a game of Flappy Bird counts as won and ends", INFERENCE] = 1000

    OLD_NAMES: ClassVar[Mapping[str, str]] = {
        "observe": "observation",
        "experience": "total_frames",
        "cap": "max_pipes",
    }
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tiny": {"preset": "tiny", "episodes": 12, "max_pipes": 3},
        "demo": {"episodes": 9, "max_pipes": 20},
    }

    @property
    def is_bird(self) -> bool:
        """Whether the game is Flappy Bird, simulated or real."""
        return self.env in BIRD

    @property
    def frames_a_decision(self) -> int:
        """How many frames a decision lasts."""
        return self.skip or (3 if self.is_bird else 1)

"""The real game, flappy-bird-gymnasium's FlappyBird-v0, in all its colours, seen by its screen alone."""

from __future__ import annotations

from typing import Any

from pippin.apps.flappy.sprites import BACKGROUNDS, BIRDS, COLOURS
from pippin.core.errors import missing_extra
from pippin.learn.rl.environments import GymEnv, make

NAME = "FlappyBird-v0"
LOOKS = [(background, bird, pipe) for background in BACKGROUNDS for bird in BIRDS for pipe in COLOURS]


def real_game(number: int, gap: int, skip: int, cap: int) -> GymEnv:
    """Make the real game in one of its twelve looks; its animation is never reset, as in the real game."""
    background, bird, pipe = LOOKS[number % len(LOOKS)]
    looks = {"background": background, "bird_color": bird, "pipe_color": pipe}
    try:
        import flappy_bird_gymnasium  # noqa: F401 - registers the environment
    except ImportError as problem:
        raise missing_extra("flappy-bird-gymnasium", "flappy", "The real game") from problem
    env = make(NAME, pixels=True, use_lidar=False, pipe_gap=gap, score_limit=cap, **looks)
    return GymEnv(_PipesAlone(env), pixels=True, skip=skip, rest=0)


class _PipesAlone:
    """The environment with the reward the agent learns from: 1 for a pipe, -1 for a crash."""

    def __init__(self, env: Any) -> None:
        self.env, self.action_space, self.observation_space = env, env.action_space, env.observation_space
        self._score = 0

    def reset(self, seed: int) -> Any:
        self._score = 0
        return self.env.reset(seed=seed)

    def step(self, action: int) -> Any:
        state, _, ended, cut, info = self.env.step(action)
        reward = info["score"] - self._score - bool(ended)
        self._score = info["score"]
        return state, reward, ended, cut, info

    def render(self) -> Any:
        return self.env.render()

"""Games to learn from by playing them, many side by side: Gymnasium's, by state or by screen."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from pippin.core.errors import PippinError, missing_extra
from pippin.learn.rl.reward_scaling import RewardScaler
from pippin.learn.rl.spaces import read_actions, read_observations

SMALL = 64  # a screen is shrunk by the whole number that leaves at most so many rows and columns
SEEN = 2  # screens an observation holds: this one and the one before, for one alone does not tell what moves
FIRST_TRAINING_SEED = 2**32  # seeds below are for measuring: nothing ever learns from them
# What must be imported for environments whose names begin so, and its extra.
PACKAGES = {
    "ALE/": ("ale_py", "atari"),
    "MiniGrid-": ("minigrid", "minigrid"),
    "LunarLander": ("Box2D", "box2d"),
    "BipedalWalker-": ("Box2D", "box2d"),
    "CarRacing-": ("Box2D", "box2d"),
}


KEPT = "; what was learned until then is kept, and --resume goes on from there"


class Step(NamedTuple):
    """What one decision brought in each of N games.

    `rewards` float32 [N]; `ended` and `cut` bool [N]: over by its own rules, or cut off by a limit; `last` holds what
    games that were cut off showed in the end, by index; `scores` those of all games that are over.
    """

    rewards: np.ndarray
    ended: np.ndarray
    cut: np.ndarray
    last: Mapping[int, np.ndarray]
    scores: Sequence[float]


class Environments(Protocol):
    """N games side by side with `actions` choices each; a game that ends is reset at once, with another seed.

    `continuous` actions are so many numbers each, from -1 to 1. `observations` [N, ...] is what they show now; the
    next step overwrites it.
    """

    actions: int
    continuous: bool

    @property
    def observations(self) -> np.ndarray:
        """What the games show."""

    def step(self, actions: np.ndarray) -> Step:
        """Take one decision (int64 [N], or float32 [N, actions]) in every game."""

    def keep(self) -> dict[str, np.ndarray]:
        """Return all that is needed to go on with these very games later; empty where that cannot be had."""

    def go_on(self, kept: Mapping[str, np.ndarray]) -> None:
        """Continue with games that were kept."""


def training_seeds(seed: int, begun: int = 0) -> Iterator[int]:
    """Yield seeds of training games, from the one after `begun` on: none below 2**32, and others for another `seed`."""
    while True:
        yield FIRST_TRAINING_SEED * (1 + seed) + begun
        begun += 1


def downscale(screen: np.ndarray) -> np.ndarray:
    """Shrink a screen, uint8 [H,W,3], to means over square blocks.

    The result has at most SMALL rows and columns.
    """
    factor = -(-max(screen.shape[:2]) // SMALL)
    rows, columns = screen.shape[0] // factor, screen.shape[1] // factor
    blocks = screen[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor, 3)
    sums = blocks.sum(1, dtype=np.uint16 if factor < 16 else np.uint32).sum(2, dtype=np.uint32)
    return ((sums + factor * factor // 2) // (factor * factor)).astype(np.uint8)


class GymEnv:
    """One Gymnasium environment as a policy sees it: numbers, or its last two screens, shrunk.

    With `pixels` (None: where it shows a screen) those of its observations, or else of `render`. A decision lasts
    `skip` frames; in those after the first the action is `rest`, or (None) the same again. `stack` is how many of its
    last observations it sees, newest first (0: two screens, or the numbers now).
    """

    def __init__(self, env: Any, pixels: bool | None, skip: int = 1, rest: int | None = None, stack: int = 0) -> None:
        self.env, self.skip, self.rest = env, skip, rest
        name = str(getattr(getattr(env, "spec", None), "id", "The environment"))
        self._choices = read_actions(name, env.action_space)
        self._shown = read_observations(name, env.observation_space, pixels)
        self.actions, self.continuous = self._choices.count, self._choices.continuous
        self.pixels = self._shown is None or self._shown.pixels
        self._stack = stack or (SEEN if self.pixels else 1)
        self.notes = self._shown.notes if self._shown else ()
        self.observation = np.zeros(0, np.uint8)
        self.score = 0.0  # what the environment calls so, or the sum of all rewards

    def reset(self, seed: int) -> np.ndarray:
        """Start a game with this seed; return the first observation."""
        state, _ = self.env.reset(seed=seed)
        self.score = 0.0
        screen = self._screen(state)
        self.observation = np.concatenate([screen] * self._stack, -1)
        return self.observation

    def step(self, action: Any) -> tuple[float, bool, bool]:
        """Take one decision; return its reward, whether the game is over, and whether it was cut off."""
        earned, ended, cut = 0.0, False, False
        score = self.score
        for frame in range(self.skip):
            chosen = action if frame == 0 or self.rest is None else self.rest
            state, reward, ended, cut, info = self.env.step(self._choices.read(chosen))
            earned += float(reward)
            score = float(info.get("score", self.score + earned))
            if ended or cut:
                break
        self.score, screen = score, self._screen(state)
        before = self.observation[..., : self.observation.shape[-1] - screen.shape[-1]]
        self.observation = np.concatenate([screen, before], -1)
        return earned, bool(ended), bool(cut)

    def _screen(self, state: Any) -> np.ndarray:
        seen = self._shown.read(state) if self._shown else np.asarray(self.env.render())
        return downscale(seen) if self.pixels else seen


class SyncVectorEnv:
    """Games of Gymnasium side by side, one after the other at each step; follows `Environments`.

    Scores are those of the games; rewards pass through `scaler`, where there is one.
    """

    def __init__(self, games: Sequence[GymEnv], seed: int, scaler: RewardScaler | None = None) -> None:
        self.games, self.actions, self._seeds = games, games[0].actions, training_seeds(seed)
        self.continuous = games[0].continuous
        self._scaler = scaler or RewardScaler(len(games), 1.0)
        try:
            self.observations = np.stack([game.reset(next(self._seeds)) for game in games])
        except Exception as problem:  # an environment of another package may raise any error
            raise environment_error(problem) from problem

    def step(self, actions: np.ndarray) -> Step:
        """Take one decision in every game; PippinError if an environment breaks."""
        count = len(self.games)
        step = Step(np.zeros(count, np.float32), np.zeros(count, bool), np.zeros(count, bool), {}, [])
        for n, (game, action) in enumerate(zip(self.games, actions, strict=True)):
            try:
                step.rewards[n], step.ended[n], step.cut[n] = game.step(action)
                if step.cut[n] and not step.ended[n]:
                    step.last[n] = game.observation  # type: ignore[index]  # a dict that readers must not change
                if step.ended[n] or step.cut[n]:
                    step.scores.append(game.score)  # type: ignore[attr-defined]
                    game.reset(next(self._seeds))
            except Exception as problem:  # an environment of another package may raise any error
                raise environment_error(problem, KEPT) from problem
            self.observations[n] = game.observation
        return step._replace(rewards=self._scaler.scale(step.rewards, step.ended | step.cut))

    def keep(self) -> dict[str, np.ndarray]:
        """Return the scale of rewards alone: Gymnasium has no method to save a game, so new ones are begun."""
        return self._scaler.keep()

    def go_on(self, kept: Mapping[str, np.ndarray]) -> None:
        """Continue with the scale of rewards that was kept."""
        self._scaler.go_on(kept)


def environment_error(problem: Exception, more: str = "") -> PippinError:
    """Return the error for an environment that failed while it was played."""
    return PippinError(f"The environment broke down ({type(problem).__name__}: {problem}){more}.")


def make(name: str, pixels: bool | None = None, **facts: Any) -> Any:
    """Return a Gymnasium environment by its id, which renders screens where `pixels` are asked for and it shows none.

    PippinError in one sentence where there is none of this id, what it needs is missing, or it has no pixels to show.
    """
    try:
        import gymnasium
    except ImportError as problem:
        raise missing_extra("gymnasium", "flappy", "Playing an environment") from problem
    _import_its_package(name)
    try:
        env = gymnasium.make(name, **facts)
        if pixels and read_observations(name, env.observation_space, pixels) is None:
            if "rgb_array" not in (env.metadata.get("render_modes") or ()):
                raise PippinError(f"{name} has no pixels to show; leave out --observation=pixels.", input=name)
            env = gymnasium.make(name, **{**facts, "render_mode": "rgb_array"})
    except PippinError:
        raise
    except Exception as problem:  # Gymnasium's own errors, and those of an environment's constructor
        if name in gymnasium.registry:
            why = " ".join(str(problem).split())[:200]
            raise PippinError(f"{name} cannot be made ({type(problem).__name__}: {why}).", input=name) from problem
        near = difflib.get_close_matches(name, list(gymnasium.registry), 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise PippinError(f"There is no environment {name!r} in Gymnasium{hint}", input=name) from problem
    return env


def _import_its_package(name: str) -> None:
    for start, (module, extra) in PACKAGES.items():
        if name.startswith(start):
            try:
                importlib.import_module(module)
            except ImportError as problem:
                raise missing_extra(module, extra, f"Playing {name}") from problem

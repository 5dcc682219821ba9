"""Whole games, each known by its seed: simulated many at a time, or real ones of Gymnasium one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.gymnasium_game import LOOKS, NAME, real_game
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.learn.rl.environments import FIRST_TRAINING_SEED, GymEnv, environment_error, make

SIMULATOR = "simulator"
NUM_ENVS = 128  # games simulated at a time
MAX_PIPES = 100_000
MAX_STACK = 16  # observations seen at once
MAX_FRAMES = 200_000  # decisions after which a game that never ends is left

# From games side by side (with `observations` [N, ...]) to their actions, int64 [N], or numbers [N, actions].
Player = Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Episode:
    """One game: the pipes passed (or what another environment calls score), and every decision, 1 for a flap.

    `actions` are uint8 [T], or float32 [T, actions] where they are continuous.
    """

    seed: int
    score: float
    actions: np.ndarray
    skip: int

    @property
    def frames(self) -> int:
        """About how many frames it lasted: the last decision may have been cut short."""
        return len(self.actions) * self.skip


class _SingleEnvAdapter:
    """A single game where a player expects several."""

    def __init__(self, game: GymEnv) -> None:
        self.game, self.actions, self.continuous = game, game.actions, game.continuous

    @property
    def observations(self) -> np.ndarray:
        return self.game.observation[None]


def play(player: Player, config: FlappyConfig, seeds: Sequence[int]) -> Iterator[Episode]:
    """Play the game of each seed to its end or to the cap, in order."""
    _checked(config)
    if config.env == SIMULATOR:
        for first in range(0, len(seeds), NUM_ENVS):
            yield from _simulated(player, config, seeds[first : first + NUM_ENVS])
        return
    made: dict[int, GymEnv] = {}
    for seed in seeds:
        look = seed % len(LOOKS) if config.env == NAME else 0
        if look not in made:
            made[look] = make_game(config, look)
        yield _real(player, made[look], seed, _max_score(config))


def score_trace(player: Player, config: FlappyConfig, seed: int, most: int) -> Iterator[float]:
    """Play the first `most` decisions of one game; yields the score after each."""
    _checked(config)
    if config.env == SIMULATOR:
        simulator = Simulator(1, Rules.of(config), config.frames_a_decision, config.max_pipes)
        simulator.begin([0], [seed])
        for _ in range(most):
            outcome = simulator.step(player(simulator))
            yield float(simulator.games.score[0])
            if outcome.crashed[0] or outcome.capped[0]:
                return
        return
    game = make_game(config, seed)
    for _ in _steps(player, game, seed, _max_score(config), most):
        yield game.score


def _checked(config: FlappyConfig) -> None:
    if not 1 <= config.max_pipes <= MAX_PIPES:
        raise PippinError(
            f"--max-pipes {config.max_pipes} is out of range; give 1 to {MAX_PIPES:,}.", input=config.max_pipes
        )


def _max_score(config: FlappyConfig) -> float:
    """Return the score at which a game ends: other games than Flappy Bird end by their own rules alone."""
    return config.max_pipes if config.is_bird else math.inf


def make_game(config: FlappyConfig, number: int) -> GymEnv:
    """Return one game of the environment that the settings name; `number` chooses among the looks of the real one."""
    rules, skip = Rules.of(config), config.frames_a_decision
    if config.env == NAME:
        if rules != Rules(gap=config.gap):
            raise PippinError(f"{NAME} has its own gravity and speed; leave out --gravity and --speed.")
        return real_game(number, config.gap, skip, config.max_pipes)
    pixels = {"auto": None, "pixels": True, "state": False}[observed(config)]
    if not 0 <= config.frame_stack <= MAX_STACK:
        raise PippinError(f"--frame-stack {config.frame_stack} is out of range; give 1 to {MAX_STACK}.", input="stack")
    return GymEnv(make(config.env, pixels), pixels, skip, stack=config.frame_stack)


def observed(config: FlappyConfig) -> str:
    """Return the observation: "pixels", "state", or "auto" for the environment's own observation."""
    if config.env in (SIMULATOR, NAME) and config.observation == "state":
        raise PippinError("Flappy Bird is learned from pixels here; leave out --observation=state.", input="state")
    return config.observation


def seed_of(item: Input) -> int:
    """Return the seed an input names; PippinError where games of that seed are learned from."""
    seed = int(item.read())
    if not 0 <= seed < FIRST_TRAINING_SEED:
        raise PippinError(f"Seed {seed} is out of range: games to play have seeds from 0 to 4294967295.", input=seed)
    return seed


def _simulated(player: Player, config: FlappyConfig, seeds: Sequence[int]) -> list[Episode]:
    simulator = Simulator(len(seeds), Rules.of(config), config.frames_a_decision, config.max_pipes)
    simulator.begin(range(len(seeds)), seeds)
    places, taken = np.arange(len(seeds)), [bytearray() for _ in seeds]
    scores = np.zeros(len(seeds))
    while len(places):
        actions = player(simulator)
        for place, action in zip(places, actions.tolist(), strict=True):
            taken[place].append(action)
        outcome = simulator.step(actions)
        over = outcome.crashed | outcome.capped
        if over.any():
            scores[places[over]] = simulator.games.score[over]
            simulator.keep(~over)
            places = places[~over]
    skip = config.frames_a_decision
    return [
        Episode(seed, float(score), np.frombuffer(actions, np.uint8), skip)
        for seed, score, actions in zip(seeds, scores, taken, strict=True)
    ]


def _real(player: Player, game: GymEnv, seed: int, cap: float) -> Episode:
    taken = list(_steps(player, game, seed, cap, MAX_FRAMES))
    return Episode(seed, game.score, np.array(taken, np.float32 if game.continuous else np.uint16), game.skip)


def _steps(player: Player, game: GymEnv, seed: int, cap: float, most: int) -> Iterator[Any]:
    """Play one game of an environment; yields each action when it was taken."""
    try:
        game.reset(seed)
        for _ in range(most):
            action = player(_SingleEnvAdapter(game))[0]
            _, ended, cut = game.step(action)
            yield action
            if ended or cut or game.score >= cap:
                return
    except PippinError:
        raise
    except Exception as problem:  # third-party code may raise any exception
        raise environment_error(problem) from problem

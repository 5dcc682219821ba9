"""Training games: simulated games side by side that restart when they end, with a point for each pipe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.crash_replay import CrashReplay
from pippin.apps.flappy.dead_ends import DeadEnds
from pippin.apps.flappy.gymnasium_game import NAME
from pippin.apps.flappy.numba_jit import COMPILED
from pippin.apps.flappy.physics import GAME
from pippin.apps.flappy.planner import Planner
from pippin.apps.flappy.presets import MAX_FRAMES, preset, recipe
from pippin.apps.flappy.rollout import SIMULATOR, make_game, observed
from pippin.apps.flappy.rule_ranges import RuleRanges
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.core.errors import PippinError, missing_extra
from pippin.learn.rl.environments import Environments, GymEnv, Step, SyncVectorEnv, environment_error, training_seeds
from pippin.learn.rl.ppo import PPOConfig
from pippin.learn.rl.reward_scaling import RewardScaler

GROUPS = 2  # of games, each of which may be played on a thread of its own
PROBE_GAMES, PROBE_DECISIONS = 100, 4000  # played at random before a training, to see whether rewards are sparse
MIN_PROBED, SPARSE = 5, 0.95  # games it takes to tell, and the share of them that return the same
SEED_STRIDE = 2**24  # games that a group may begin before it comes to those of the next


class TrainingEnv:
    """`count` simulated games, others for each `group`; follows `learn.environments.Environments`.

    The reward is 1 for a pipe passed and -1 for a crash, which comes as soon as nothing can avoid it any more.
    Rules that are ranges are drawn for each game. Of an agent that plays well, half the games begin a moment
    before one was lost (`crash_replay.py`); no score tells of them.
    """

    actions = 2
    continuous = False

    def __init__(self, count: int, rules: Rules | RuleRanges, skip: int, seed: int, group: int = 0) -> None:
        self._ranges = rules if isinstance(rules, RuleRanges) else None
        usual, gaps = (Rules(), rules.gaps) if isinstance(rules, RuleRanges) else (rules, ())
        self.simulator = Simulator(count, usual, skip, MAX_FRAMES, gaps)
        self._dead_ends, self._planner = DeadEnds(skip), Planner(skip)
        self._again = CrashReplay(self.simulator, (seed, group))
        self._seed, self._begun = seed, group * SEED_STRIDE
        self._begin(np.arange(count))

    @property
    def observations(self) -> np.ndarray:
        """What the games show, uint8 [N, ROWS, COLUMNS, 6]."""
        return self.simulator.observations

    def advise(self) -> np.ndarray:
        """Return by how much a flap now is better than none, for a planner that knows the rules, float32 [N]."""
        return self._planner.advantages_of_flapping(self.simulator.games)

    def step(self, actions: np.ndarray) -> Step:
        """Play one decision in every game."""
        self._again.remember()
        passed, crashed, capped = self.simulator.step(actions)
        crashed = crashed | (~capped & self._dead_ends.find(self.simulator.games))
        over = np.flatnonzero(crashed | capped)
        scores = self.simulator.games.score[over[~self._again.goes_on[over]]].tolist()
        last = {int(n): self.observations[n].copy() for n in np.flatnonzero(capped)}
        for n in over.tolist():
            self._again.over(n, bool(crashed[n]))
        restarted = [n for n in over.tolist() if not self._again.begin(n)]
        if restarted:
            self._begin(np.array(restarted))
        return Step((passed - crashed).astype(np.float32), crashed, capped, last, scores)

    def keep(self) -> dict[str, np.ndarray]:
        """Return the games as they stand."""
        games = self.simulator.games.view(np.uint8).reshape(len(self.observations), -1)
        return {
            "games": games,
            "gaps": self.simulator.gaps,
            "observations": self.observations,
            "begun": np.array([self._begun]),
            **self._again.keep(),
        }

    def go_on(self, kept: Mapping[str, np.ndarray]) -> None:
        """Continue with games that were kept."""
        self.simulator.games[:] = np.ascontiguousarray(kept["games"]).view(GAME)[:, 0].view(np.recarray)
        self.simulator.gaps[:], self.simulator.observations[:] = kept["gaps"], kept["observations"]
        self._begun = int(kept["begun"][0])
        self._again.go_on(kept)

    def _begin(self, which: np.ndarray) -> None:
        seeds = training_seeds(self._seed, self._begun)
        drawn = [next(seeds) for _ in which]
        rules = [self._ranges.draw(seed) for seed in drawn] if self._ranges else ()
        self.simulator.begin(which.tolist(), drawn, rules)
        self._begun += len(which)


def practice(config: FlappyConfig, seed: int) -> tuple[list[Environments], PPOConfig, int, int]:
    """Return groups of training games, the recipe, the number of frames to play and the frames per decision."""
    observed(config)
    if seed < 0:
        raise PippinError(f"--seed {seed} is below zero; give a whole number from 0 on.", input=seed)
    if config.env in (SIMULATOR, NAME) and not COMPILED:
        raise missing_extra("numba", "flappy", "Practising millions of frames")
    if config.env == SIMULATOR:
        experience, settings = recipe(config)
        how = PPOConfig(**settings)
        skip = config.frames_a_decision
        rules = RuleRanges() if config.preset == "any-rules" else Rules.of(config)
        count = how.games // GROUPS
        return [TrainingEnv(count, rules, skip, seed, group) for group in range(GROUPS)], how, experience, skip
    first = make_game(config, 0)
    experience, settings = recipe(config, first)
    how = PPOConfig(**settings)
    games = [first, *(make_game(config, number) for number in range(1, how.games))]
    scaler = RewardScaler(len(games), how.discount, normalize=normalizes(config, first), clip=config.clip_reward)
    return [SyncVectorEnv(games, seed, scaler)], how, experience, first.skip


def sparse_reward(config: FlappyConfig) -> str:
    """Return a warning where games played at random hardly ever differ in what they return; "" elsewhere.

    PippinError if the environment breaks.
    """
    try:
        return _sparse_reward(config)
    except PippinError:
        raise
    except Exception as problem:  # an environment of another package may raise any error
        raise environment_error(problem) from problem


def _sparse_reward(config: FlappyConfig) -> str:
    game, chance = make_game(config, 0), np.random.default_rng(0)
    returns: list[float] = []
    seeds, decisions = training_seeds(0), 0
    game.reset(next(seeds))
    while len(returns) < PROBE_GAMES and decisions < PROBE_DECISIONS:
        actions = chance.uniform(-1, 1, game.actions) if game.continuous else chance.integers(game.actions)
        _, ended, cut = game.step(actions)
        decisions += 1
        if ended or cut:
            returns.append(game.score)
            game.reset(next(seeds))
    usual = max(returns.count(one) for one in returns) if returns else 0
    if len(returns) < MIN_PROBED or usual < SPARSE * len(returns):
        return ""
    return (
        f"The reward of {config.env} is sparse: {usual} of {len(returns)} games played at random returned the same, so "
        "that there is little to learn from; it may take more --total-frames, or a larger --entropy."
    )


def normalizes(config: FlappyConfig, game: GymEnv) -> bool:
    """Return whether rewards are divided by the running deviation of returns; where it is not said, the preset says."""
    chosen = config.normalize_reward
    return chosen == "yes" or (chosen == "auto" and preset(config, game).normalize_reward)

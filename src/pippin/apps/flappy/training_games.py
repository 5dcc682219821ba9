"""Training games: simulated games side by side that restart when they end, with a point for each pipe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.crash_replay import CrashReplay
from pippin.apps.flappy.gymnasium_game import NAME
from pippin.apps.flappy.numba_jit import COMPILED
from pippin.apps.flappy.physics import GAME
from pippin.apps.flappy.presets import MAX_FRAMES, preset
from pippin.apps.flappy.rollout import SIMULATOR, make_game, observed
from pippin.apps.flappy.rule_ranges import RuleRanges
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.core.errors import PippinError, missing_extra
from pippin.learn.rl.environments import Environments, Step, SyncVectorEnv, training_seeds
from pippin.learn.rl.ppo import PPOConfig

GROUPS = 2  # of games, each of which may be played on a thread of its own
SEED_STRIDE = 2**24  # games that a group may begin before it comes to those of the next


class TrainingEnv:
    """`count` simulated games, others for each `group`; follows `learn.environments.Environments`.

    The reward is 1 for a pipe passed and -1 for a crash: the agent's own score, and nothing else about the game.
    Rules that are ranges are drawn anew for each game. Of an agent that plays well, half the games begin a moment before one was lost (`crash_replay.py`); no score tells
    of them.
    """

    actions = 2

    def __init__(self, count: int, rules: Rules | RuleRanges, skip: int, seed: int, group: int = 0) -> None:
        self._ranges = rules if isinstance(rules, RuleRanges) else None
        usual, gaps = (Rules(), rules.gaps) if isinstance(rules, RuleRanges) else (rules, ())
        self.simulator = Simulator(count, usual, skip, MAX_FRAMES, gaps)
        self._again = CrashReplay(self.simulator, (seed, group))
        self._seed, self._begun = seed, group * SEED_STRIDE
        self._begin(np.arange(count))

    @property
    def observations(self) -> np.ndarray:
        """What the games show, uint8 [N, ROWS, COLUMNS, 6]."""
        return self.simulator.observations

    def step(self, actions: np.ndarray) -> Step:
        """Play one decision in every game."""
        self._again.remember()
        passed, crashed, capped = self.simulator.step(actions)
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
    if config.preset == "any-rules" and config.env != SIMULATOR:
        raise PippinError(f"The rules of {config.env} cannot be drawn anew; leave out --preset any-rules.")
    if config.env == SIMULATOR:
        experience, settings = preset(config, pixels=True)
        how = PPOConfig(**settings)
        skip = config.frames_a_decision
        rules = RuleRanges() if config.preset == "any-rules" else Rules.of(config)
        count = how.games // GROUPS
        return [TrainingEnv(count, rules, skip, seed, group) for group in range(GROUPS)], how, experience, skip
    first = make_game(config, 0)
    experience, settings = preset(config, first.pixels)
    how = PPOConfig(**settings)
    games = [first, *(make_game(config, number) for number in range(1, how.games))]
    return [SyncVectorEnv(games, seed)], how, experience, first.skip

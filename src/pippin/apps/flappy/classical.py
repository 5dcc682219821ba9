"""Baselines of the agent: random actions, a fixed beat, a hand-made rule, and Q-learning on hand-made features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.numba_jit import compiled
from pippin.apps.flappy.physics import GAME, PHASES, decide, start
from pippin.apps.flappy.presets import MAX_FRAMES as CUT
from pippin.apps.flappy.presets import recipe
from pippin.apps.flappy.rollout import SIMULATOR, Player, play
from pippin.apps.flappy.rules import BIRD_HEIGHT, BIRD_X, GAP_TOPS, PIPE_WIDTH, PIPES, Rules
from pippin.apps.flappy.scoring import predictions
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState
from pippin.learn.rl.actions import random_actions
from pippin.learn.rl.environments import training_seeds

NUM_TRIALS = 30  # games by which a beat or a margin is chosen, none of them measured by later


class RandomPolicy:
    """Plays at random; follows core.learner's Learner."""

    def __init__(self, config: FlappyConfig) -> None:
        self.config = config

    def fit(self, data: Dataset, run: Run) -> None:
        """Do nothing: there is nothing to learn."""

    def player(self) -> Player:
        """Return a player to which each action is as likely as any other."""
        rng = np.random.default_rng(0)
        return lambda games: random_actions(games, rng)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Play the game of each seed."""
        return predictions(self.player(), self.config, inputs)

    def save(self) -> SavedState:
        """Return an empty state: nothing was learned."""
        return SavedState()

    def load(self, saved: SavedState) -> None:
        """Do nothing: nothing was saved."""


class Chosen(RandomPolicy, ABC):
    """A player with one number, chosen by the games of a few seeds to learn from; sees the game's own state."""

    candidates: Sequence[int] = ()

    def __init__(self, config: FlappyConfig) -> None:
        super().__init__(config)
        self.number = 0

    @abstractmethod
    def with_number(self, number: int) -> Player:
        """Return the player for a number."""

    def fit(self, data: Dataset, run: Run) -> None:
        """Choose the number that passes most pipes."""
        _only_simulated(self.config)
        seeds = [seed for seed, _ in zip(training_seeds(run.seed), range(NUM_TRIALS), strict=False)]
        best = -1.0
        for number in self.candidates:
            games = play(
                self.with_number(number), replace(self.config, max_pipes=min(100, self.config.max_pipes)), seeds
            )
            mean = float(np.mean([game.score for game in games]))
            run.log(number=number, mean_pipes=mean)
            if mean > best:
                best, self.number = mean, number
            if run.should_stop:
                break

    def player(self) -> Player:
        """Return the player for the chosen number."""
        _only_simulated(self.config)
        return self.with_number(self.number)

    def save(self) -> SavedState:
        """Return the number."""
        return SavedState(config={"number": self.number})

    def load(self, saved: SavedState) -> None:
        """Restore the number that was saved."""
        self.number = int(saved.config["number"])


class FixedPeriod(Chosen):
    """Flap at every n-th decision, independent of the observation."""

    candidates = range(2, 13)

    def with_number(self, number: int) -> Player:
        """Flap where the frames played so far are a multiple of n decisions."""
        return lambda games: (games.games.frames // games.skip % number == 0).astype(np.int64)


class Rule(Chosen):
    """The rule an expert writes: flap when the bird would come nearer than a margin to the lower pipe's edge."""

    candidates = range(-8, 33, 2)

    def with_number(self, number: int) -> Player:
        """Return the player with a margin of `number` pixels; it foresees the bird's height after the next decision."""
        gap, gravity = self.config.gap, self.config.gravity

        def player(games: Any) -> np.ndarray:
            sinks = [_would_sink(game, gap, games.skip, number, gravity) for game in games.games]
            return np.array(sinks, np.int64)

        return player


def _would_sink(game: Any, gap: int, skip: int, margin: int, gravity: float) -> bool:
    _, top = min((x, top) for x, top in zip(game.pipe_x, game.pipe_gap, strict=True) if x + PIPE_WIDTH > BIRD_X)
    fall = skip * game.velocity + gravity * skip * (skip + 1) / 2  # pixels in the next decision, if it idles
    return bool(game.y + fall + BIRD_HEIGHT + margin > GAP_TOPS[top] + gap)


# The three features: pixels to the end of the next pipe (a bin is what passes in a decision of the real game), pixels
# above its lower edge, and velocity.
WIDE, HIGH = 12, 6
BINS = (38, 94, 21)
FIRST_RATE, LAST_RATE, DISCOUNT = 0.3, 0.02, 0.97
OPTIMISTIC_INIT = 3.0  # above any reachable value, so that untried actions are tried
TURN = 20_000  # decisions between looks at the clock
MAX_PERIOD = 64  # decisions after which is learned from them, if the game goes on


@compiled
def place(game: Any, gap: float) -> int:
    """Return the index of the bin of the three features that a game is in."""
    nearest, top = 10_000.0, 0
    for i in range(PIPES):
        end = game.pipe_x[i] + PIPE_WIDTH - BIRD_X
        if 0 < end < nearest:
            nearest, top = end, GAP_TOPS[0] + 10 * game.pipe_gap[i]
    wide = min(BINS[0] - 1, int(nearest / WIDE))
    high = min(BINS[1] - 1, max(0, int((top + gap - game.y) / HIGH) + BINS[1] // 3))
    fast = min(BINS[2] - 1, max(0, int(game.velocity) + 10))
    return (wide * BINS[1] + high) * BINS[2] + fast


@compiled
def practise(worth: Any, games: Any, gaps: Any, draws: Any, trail: Any, skip: int, rules: Any, rate: float) -> int:
    """Play as many decisions as there are random pipes in `draws` [turns, 4]; learn from each game backwards.

    `worth` [states, 2] is changed in place; `trail` is room for LONGEST decisions. Returns how many games were begun.
    """
    game, length, begun, over = games[0], 0, 0, np.zeros(1, np.bool_)
    actions = np.zeros(1, np.int64)
    for turn in range(len(draws)):
        here = place(game, rules[1])
        actions[0] = 1 if worth[here, 1] > worth[here, 0] else 0
        before = game.score
        gaps[0, game.drawn % gaps.shape[1]] = draws[turn, 3]
        decide(games, gaps, actions, skip, 1, over)
        trail[length, 0], trail[length, 1], trail[length, 2] = here, actions[0], game.score - before - over[0]
        length += 1
        cut = game.score >= CUT  # or beginnings would hardly be practised any more
        if over[0] or cut or length == len(trail):
            after = 0.0 if over[0] else worth[place(game, rules[1])].max()
            for back in range(length - 1, -1, -1):
                at, action = trail[back, 0], trail[back, 1]
                worth[at, action] += rate * (trail[back, 2] + DISCOUNT * after - worth[at, action])
                after = worth[at].max()
            length = 0
        if over[0] or cut:
            begun += 1
            gaps[0, :PIPES] = draws[turn, :PIPES]
            start(games, 0, gaps, np.zeros(7, np.int64), rules)
    return begun


class TabularQ(RandomPolicy):
    """Q-learning in a table (Watkins 1989) over three features a person thought of; it never sees an image."""

    def __init__(self, config: FlappyConfig) -> None:
        super().__init__(config)
        self.worth = np.full((BINS[0] * BINS[1] * BINS[2], 2), OPTIMISTIC_INIT)

    def fit(self, data: Dataset, run: Run) -> None:
        """Play as many frames as the agent does, with games of other seeds than any that is measured by."""
        _only_simulated(self.config)
        rules, skip = Rules.of(self.config), self.config.frames_a_decision
        total = recipe(self.config)[0] // skip
        rng = np.random.default_rng(next(training_seeds(run.seed)))
        games: Any = np.zeros(1, GAME).view(np.recarray)
        gaps = rng.integers(0, len(GAP_TOPS), (1, 64)).astype(np.uint8)
        start(games, 0, gaps, np.zeros(len(PHASES), np.int64), rules.to_numbers())
        trail, done, begun = np.zeros((MAX_PERIOD, 3), np.int64), 0, 0
        while done < total and not run.should_stop:
            pipes = rng.integers(0, len(GAP_TOPS), (min(TURN, total - done), PIPES + 1)).astype(np.uint8)
            rate = max(LAST_RATE, FIRST_RATE * (1 - done / total))
            begun += practise(self.worth, games, gaps, pipes, trail, skip, rules.to_numbers(), rate)
            done += len(pipes)
            run.log(step=done, total=total, games=begun)
            run.report_progress(done * skip)

    def player(self) -> Player:
        """Return a player that takes the action worth more in the state of a game."""
        _only_simulated(self.config)
        gap = self.config.gap

        def player(games: Any) -> np.ndarray:
            places = [place(game, gap) for game in games.games]
            return (self.worth[places, 1] > self.worth[places, 0]).astype(np.int64)

        return player

    def save(self) -> SavedState:
        """Return the table."""
        return SavedState({"worth": self.worth.astype(np.float32)})

    def load(self, saved: SavedState) -> None:
        """Restore the table that was saved."""
        self.worth = saved.tensors["worth"].astype(np.float64)


def _only_simulated(config: FlappyConfig) -> None:
    if config.env != SIMULATOR:
        raise PippinError(f"It reads the state of the simulated game, which {config.env} does not show.")

"""Many games of Flappy Bird at once, seen as small colour frames: what an agent plays and learns from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pippin.apps.flappy.frame_rendering import CANVAS, draw, remember
from pippin.apps.flappy.physics import GAME, PHASES, decide, start
from pippin.apps.flappy.rules import GAP_TOPS, PIPES, Rules
from pippin.apps.flappy.sprite_tables import COLUMNS, ROWS, tables
from pippin.learn.rl.environments import SEEN


class Outcome(NamedTuple):
    """What a decision brought in each game: pipes passed, whether the bird crashed, whether the cap was reached."""

    passed: np.ndarray
    crashed: np.ndarray
    capped: np.ndarray


class Simulator:
    """Games side by side; `observations` is what they show now, uint8 (games, ROWS, COLUMNS, 3 * SEEN), newest first.

    A decision flaps or not and then idles for `skip` - 1 frames. A game ends when the bird crashes, or with `cap`
    pipes. Its pipes are those of the real game after `reset(seed)`. Games may have rules of their own, if their gaps
    are among `gaps`.
    """

    actions = 2
    continuous = False

    def __init__(self, count: int, rules: Rules, skip: int = 3, cap: int = 1000, gaps: Sequence[int] = ()) -> None:
        self.skip, self.cap = skip, cap
        self._rules = rules
        self.games: Any = np.zeros(count, GAME).view(np.recarray)
        self.gaps = np.zeros((count, cap + PIPES + 1), np.uint8)
        self.canvas = np.zeros((count, *CANVAS), np.uint8)
        self.observations = np.zeros((count, ROWS, COLUMNS, 3 * SEEN), np.uint8)
        self._tables = tables(sorted({rules.gap, *gaps}))
        self._ended = np.zeros(count, np.bool_)

    def begin(self, which: Sequence[int], seeds: Sequence[int], rules: Sequence[Rules] = ()) -> None:
        """Begin new games at the indices `which`; the seeds also draw the phases of the animation and the colours.

        Each is played by its own of the `rules`, or all (none given) by those of the simulator.
        """
        for index, seed, its in zip(which, seeds, rules or [self._rules] * len(seeds), strict=True):
            self.gaps[index] = np.random.default_rng(seed).integers(0, len(GAP_TOPS), self.gaps.shape[1])
            phases = np.random.default_rng([seed, 1]).integers(0, PHASES)
            start(self.games, index, self.gaps, phases, its.to_numbers())
        self.show(np.asarray(which), fresh=True)

    def step(self, actions: np.ndarray) -> Outcome:
        """Apply one decision in each game (1 flaps); games that ended must be restarted before the next."""
        before = self.games.score.copy()
        decide(self.games, self.gaps, actions, self.skip, 1, self._ended)
        self.show(np.arange(len(self.games)), fresh=False)
        passed = self.games.score - before
        return Outcome(passed, self._ended.copy(), ~self._ended & (self.games.score >= self.cap))

    def keep(self, which: np.ndarray) -> None:
        """Keep these games only (a mask)."""
        for name in ("games", "gaps", "canvas", "observations", "_ended"):
            setattr(self, name, getattr(self, name)[which])

    def show(self, which: np.ndarray, *, fresh: bool) -> None:
        """Draw the games at the indices `which`; before a `fresh` one nothing was seen."""
        draw(self.canvas, self.games, self._tables, which)
        remember(self.observations.reshape(len(self.games), ROWS, -1), self.canvas, which, fresh)

"""Lost games, played again from a moment before they were lost: what is rare is practised as often as it needs.

An agent that plays well loses once in thousands of pipes, so that playing on teaches it next to nothing. To go back to
where something is to be learned, in games that can be put back, is an idea of Ecoffet et al. 2021, "First return, then
explore"; to choose among games those that went badly, of Jiang et al. 2021, "Prioritized level replay".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pippin.apps.flappy.simulator import Simulator

SHARE = 0.5  # of games that begin are such moments, once it plays well; in proportion as long as it does not
NEAREST, FARTHEST = 6, 20  # decisions before the crash to which it goes back: two pipes are twelve apart
MOMENTS = 32  # of the games lost last
EMA_RATE = 0.02  # how fast the mean score follows those of single games


class CrashReplay:
    """The moments before the last crashes; `goes_on[n]` tells that game n began with one.

    A moment is two states of a game, for what is seen is the screen now and one decision ago, and the pipes to come.
    """

    def __init__(self, simulator: Simulator, seed: tuple[int, ...]) -> None:
        count = len(simulator.games)
        self.simulator, self._seed = simulator, seed
        self.goes_on = np.zeros(count, np.bool_)
        self._past = np.zeros((FARTHEST + 2, count), simulator.games.dtype)  # the newest at `_turn`
        self._age = np.zeros(count, np.int64)  # states remembered of this game since it began
        self._states = np.zeros((2, MOMENTS), simulator.games.dtype)
        self._gaps = np.zeros((MOMENTS, simulator.gaps.shape[1]), simulator.gaps.dtype)
        self._turn = self._lost = self._begun = 0
        self._skill = 0.0  # running mean score, as a share of the maximum pipes of a game

    def remember(self) -> None:
        """Keep the games as they stand before a decision."""
        self._turn = (self._turn + 1) % len(self._past)
        self._past[self._turn] = self.simulator.games
        self._age += 1

    def over(self, index: int, crashed: bool) -> None:
        """Note how a game ended, and a moment before its crash, if it is old enough to have one."""
        if not self.goes_on[index]:
            self._skill += EMA_RATE * (self.simulator.games.score[index] / self.simulator.cap - self._skill)
        back = int(np.random.default_rng([*self._seed, 1, self._lost]).integers(NEAREST, FARTHEST + 1))
        if not crashed or self._age[index] <= back:
            return
        place = self._lost % MOMENTS
        for which in range(2):
            self._states[which, place] = self._past[(self._turn - back + which) % len(self._past), index]
        self._gaps[place] = self.simulator.gaps[index]
        self._lost += 1

    def begin(self, index: int) -> bool:
        """Restart a game that is over from a recorded moment; return False if it must begin at the start."""
        rng = np.random.default_rng([*self._seed, 2, self._begun])
        self._begun += 1
        self._age[index] = 0
        known = min(self._lost, MOMENTS)
        self.goes_on[index] = known > 0 and rng.random() < SHARE * self._skill
        if not self.goes_on[index]:
            return False
        position = int(rng.integers(known))
        self.simulator.gaps[index] = self._gaps[position]
        for which in range(2):
            self.simulator.games[index] = self._states[which, position]
            self.simulator.show(np.array([index]), fresh=which == 0)
        return True

    def keep(self) -> dict[str, np.ndarray]:
        """Return all that is needed to go on."""
        return {
            "past": _bytes(self._past),
            "age": self._age,
            "goes_on": self.goes_on,
            "lost_states": _bytes(self._states),
            "lost_gaps": self._gaps,
            "counts": np.array([self._turn, self._lost, self._begun]),
            "skill": np.array([self._skill]),
        }

    def go_on(self, kept: Mapping[str, np.ndarray]) -> None:
        """Continue with what was kept."""
        for ours, name in ((self._past, "past"), (self._states, "lost_states")):
            ours[:] = np.ascontiguousarray(kept[name]).view(ours.dtype)[..., 0]
        self._age[:], self.goes_on[:], self._gaps[:] = kept["age"], kept["goes_on"], kept["lost_gaps"]
        self._turn, self._lost, self._begun = (int(number) for number in kept["counts"])
        self._skill = float(kept["skill"][0])


def _bytes(games: np.ndarray) -> np.ndarray:
    """Return games as bytes, which any file can hold."""
    return games.view(np.uint8).reshape(*games.shape, -1)

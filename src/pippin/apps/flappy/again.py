"""Lost games, played again from a moment before they were lost: what is rare is practised as often as it needs.

An agent that plays well loses once in thousands of pipes, so that playing on teaches it next to nothing. To go back to
where something is to be learned, in games that can be put back, is an idea of Ecoffet et al. 2021, "First return, then
explore".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pippin.apps.flappy.simulator import Simulator

SHARE = 0.5  # of lost games: again from a moment before; the others begin anew, with another seed
NEAREST, FARTHEST = 4, 20  # decisions before the crash to which it goes back: two pipes are twelve apart


class Again:
    """The last moments of every game of a simulator; `goes_on[n]` tells that game n was lost before and put back."""

    def __init__(self, simulator: Simulator, seed: int) -> None:
        count = len(simulator.games)
        self.simulator, self._seed = simulator, seed
        self.goes_on = np.zeros(count, np.bool_)
        self._past = np.zeros((FARTHEST + 2, count), simulator.games.dtype)  # the newest at `_turn`
        self._from = np.zeros((2, count), simulator.games.dtype)  # two moments of the game where it was put back to
        self._age = np.zeros(count, np.int64)  # moments remembered of this game since it began or was put back
        self._turn, self._lost = 0, 0

    def remember(self) -> None:
        """Keep the games as they stand before a decision."""
        self._turn = (self._turn + 1) % len(self._past)
        self._past[self._turn] = self.simulator.games
        self._age += 1

    def put_back(self, index: int) -> bool:
        """Put a lost game back; False where it is to begin anew."""
        chance = np.random.default_rng([self._seed, 1, self._lost])
        self._lost += 1
        back = int(chance.integers(NEAREST, FARTHEST + 1))
        if chance.random() >= SHARE or (self._age[index] <= back and not self.goes_on[index]):
            return False
        if self._age[index] > back:  # else it was lost at once again: to the same moments once more
            for which, moment in enumerate((self._turn - back, self._turn - back + 1)):
                self._from[which, index] = self._past[moment % len(self._past), index]
        self._show(index)
        return True

    def begun(self, which: np.ndarray) -> None:
        """These games began anew."""
        self._age[which], self.goes_on[which] = 0, False

    def keep(self) -> dict[str, np.ndarray]:
        """All that is needed to go on."""
        return {
            "past": _plain(self._past),
            "from": _plain(self._from),
            "age": self._age,
            "goes_on": self.goes_on,
            "lost": np.array([self._turn, self._lost]),
        }

    def go_on(self, kept: Mapping[str, np.ndarray]) -> None:
        """Go on with what was kept."""
        self._past[:], self._from[:] = (
            np.ascontiguousarray(kept[name]).view(self._past.dtype)[..., 0] for name in ("past", "from")
        )
        self._age[:], self.goes_on[:] = kept["age"], kept["goes_on"]
        self._turn, self._lost = (int(number) for number in kept["lost"])

    def _show(self, index: int) -> None:
        """What is seen are two moments, one after the other."""
        for which in range(2):
            self.simulator.games[index] = self._from[which, index]
            self.simulator.show(np.array([index]), fresh=which == 0)
        self._age[index], self.goes_on[index] = 0, True


def _plain(games: np.ndarray) -> np.ndarray:
    """Games as bytes, which any file can hold."""
    return games.view(np.uint8).reshape(*games.shape, -1)

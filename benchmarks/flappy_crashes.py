"""How the built-in agent's rare crashes come about: where, by which decision, and whether it sees worse at night.

Games are played as they are scored. Of each crash, the fatal decision is found: the last from which a search still
finds a way on (`dead_ends.py`). The same moment is then shown by the other sky, with the other birds and pipes, and it
is asked whether the agent would decide otherwise there.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from _results import Row, write

from pippin.apps.flappy import application
from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.dead_ends import DeadEnds
from pippin.apps.flappy.learner import Agent
from pippin.apps.flappy.rules import BIRD_HEIGHT, BIRD_WIDTH, BIRD_X, GAP_TOPS, PIPE_WIDTH, Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.core.artifact import read_artifact
from pippin.learn.metrics import wilson

CAP = 1000
BACK = 40  # decisions before a crash that are looked through
LOOKS = list(itertools.product(range(2), range(3), range(2)))  # background (0 day, 1 night), bird, pipe


@dataclass(frozen=True)
class Crash:
    """A fatal decision: where the bird was (pixels; `above` the lower edge of the next gap), and what it did.

    `climb` is by how many pixels that gap lies above the one before. `others` is the share of looks of the same sky and
    of the other in which the agent would have decided otherwise.
    """

    seed: int
    night: bool
    bird: int
    pipe: int
    frame: int
    pipes: int
    height: float
    above: float
    velocity: float
    climb: int
    ahead: float
    flapped: bool
    early: int  # decisions before the crash
    doubt: float  # probability of what it did not do
    other_sky: float
    same_sky: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", type=int, default=256)
    asked = parser.parse_args()
    artifact = read_artifact(application.builtin)
    agent = Agent(FlappyConfig.read(artifact.facts["config"]))
    agent.load(artifact.part("model"))
    crashes = list(find_crashes(agent, asked.games))
    nights = sum(crash.night for crash in crashes)
    count = len(crashes)
    rows = [("games lost before their 1000th pipe", count, asked.games), ("of them, by night", nights, count)]
    rows += [
        ("fatal decisions taken otherwise by the other sky", sum(c.other_sky > 0.5 for c in crashes), count),
        ("fatal decisions taken otherwise with most other birds and pipes by the same sky",
         sum(c.same_sky > 0.5 for c in crashes), count),
        ("fatal decisions of which it was in doubt (0.1 or more for the other)",
         sum(c.doubt >= 0.1 for c in crashes), count),
        ("fatal decisions that flapped", sum(c.flapped for c in crashes), count),
    ]  # fmt: skip
    shown = []
    for what, some, of in rows if count else rows[:1]:
        share = wilson(some, of)
        shown.append(Row(what, share.value, "", share.low, share.high, note=f"{some} of {of}"))
    facts = [asdict(crash) for crash in crashes]
    write("flappy_crashes", "How the built-in agent loses", shown, crashes=facts)


def find_crashes(agent: Agent, games: int) -> Iterator[Crash]:
    """Play games of the seeds from 0 on side by side; yields the fatal decision of each that is lost."""
    simulator, player = Simulator(games, Rules(), 3, CAP), agent.player()
    simulator.begin(range(games), range(games))
    seeds = np.arange(games)
    past: list[np.ndarray] = []
    while len(seeds):
        past = [*past, simulator.games.copy()][-BACK:]
        outcome = simulator.step(player(simulator))
        for n in np.flatnonzero(outcome.crashed):
            yield fatal(agent, np.stack([states[n] for states in past]), int(seeds[n]), simulator.gaps[n])
        over = outcome.crashed | outcome.capped
        if over.any():
            simulator.keep(~over)
            seeds, past = seeds[~over], [states[~over] for states in past]


def fatal(agent: Agent, states: np.ndarray, seed: int, gaps: np.ndarray) -> Crash:
    """Return the fatal decision in the last states [T] of a game; the first that is lost follows on it."""
    lost = DeadEnds(3).find(states.view(np.recarray))
    last = int(np.flatnonzero(~lost)[-1])
    before, state = states[max(0, last - 1)], states[last]
    shares = {look: decision(agent, before, state, look) for look in LOOKS}
    own = (int(state["background"]), int(state["bird"]), int(state["pipe"]))
    flapped = shares[own] > 0.5
    sky = {night: [(s > 0.5) != flapped for (b, *_), s in shares.items() if b == night] for night in range(2)}
    ahead = np.where(state["pipe_x"] + PIPE_WIDTH > BIRD_X, state["pipe_x"], np.inf)
    near = int(ahead.argmin())
    top, drawn = GAP_TOPS[int(state["pipe_gap"][near])], int(state["score"])
    return Crash(
        seed, bool(own[0]), own[1], own[2], int(state["frames"]), drawn, float(state["y"]),
        float(top + state["gap"] - BIRD_HEIGHT - state["y"]), float(state["velocity"]),
        10 * (int(gaps[max(0, drawn - 1)]) - int(gaps[drawn])), float(ahead[near] - BIRD_X - BIRD_WIDTH), bool(flapped),
        len(states) - last, float(min(shares[own], 1 - shares[own])), float(np.mean(sky[1 - own[0]])),
        float(np.sum(sky[own[0]]) / (len(sky[own[0]]) - 1)),
    )  # fmt: skip


def decision(agent: Agent, before: Any, state: Any, look: tuple[int, int, int]) -> float:
    """Return the probability to flap in a state that follows another, both shown by a look."""
    simulator = Simulator(1, Rules(), 3, CAP)
    for fresh, its in ((True, before), (False, state)):
        simulator.games[0] = its
        simulator.games.background[0], simulator.games.bird[0], simulator.games.pipe[0] = look
        simulator.show(np.array([0]), fresh=fresh)
    idle, flap = agent.thoughts(simulator.observations)[0][0]
    return float(1 / (1 + np.exp(idle - flap)))


if __name__ == "__main__":
    main()

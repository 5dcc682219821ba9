"""Flappy Bird by rules it was never told: the built-in agent on a grid of gravity, gap and speed kept out of training.

Each point of the grid lies in held-out bands of all three rules (`rule_ranges.HELD_OUT`), so that no training game had
any of its values. `--games` are played at each, of at most 100 pipes; a point counts where `winnable` says that all
games looked at can be won. `--model` is the folder of another agent; `--other` plays it beside the built-in one. The
planner that advises a training over ranges of rules plays the same games: it is told the rules.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _results import Row, write

from pippin.apps.flappy import application
from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.learner import Agent
from pippin.apps.flappy.planner import Planner
from pippin.apps.flappy.reachability import reachable_pipes
from pippin.apps.flappy.rollout import Player
from pippin.apps.flappy.rule_ranges import HELD_OUT
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.core.artifact import read_artifact
from pippin.learn.metrics import bootstrap, wilson

CAP = 100
GOOD = 80  # mean pipes of 100 from which a point counts as mastered
LOOKED_AT, FAR = 2, 30  # games by which a point is known to be winnable, and how many pipes of each
FIRST_SEED = 5000
PLANNER = Planner(3)


def grid() -> list[Rules]:
    """The middle of every band of each rule, with that of every other."""
    middles = {name: [(low + high) / 2 for low, high in bands] for name, bands in HELD_OUT.items()}
    gaps = [int(gap) for gap in middles["gap"]]
    points = itertools.product(middles["gravity"], gaps, middles["speed"])
    return [Rules(round(gravity, 3), gap, round(speed, 3)) for gravity, gap, speed in points]


def play_grid(player: Player, points: Sequence[Rules], games: int, cap: int = CAP) -> np.ndarray:
    """Pipes [points, games] of games side by side."""
    rules = [rules for rules in points for _ in range(games)]
    seeds = [FIRST_SEED + n % games for n in range(len(rules))]
    simulator = Simulator(len(rules), Rules(), 3, cap, [one.gap for one in rules])
    simulator.begin(range(len(rules)), seeds, rules)
    left, pipes = np.arange(len(rules)), np.zeros(len(rules))
    while len(left):
        outcome = simulator.step(player(simulator))
        over = outcome.crashed | outcome.capped
        if over.any():
            pipes[left[over]] = simulator.games.score[over]
            simulator.keep(~over)
            left = left[~over]
    return pipes.reshape(len(points), games)


def is_winnable(rules: Rules) -> bool:
    """Whether a perfect player passes the first pipes of all games looked at."""
    return all(reachable_pipes(rules, 3, 1, FAR, FIRST_SEED + n) >= FAR for n in range(LOOKED_AT))


def agent_of(folder: Path) -> Agent:
    """The agent in the folder of an artifact."""
    artifact = read_artifact(folder)
    agent = Agent(FlappyConfig.read(artifact.facts["config"]))
    agent.load(artifact.part("model"))
    return agent


def planned(simulator: Simulator) -> np.ndarray:
    """What the planner does that knows the rules."""
    return (PLANNER.advantages_of_flapping(simulator.games) > 0).astype(np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=application.builtin)
    parser.add_argument("--other", type=Path, help="an agent trained on the usual game alone, to play beside it")
    parser.add_argument("--games", type=int, default=10)
    asked = parser.parse_args()
    points = grid()
    winnable = np.array([is_winnable(rules) for rules in points])
    pipes = play_grid(agent_of(asked.model).player(), points, asked.games)
    planner = play_grid(planned, points, asked.games)
    beside = play_grid(agent_of(asked.other).player(), points, asked.games) if asked.other else None
    rows = _rows(pipes[winnable], None if beside is None else beside[winnable], len(points))
    told = planner[winnable].mean(1)
    rows.append(
        Row(f"the planner that knows the rules: share of points above {GOOD}", float((told > GOOD).mean()),
            note=f"mean pipes {told.mean():.1f}; the training learns from its advice")
    )  # fmt: skip
    facts: list[dict[str, Any]] = [
        {"gravity": rules.gravity, "gap": rules.gap, "speed": rules.speed, "winnable": bool(can), "pipes": its.tolist()}
        for rules, can, its in zip(points, winnable, pipes, strict=True)
    ]
    write("flappy_rules", "Flappy Bird by other rules, without training", rows, grid=facts)


def _rows(pipes: np.ndarray, beside: np.ndarray | None, total: int) -> list[Row]:
    means = pipes.mean(1)
    share, mean = wilson(int((means > GOOD).sum()), len(means)), bootstrap(lambda x: float(x.mean()), means)
    other = None if beside is None else float((beside.mean(1) > GOOD).mean())
    note = f"{len(means)} of {total} points can be won; {pipes.shape[1]} games each"
    rows = [
        Row(f"rules kept out of training: share of points above {GOOD} of {CAP} pipes", share.value, "", share.low,
            share.high, "at least 0.6", other, note + ("; beside: trained on the usual game alone" if other is not None
            else "")),
        Row(f"the same: mean pipes of {CAP}", mean.value, "", mean.low, mean.high, "",
            None if beside is None else float(beside.mean())),
    ]  # fmt: skip
    return rows


if __name__ == "__main__":
    main()

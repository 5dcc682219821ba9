"""Other environments learned by `pippin flappy train --env X`: the mean return of 100 games, and its cost.

`--only` measures some of them; those measured before stay in the table. LunarLander, MiniGrid and Pong need the extras
`box2d`, `minigrid` and `atari`. One seed each, unless `--seeds` says more: the worst is shown, the others are noted.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", SDL_VIDEODRIVER="dummy")

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _results import RESULTS, Row, write

from pippin.apps.flappy import application
from pippin.apps.flappy.data import load
from pippin.apps.flappy.environment_presets import ENVIRONMENTS, environment_name
from pippin.apps.flappy.learner import Agent
from pippin.core.files import read_json
from pippin.core.run import Run
from pippin.learn.metrics import bootstrap

NAMES = (
    "CartPole-v1",
    "Acrobot-v1",
    "LunarLander-v3",
    "FrozenLake-v1",
    "Taxi-v4",
    "MiniGrid-Empty-5x5-v0",
    "Pendulum-v1",
    "MountainCar-v0",
    "Blackjack-v1",
    "CliffWalking-v1",
    "ALE/Pong-v5",
)
NAME, TITLE = "flappy_environments", "Other environments, each by the default command"


def learn(env: str, seed: int) -> dict[str, Any]:
    """Train with the defaults and play 100 games of other seeds."""
    settings = application.configure({"env": env})
    data, agent = load(None, settings), Agent(settings)
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        agent.fit(data, Run(Path(folder), seed=seed, threads=1))
    cpu = time.process_time() - start
    returns = [float(answer.answer) for answer in agent.predict([example.input for example in data.test])]
    return {"env": env, "seed": seed, "frames": data.amount, "cpu": cpu, "returns": returns}


def row(measured: list[dict[str, Any]]) -> Row:
    """One environment: its worst seed, beside the known score."""
    worst = min(measured, key=lambda one: float(np.mean(one["returns"])))
    known = ENVIRONMENTS[environment_name(worst["env"])]
    mean = bootstrap(lambda values: float(values.mean()), np.array(worst["returns"]))
    minutes = max(one["cpu"] for one in measured) / 60
    note = f"{worst['frames'] / 1e6:g} million frames, {minutes:.1f} CPU minutes; known score: {known.source}"
    if len(measured) > 1:
        means = [float(np.mean(one["returns"])) for one in measured]
        note += f"; means of all seeds: {', '.join(f'{mean:.2f}' for mean in means)}"
    return Row(f"{worst['env']}: mean return of 100 games", mean.value, "", mean.low, mean.high,
               f"at least {known.known:g}", note=note)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=NAMES, choices=NAMES)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    kept: dict[str, list[dict[str, Any]]] = read_json(path)["measured"] if path.exists() else {}
    for env in asked.only:
        kept[env] = [learn(env, seed) for seed in range(asked.seeds)]
        write(NAME, TITLE, [row(kept[name]) for name in NAMES if name in kept], measured=kept)


if __name__ == "__main__":
    main()

"""A policy outside Pippin: one ONNX file from observations to actions, and a JSON file that says how to use it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.learner import LOGITS, MODEL, SEEN, Agent
from pippin.apps.flappy.scoring import predictions
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.learn.nn.onnx_session import session
from pippin.learn.rl.actions import preferred_actions

SETTINGS = "flappy.json"
USE = (
    "Input `seen`: what an agent sees. Of Flappy Bird uint8 [N, 64, 36, 6], the screen of 288 x 512 as means of blocks "
    "of 8 x 8, red, green and blue now, then the same one decision ago. Outputs: `logits` [N, actions], of "
    "which the largest is taken (0 idles, 1 flaps in the first of `skip` frames; where actions are continuous they are "
    "numbers from -1 to 1, the bounds of the environment), and `value` [N]."
)


def export(agent: Agent, folder: Path) -> list[Path]:
    """Write the graph from observations to logits and value, early copies of it, and their settings."""
    graphs = {MODEL: agent.onnx, **agent.early}
    for name, graph in graphs.items():
        write_bytes(folder / name, graph)
    about = {
        "settings": agent.config.to_dict(),
        "about": USE,
        "early": agent.facts.get("early", []),
        "continuous": agent.facts.get("continuous", False),
    }
    write_json(folder / SETTINGS, about)
    return [*(folder / name for name in graphs), folder / SETTINGS]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function that plays games by the exported graph alone, with the settings beside it."""
    config = FlappyConfig.read(read_json(folder / SETTINGS)["settings"])
    graph = session(folder / MODEL)

    def player(games: Any) -> np.ndarray:
        logits: np.ndarray = graph.run([LOGITS], {SEEN: games.observations})[0]
        return preferred_actions(logits, games.continuous)

    return lambda inputs: [prediction.answer for prediction in predictions(player, config, inputs)]

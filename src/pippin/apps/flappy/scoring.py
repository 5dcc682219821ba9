"""From played games to answers: the pipes passed, every decision as evidence, the game as a film; and their scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.rollout import SIMULATOR, Episode, Player, play, seed_of
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.values import OutputFile, Prediction, Score
from pippin.learn.metrics import bootstrap, wilson


def predictions(player: Player, config: FlappyConfig, inputs: Iterable[Input]) -> Iterator[Prediction]:
    """Play the game of each seed; one that names no game to play becomes an answer with an error."""
    seeds: list[int | PippinError] = []
    for item in inputs:
        try:
            seeds.append(seed_of(item))
        except PippinError as problem:
            seeds.append(problem)
    played = play(player, config, [seed for seed in seeds if isinstance(seed, int)])
    for seed in seeds:
        if isinstance(seed, int):
            yield to_prediction(next(played), config)
        else:
            yield Prediction(None, known=False, error=seed.message)


def to_prediction(game: Episode, config: FlappyConfig) -> Prediction:
    """Return a game as an answer; `actions` has one digit a decision, 1 for a flap.

    They are a list where there are more than ten, and of lists of numbers where they are continuous.
    """
    score = int(game.score) if float(game.score).is_integer() else game.score
    continuous = game.actions.ndim == 2
    taken: list[Any] = np.round(game.actions, 4).astype(float).tolist() if continuous else game.actions.tolist()
    actions = taken if continuous or max(taken, default=0) >= 10 else "".join(map(str, taken))
    evidence = {"seed": game.seed, "frames": game.frames, "skip": game.skip, "actions": actions}
    files: tuple[OutputFile, ...] = ()
    if config.env == SIMULATOR:
        from pippin.apps.flappy.video import write_gif

        files = (OutputFile(f"game-{game.seed}.gif", "image/gif", partial(write_gif, config, game.seed, game.actions)),)
    return Prediction(score, evidence=(evidence,), files=files)


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return mean and median by bootstrap, the smallest, and of Flappy Bird the share of games that reached the cap.

    A target is the number of pipes at which a game ends; None in other games, whose score is the return.
    """
    pairs = [(float(p.answer), e.answer) for p, e in zip(predictions, examples, strict=True) if p.error is None]
    if not pairs:
        raise PippinError("None of the games could be played, so there is nothing to score.")
    values, caps = np.array([score for score, _ in pairs]), [cap for _, cap in pairs if cap is not None]
    unit, lowest = "pipes" if caps else "return", float(values.min())
    scores = {
        f"mean_{unit}": bootstrap(lambda values: float(values.mean()), values),
        f"median_{unit}": bootstrap(lambda values: float(np.median(values)), values),
        f"min_{unit}": Score(lowest, lowest, lowest),
    }
    if caps:
        scores["share_at_cap"] = wilson(sum(score >= cap for score, cap in pairs), len(pairs))
    return scores

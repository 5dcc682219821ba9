"""The agent: learns to play from what it sees and what it scores, and plays the game of any seed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.apps.flappy import snapshots
from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.environment_presets import ENVIRONMENTS, environment_name
from pippin.apps.flappy.gymnasium_game import NAME
from pippin.apps.flappy.rollout import SIMULATOR, Player
from pippin.apps.flappy.scoring import predictions
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState
from pippin.learn.nn.onnx_session import session
from pippin.learn.rl.actions import preferred_actions

if TYPE_CHECKING:
    from pippin.learn.rl.environments import Environments
    from pippin.learn.rl.policies import Policy
    from pippin.learn.rl.ppo import TrainingHistory

MODEL = "policy.onnx"
SEEN, LOGITS, VALUE = "seen", "logits", "value"
SIGHT = [
    "It sees the screen of 288 x 512 pixels shrunk eight times, in colour, now and one decision ago, and is told 1 for "
    "a pipe and -1 for a crash; nothing else about the game.",
    "The images of the game come from flappy-bird-gymnasium 0.4.0 (MIT), read where it is installed.",
]
RANDOMIZED = (
    "Three games in four of its later training had a gravity, gap and speed of their own. It is told none of them; "
    "there it learned not from its score, but from the advice of a planner that knows the rules (planner.py)."
)


class Agent:
    """A policy learned by PPO, answering through ONNX Runtime; follows core.learner's Learner."""

    def __init__(self, config: FlappyConfig) -> None:
        self.config = config
        self.weights: dict[str, np.ndarray] = {}
        self.onnx = b""
        self.early: dict[str, bytes] = {}  # graphs of what it was like before, by file name
        self.facts: dict[str, Any] = {}
        self._act: Callable[[np.ndarray], np.ndarray] | None = None  # while it learns
        self._session: Any = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Play and learn within what `run` allows; `run.report_progress` tells the frames played so far."""
        from pippin.apps.flappy.training_games import practice, sparse_reward
        from pippin.learn.rl.ppo import train

        groups, how, experience, skip = practice(self.config, run.seed)
        games = groups[0]
        policy = self._policy(games, run.seed)
        frames = how.games * how.steps * skip  # of a round
        before = self.facts  # of an agent that goes on
        self.facts = {"shape": list(games.observations.shape[1:]), "actions": games.actions}
        warning = "" if self.config.is_bird else sparse_reward(self.config)
        if warning:
            print(f"Warning: {warning}", file=sys.stderr, flush=True)
        self.facts |= {"continuous": games.continuous, "warning": warning}
        if before:
            self.facts |= {"earlier": frames_played(before), "early": before.get("early", [])}

        def watch(averaged: Policy, life: TrainingHistory) -> None:
            self._act = _act_fn(averaged)
            played = (len(life.scores) + 1) * frames  # one round more was played at random
            if not before:
                snapshots.save_if_due(averaged, played, run)
            run.report_progress(played)

        rounds = max(1, round(experience / frames) - 1)
        averaged, life = train(policy, groups, run, how, rounds, watch, fresh=not self.weights)
        self.facts |= {"recipe": asdict(how), "round": frames, "life": asdict(life), "alarm": life.alarm()}
        self._keep(averaged, games.observations[:2], run.folder)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Play the game of each seed."""
        return predictions(self.player(), self.config, inputs)

    def player(self) -> Player:
        """Return the player: a function from games (with `observations`) to the preferred actions."""
        act = self._act or (lambda seen: self.thoughts(seen)[0])
        continuous = self.facts.get("continuous", False)  # agents of earlier versions never were
        return lambda games: preferred_actions(act(self._checked(games.observations)), continuous)

    @property
    def pixels(self) -> bool:
        """Whether it sees pixels rather than numbers."""
        return len(self.facts["shape"]) == 3

    def thoughts(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the preferences [N, actions] (log-odds, or means of numbers) and the worth [N] of situations.

        They are `seen` [N, ...].
        """
        if self._session is None:
            self._session = session(self.onnx)
        logits, value = self._session.run([LOGITS, VALUE], {SEEN: seen})
        return logits, value

    def _checked(self, seen: np.ndarray) -> np.ndarray:
        if list(seen.shape[1:]) == self.facts["shape"]:
            return seen
        sights = [" x ".join(map(str, shape)) for shape in (self.facts["shape"], seen.shape[1:])]
        raise PippinError(
            f"This agent learned from observations of {sights[0]}; {self.config.env} has {sights[1]}: train another."
        )

    def save(self) -> SavedState:
        """Return the weights, the graph that plays, and how it came to be."""
        return SavedState(self.weights, self.facts, {MODEL: self.onnx, **self.early}, self.told_of_its_life())

    def load(self, saved: SavedState) -> None:
        """Restore the agent that was saved."""
        self.weights, self.facts, self.early = dict(saved.tensors), dict(saved.config), dict(saved.files)
        self.onnx = self.early.pop(MODEL)
        self._act = self._session = None

    def _policy(self, games: Environments, seed: int) -> Policy:
        """Return a new network for these games, or the one that was loaded, to go on from."""
        import torch

        from pippin.learn.rl.policies import policy

        torch.manual_seed(seed)
        torch.set_num_threads(1)  # orthogonal weights come of a decomposition that more threads round otherwise
        made = policy(games.observations.shape[1:], games.actions, continuous=games.continuous)
        if self.weights:
            self._checked(games.observations)
            made.load_state_dict({name: torch.from_numpy(array) for name, array in self.weights.items()})
        return made

    def _keep(self, policy: Policy, seen: np.ndarray, folder: Path) -> None:
        import torch

        from pippin.learn.nn.onnx_export import to_onnx

        def graph(policy: Policy) -> bytes:
            return to_onnx(policy, torch.from_numpy(seen), SEEN, [LOGITS, VALUE])

        self.weights = {name: value.numpy().copy() for name, value in policy.state_dict().items()}
        self.onnx = graph(policy)
        if "earlier" not in self.facts:  # else its early life was that of the agent it went on from
            copies = snapshots.load_all(folder, policy, graph)
            self.early = {copy.file: graph for copy, graph in copies.items()}
            self.facts["early"] = [copy._asdict() for copy in copies]
        self._act = self._session = None

    def told_of_its_life(self) -> list[str]:
        """Return sentences on how much it played, and what went wrong."""
        life = self.facts["life"]
        played, earlier = frames_played(self.facts), self.facts.get("earlier", 0)
        alone = "" if self.config.preset == "any-rules" else " alone"
        told = [
            f"Learned from {played:,} frames of play, from what it saw and what it scored{alone}; played at random "
            f"before, {life['random_scored']} of {life['random_games']} games scored at all."
        ]
        if earlier:
            told.append(f"Of these {earlier:,} frames were played before by the agent that it goes on from.")
        if self.config.preset == "any-rules":
            told.append(RANDOMIZED)
        if self.config.env in (SIMULATOR, NAME):
            told += SIGHT
        told += [sentence for sentence in (self.facts.get("warning"), self.facts["alarm"]) if sentence]
        return told + self._told_how_far()

    def _told_how_far(self) -> list[str]:
        """Return a sentence on how near it came to the score that is known of its environment."""
        known = ENVIRONMENTS.get(environment_name(self.config.env))
        scores = [score for score in self.facts["life"]["scores"] if score is not None]
        if known is None or known.known is None or not scores:
            return []
        reached = "reached" if scores[-1] >= known.known else "not reached yet"
        return [
            f"Its last games of training, in which it tried things out, returned {scores[-1]:.2f} on average; a known "
            f"score is {known.known:g} ({known.source}): {reached}."
        ]


def frames_played(facts: Mapping[str, Any]) -> int:
    """Return how many frames an agent with these facts has played, those of the agents it went on from included."""
    return int((len(facts["life"]["scores"]) + 1) * facts["round"] + facts.get("earlier", 0))


def _act_fn(policy: Policy) -> Callable[[np.ndarray], np.ndarray]:
    """Return the preferences of a policy that still learns."""
    import torch

    @torch.no_grad()
    def act(seen: np.ndarray) -> np.ndarray:
        logits: np.ndarray = policy(torch.from_numpy(seen))[0].numpy()
        return logits

    return act

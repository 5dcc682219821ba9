"""The rollout buffer: observations, actions and rewards of a round of play, and the advantage of each decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pippin.core.errors import missing_extra
from pippin.learn.rl.actions import random_actions
from pippin.learn.rl.distributions import sample_actions
from pippin.learn.rl.environments import Environments
from pippin.learn.rl.policies import Policy
from pippin.learn.rl.thread_pool import Workers

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem


class Rollout(NamedTuple):
    """What was played in one round, [T, N, ...]; `values` has one row more, for what came after."""

    seen: np.ndarray
    actions: np.ndarray
    chances: np.ndarray  # log probabilities of the actions
    rewards: np.ndarray
    over: np.ndarray
    values: np.ndarray
    advice: np.ndarray  # how much better a teacher finds the second action than the first, [T, N]; 0 without one


def allocate(groups: Sequence[Environments], turns: int) -> Rollout:
    """Allocate memory for a round of `turns` decisions in every game, to be filled again and again."""
    seen, shape = groups[0].observations, (turns, sum(len(games.observations) for games in groups))
    return Rollout(
        np.empty((*shape, *seen.shape[1:]), seen.dtype),
        np.empty((*shape, groups[0].actions), np.float32) if groups[0].continuous else np.empty(shape, np.int64),
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
        np.empty((turns + 1, shape[1]), np.float32),
        np.zeros(shape, np.float32),
    )


def play_at_random(
    policy: Policy | None, groups: Sequence[Environments], turns: int, rng: np.random.Generator
) -> list[float]:
    """Play a round without looking and return the scores; the policy (if any) learns its inputs' spread from it."""
    seen: list[np.ndarray] = []
    scores: list[float] = []
    for turn in range(turns):
        for games in groups:
            if turn % 4 == 0:
                seen.append(games.observations.copy())
            scores += games.step(random_actions(games, rng)).scores
    if policy is not None:
        policy.learn_inputs(torch.from_numpy(np.concatenate(seen)))
    return scores


def rollout(
    policy: Policy,
    groups: Sequence[Environments],
    played: Rollout,
    discount: float,
    rng: np.random.Generator,
    workers: Workers,
    *,
    advised: bool = False,
) -> list[float]:
    """Fill a round by the policy's own preferences, groups side by side; the scores of the games that ended.

    Where it is `advised`, the games tell which action a teacher prefers, and that is written down, too.
    """
    ends = np.cumsum([len(games.observations) for games in groups]).tolist()
    parts = [
        (Rollout(*(array[:, begin:end] for array in played)), games, its)
        for begin, end, games, its in zip([0, *ends], ends, groups, rng.spawn(len(groups)), strict=False)
    ]
    return [
        score for scores in workers(lambda part: _play(policy, discount, advised, *part), parts) for score in scores
    ]


@torch.no_grad()
def _play(
    policy: Policy, discount: float, advised: bool, played: Rollout, games: Any, rng: np.random.Generator
) -> list[float]:
    scores: list[float] = []
    for turn in range(len(played.seen)):
        played.seen[turn] = games.observations
        outputs, values = policy(torch.from_numpy(played.seen[turn]))
        played.actions[turn], played.chances[turn] = sample_actions(policy, outputs, rng)
        if advised:
            played.advice[turn] = games.advise()
        step = games.step(played.actions[turn])
        played.values[turn], played.rewards[turn] = values.numpy(), step.rewards
        played.over[turn] = step.ended | step.cut
        for index, last in step.last.items():  # it would have gone on: what that was worth belongs to the reward
            played.rewards[turn, index] += discount * float(policy(torch.from_numpy(last[None]))[1])
        scores.extend(step.scores)
    played.values[-1] = policy(torch.from_numpy(games.observations))[1].numpy()
    return scores


def advantages(played: Rollout, discount: float, trace: float) -> np.ndarray:
    """Return generalized advantage estimates [T, N].

    Schulman et al. 2016, equation 16.
    """
    found, after = np.empty_like(played.rewards), np.zeros_like(played.rewards[0])
    for turn in reversed(range(len(found))):
        goes_on = 1 - played.over[turn]
        surprise = played.rewards[turn] + discount * goes_on * played.values[turn + 1] - played.values[turn]
        after = surprise + discount * trace * goes_on * after
        found[turn] = after
    return found

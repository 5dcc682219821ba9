"""Proximal policy optimisation: play for a while, learn from what was played, play on with what was learned.

Schulman et al. 2017, "Proximal Policy Optimization Algorithms". All random numbers are derived from the run's seed and
the number of the round, so that a training that goes on from a checkpoint ends as one that was never cut off, where the
environments can be kept too.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial

import numpy as np

from pippin.core.errors import PippinError, missing_extra
from pippin.core.run import Run
from pippin.learn.nn.checkpoint import pack, unpack
from pippin.learn.rl.distributions import log_probs_and_entropy
from pippin.learn.rl.environments import Environments
from pippin.learn.rl.policies import Policy
from pippin.learn.rl.rollouts import Rollout, advantages, allocate, play_at_random, rollout
from pippin.learn.rl.thread_pool import Workers, thread_pool

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn

PIECE = 256  # decisions of a batch whose gradients are computed at a time; another thread may do the next piece
TIMED = 2  # rounds after which it is known how long one takes; until then nothing falls yet
RECENT = 100  # games over which the running score is averaged
COLLAPSED = 0.01  # of the largest entropy: below it nothing new is tried any more
LATELY = 0.1  # of all there was so far: what running means, of the weights and of the usual surprise, extend over


@dataclass(frozen=True)
class PPOConfig:
    """How to learn: the numbers one turns.

    A round is `steps` decisions in each of `games` games, learned from in `epochs` passes by batches of `batch`. Each
    epoch uses the samples whose |advantage| exceeds `surprising` running standard deviations, plus a random fraction
    `others` of the rest: the other samples change the policy little, and their gradients are most of the cost.
    `discount` and `trace` are gamma and lambda (Schulman et al. 2016, equation 16), `clip` bounds how far a round may
    move a probability. The learning rate falls from `rate` to zero with the square of what is left to play, so that
    much of it is spent on what is rare; the reward for trying things falls from `entropy` to `entropy_end` in
    proportion. With `imitation`, the cross-entropy of what a teacher would have done has this weight in the loss, where
    the games have such advice (DAgger, Ross et al. 2011: the policy itself decides which situations it learns about);
    each decision counts by how much depends on it (AggreVaTe, Ross and Bagnell 2014), and those on which more than
    `decisive` depends are learned from in each pass. With a `policy_weight` of 0, that is all there is to learn from.
    """

    games: int = 64
    steps: int = 64
    epochs: int = 3
    batch: int = 512
    surprising: float = 1.0
    others: float = 0.05
    rate: float = 2.7e-3
    discount: float = 0.97
    trace: float = 0.95
    clip: float = 0.2
    entropy: float = 0.02
    entropy_end: float = 0.003
    value_weight: float = 0.5
    policy_weight: float = 1.0
    norm: float = 0.5
    imitation: float = 0.0
    decisive: float = 0.03


@dataclass
class TrainingHistory:
    """Statistics of a training by round: running mean score (None before any game ended), entropy (0..1).

    `surprise` is the running standard deviation of advantages, `batches` the number of batches used so far.
    `random_games` were played at random before the training; `random_scored` of them had a score above zero.
    """

    scores: list[float | None] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    recent: list[float] = field(default_factory=list)
    surprise: float = 0.0
    batches: int = 0
    random_games: int = 0
    random_scored: int = 0

    def alarm(self) -> str | None:
        """Return a sentence where it stopped trying before it found anything, which no further training corrects."""
        known = [score for score in self.scores if score is not None]
        if not known or self.entropies[-1] > COLLAPSED or known[-1] > known[0] + max(1, abs(known[0])):
            return None
        return (
            f"Its entropy collapsed to {self.entropies[-1]:.3f} of the largest while it scored {known[-1]:.2f}: it "
            "tries nothing new any more; train again with another --seed, or a larger --entropy."
        )


def train(
    policy: Policy,
    groups: Sequence[Environments],
    run: Run,
    recipe: PPOConfig,
    rounds: int,
    watch: Callable[[Policy, TrainingHistory], None] = lambda policy, life: None,
    *,
    fresh: bool = True,
) -> tuple[Policy, TrainingHistory]:
    """Train for `rounds`, or for as many as fit into the run's budget; the policy of averaged weights, and its life.

    Groups of games are played side by side on the run's threads, and so are pieces of a batch learned from; how many
    threads there are changes nothing but the time.
    `watch` is called with both after every round. A policy that is not `fresh` keeps what it learned of its inputs.
    PippinError if the loss is no longer finite.
    """
    networks = {"policy": policy, "averaged": copy.deepcopy(policy)}
    averaged = networks["averaged"]
    optimizer = torch.optim.Adam(policy.parameters(), recipe.rate, eps=1e-5, fused=True)
    with thread_pool(run.threads) as workers:
        life = _restored(networks, optimizer, groups, run)
        if life is None:
            rng = np.random.default_rng([run.seed, 0])
            scores = play_at_random(policy if fresh else None, groups, recipe.steps, rng)
            life = TrainingHistory(random_games=len(scores), random_scored=sum(score > 0 for score in scores))
            averaged.load_state_dict(policy.state_dict())
        begun, played = time.monotonic(), allocate(groups, recipe.steps)
        total, first, saved = max(TIMED + 1, rounds), len(life.scores), len(life.scores)
        while (done := len(life.scores)) < total and not run.should_stop:
            if done - first >= TIMED or (first >= TIMED and run.counted):
                total = TIMED + run.steps(max(1, rounds - TIMED), lambda: (time.monotonic() - begun) / TIMED, 1)
            progress = max(0, done - TIMED) / max(1, total - TIMED)
            before = _environment_states(groups)
            try:
                scores = rollout(
                    policy, groups, played, recipe.discount, _rng(run, done), workers, advised=recipe.imitation > 0
                )
            except PippinError:  # the environment broke down: what was learned until here is not lost
                _save(networks, optimizer, before, run, life)
                raise
            rng = _rng(run, done, learning=True)
            entropy = learn(policy, averaged, optimizer, played, recipe, life, progress, rng, workers)
            life.recent = [*life.recent, *scores][-RECENT:]
            life.scores.append(float(np.mean(life.recent)) if life.recent else None)
            life.entropies.append(entropy)
            run.log(step=done + 1, total=total, score=life.scores[-1] or 0.0, entropy=entropy)
            watch(averaged, life)
            if run.checkpoint_due():
                saved = _save(networks, optimizer, _environment_states(groups), run, life)
        if saved != len(life.scores):
            _save(networks, optimizer, _environment_states(groups), run, life)
    return averaged, life


def _rng(run: Run, done: int, *, learning: bool = False) -> np.random.Generator:
    return np.random.default_rng([run.seed, done + 1, learning])


def learn(
    policy: Policy,
    averaged: Policy,
    optimizer: torch.optim.Optimizer,
    played: Rollout,
    recipe: PPOConfig,
    life: TrainingHistory,
    progress: float,
    rng: np.random.Generator,
    workers: Workers,
) -> float:
    """Learn from a round in a few passes, at `progress` (0..1) of the training; the mean entropy (0..1).

    Advantages are divided by their running standard deviation (`surprise`), not by that of this round: in a round
    without crashes they are errors of the value function, which normalizing by the round would amplify.
    """
    gained = advantages(played, recipe.discount, recipe.trace)
    arrays = (played.seen, played.actions, played.chances, gained, gained + played.values[:-1], played.advice)
    tensors = [torch.from_numpy(array.reshape(-1, *array.shape[2:])) for array in arrays]
    life.surprise += window_weight(len(life.scores)) * (float(tensors[3].std()) - life.surprise)
    tensors[3] = (tensors[3] - tensors[3].mean()) / (life.surprise + 1e-8)
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate * (1 - progress) ** 2
    surprise = np.abs(tensors[3].numpy()) * (recipe.policy_weight > 0)
    curious = recipe.entropy + (recipe.entropy_end - recipe.entropy) * progress
    entropies = []
    for _ in range(recipe.epochs):
        order = torch.from_numpy(select_samples(surprise, recipe, rng, np.abs(tensors[5].numpy())))
        for batch in torch.tensor_split(order, max(1, round(len(order) / recipe.batch))):
            pieces = torch.tensor_split(batch, max(1, round(len(batch) / PIECE)))
            found = workers(partial(_gradients, policy, tensors, recipe, curious), pieces)
            shares = [len(piece) / len(batch) for piece in pieces]
            for weights, *parts in zip(policy.parameters(), *(gradients for gradients, _ in found), strict=True):
                weights.grad = _mean(parts, shares)
            nn.utils.clip_grad_norm_(policy.parameters(), recipe.norm)
            optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(
                    list(averaged.parameters()), list(policy.parameters()), window_weight(life.batches)
                )
            life.batches += 1
            entropies.append(_mean([entropy for _, entropy in found], shares))
    mean = float(torch.stack(entropies).mean())
    if not math.isfinite(mean):
        raise PippinError("The loss is no longer a finite number; train again with another --seed.")
    return mean


def _mean(parts: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """Return the mean over the whole from means over its pieces."""
    whole = parts[0] * shares[0]
    for part, share in zip(parts[1:], shares[1:], strict=True):
        whole.add_(part, alpha=share)
    return whole


def window_weight(count: int) -> float:
    """Return the weight of the next value in a mean over the last tenth.

    `count` values came before (Shamir and Zhang 2013).
    """
    return 1 / (1 + LATELY * count)


def select_samples(
    surprise: np.ndarray, recipe: PPOConfig, rng: np.random.Generator, advice: np.ndarray | None = None
) -> np.ndarray:
    """Return indices of the samples a pass learns from, in random order.

    They are chosen by their absolute advantages [M], and by how much depends on them by a teacher's `advice` [M].
    """
    chosen = surprise > recipe.surprising
    if advice is not None:
        chosen = chosen | (advice > recipe.decisive)
    others = rng.permutation(len(surprise))[: math.ceil(recipe.others * len(surprise))]
    return rng.permutation(np.union1d(np.flatnonzero(chosen), others))


def _gradients(
    policy: Policy, tensors: list[Tensor], recipe: PPOConfig, curious: float, which: Tensor
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return gradients of the clipped objective (Schulman et al. 2017, equations 7 and 9), and the entropy (0..1)."""
    seen, actions, before, gained, worth, advice = (part.index_select(0, which) for part in tensors)
    outputs, values = policy(seen)
    log_probs, entropy, tried = log_probs_and_entropy(policy, outputs, actions)
    ratio = (log_probs - before).exp()
    better = torch.min(ratio * gained, ratio.clamp(1 - recipe.clip, 1 + recipe.clip) * gained).mean()
    loss = recipe.value_weight * (values - worth).square().mean() - recipe.policy_weight * better - curious * entropy
    if recipe.imitation:
        missed = nn.functional.cross_entropy(outputs, (advice > 0).long(), reduction="none")
        loss = loss + recipe.imitation * (missed * advice.abs()).mean()
    return torch.autograd.grad(loss, list(policy.parameters())), tried


def _environment_states(groups: Sequence[Environments]) -> dict[str, np.ndarray]:
    """Return all games as they stand, copied."""
    return {f"{n}.{name}": array.copy() for n, group in enumerate(groups) for name, array in group.keep().items()}


def _save(
    networks: Mapping[str, Policy],
    optimizer: torch.optim.Optimizer,
    kept: Mapping[str, np.ndarray],
    run: Run,
    life: TrainingHistory,
) -> int:
    arrays = {**pack(networks, optimizer), **{f"games.{name}": array for name, array in kept.items()}}
    run.save(arrays, asdict(life))
    return len(life.scores)


def _restored(
    networks: Mapping[str, Policy], optimizer: torch.optim.Optimizer, groups: Sequence[Environments], run: Run
) -> TrainingHistory | None:
    """Restore the last checkpoint, and its games where these can be kept; None at a fresh start."""
    found = run.restore()
    if found is None:
        return None
    arrays, facts = found
    unpack(arrays, networks, optimizer, run.folder)
    for n, group in enumerate(groups):
        start = f"games.{n}."
        if kept := {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}:
            group.go_on(kept)
    return TrainingHistory(**facts)

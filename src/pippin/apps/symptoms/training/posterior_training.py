"""Training of the posterior network: which condition a drawn patient has, after any number of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from pippin.apps.symptoms.interview.information import Outcomes, build_outcomes
from pippin.apps.symptoms.interview.network_input import KINDS, network_input
from pippin.apps.symptoms.interview.networks import MAX_COUNT, ROUNDS
from pippin.apps.symptoms.tables.likelihood import ERROR_RATES
from pippin.apps.symptoms.training.drawn_interviews import (
    N_STEPS,
    PatientSource,
    explore,
    take_answers,
    tell_history,
)
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
WIDTH = 32
BATCH = 128  # patients
TALKATIVE = 0.2  # share of batches whose patients tell past illnesses beforehand
MIN_ANSWERS = 1  # after which states are learned from


class PosteriorNetwork(nn.Module):
    """Weighs each answer by how well it fits what the others say, in two rounds.

    The logits are a sum over answers of their log likelihoods, each times its weight, and the prior: so it knows no
    condition by itself, and holds for conditions it never saw.
    """

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        n_features = 4 * len(ERROR_RATES) + len(KINDS) + 2
        for name in ROUNDS:
            layers = nn.ModuleDict(
                {"first": nn.Linear(n_features, width), "output": nn.Linear(width, len(ERROR_RATES))}
            )
            nn.init.zeros_(layers["output"].weight)  # type: ignore[arg-type]
            nn.init.constant_(layers["output"].bias, 1 / len(ERROR_RATES))  # type: ignore[arg-type]
            self.add_module(name, layers)
        self.prior = nn.Parameter(torch.ones(1))

    def forward(self, prior: Tensor, terms: Tensor, kinds: Tensor) -> Tensor:
        """Return logits [N, C]; see NetworkInput for the shapes."""
        is_answer = kinds.any(-1).float()
        weights = is_answer[..., None].expand(*is_answer.shape, terms.shape[2]) / terms.shape[2]
        logits = self._combine(prior, terms, weights)
        for name in ROUNDS:
            layers: nn.ModuleDict = getattr(self, name)
            inner = torch.relu(layers["first"](answer_features(terms, kinds, is_answer, weights, logits)))
            weights = layers["output"](inner) * is_answer[..., None]
            logits = self._combine(prior, terms, weights)
        return logits

    def _combine(self, prior: Tensor, terms: Tensor, weights: Tensor) -> Tensor:
        return prior * self.prior + (terms * weights[..., None]).sum((1, 2))


def answer_features(terms: Tensor, kinds: Tensor, is_answer: Tensor, weights: Tensor, logits: Tensor) -> Tensor:
    """Return features [N, T, F] of answers, as `interview.networks.answer_features` does."""
    own = (terms * weights[..., None]).sum(2)
    others = torch.softmax(logits[:, None] - own, -1)
    likelihoods = terms.exp()
    expected = ((others[:, :, None] * likelihoods).sum(-1) + 1e-6).log()
    mean = (likelihoods.mean(-1) + 1e-6).log()
    count = is_answer.sum(1).clamp(min=1)
    surprise = ((mean - expected) * is_answer[..., None]).sum(1) / count[:, None]
    posterior = torch.softmax(logits, -1)
    entropy = -(posterior * (posterior + 1e-9).log()).sum(1)
    size = count[:, None].clamp(max=MAX_COUNT) / 10
    whole = torch.cat([surprise, entropy[:, None] / 4, size], 1)
    repeated = whole[:, None].expand(-1, terms.shape[1], -1)
    return torch.cat([expected, expected - mean, terms.amax(-1), kinds, repeated], -1)


def train_posterior(source: PatientSource, steps: int, run: Run, seed: int) -> dict[str, Array]:
    """Train on interviews with drawn patients; returns the weights."""
    torch.manual_seed(seed)
    outcomes, network = build_outcomes(source.tables), PosteriorNetwork()

    def draw(positions: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        rng = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
        return draw_states(source, outcomes, BATCH, rng)

    recipe = TrainingConfig(batch=BATCH, rate=3e-3, epochs=steps, weight_decay=1e-4, average=0.99)
    train(network, _loss, Batches(BATCH, draw), run, recipe)
    return {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}


def _loss(network: nn.Module, prior: Tensor, terms: Tensor, kinds: Tensor, conditions: Tensor) -> Tensor:
    """Return the cross entropy over states of interviews: after a random number of answers each."""
    return nn.functional.cross_entropy(network(prior, terms, kinds), conditions)


def draw_states(
    source: PatientSource, outcomes: tuple[Outcomes, ...], count: int, rng: np.random.Generator
) -> tuple[Tensor, ...]:
    """Return inputs of two states of interviews with each of `count` patients, and their conditions."""
    patients = source.draw(count, rng)
    beliefs = patients.begin(source.tables)
    if rng.random() < TALKATIVE:
        tell_history(beliefs, patients, rng)
    curiosity = rng.choice([0.0, 0.3, 1.0], count)
    rate = rng.choice(len(outcomes), p=(0.7, 0.3))
    for _ in range(N_STEPS):
        take_answers(beliefs, patients, explore(outcomes[rate], beliefs, beliefs.posteriors()[rate], curiosity, rng))
    inputs = network_input(beliefs)
    n_slots = inputs.terms.shape[1]
    parts: list[tuple[Array, ...]] = []
    for _ in range(4):
        keep = np.arange(n_slots) < rng.integers(MIN_ANSWERS, n_slots + 1, count)[:, None]
        parts.append(
            (inputs.prior, inputs.terms * keep[..., None, None], inputs.kinds * keep[..., None], patients.conditions)
        )
    return tuple(torch.from_numpy(np.concatenate(one)) for one in zip(*parts, strict=True))

"""Training of the policy: questions after which the posterior network believes more in the right condition.

REINFORCE (Williams 1992); what other interviews with the same patient bring is the baseline.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from pippin.apps.symptoms.interview.information import Outcomes, build_outcomes
from pippin.apps.symptoms.interview.network_input import network_input
from pippin.apps.symptoms.interview.networks import MIN_FEATURE, PosteriorLayers
from pippin.apps.symptoms.interview.question_features import N_FEATURES, question_features
from pippin.apps.symptoms.tables.learned_tables import Tables
from pippin.apps.symptoms.training.drawn_interviews import N_STEPS, DrawnPatients, PatientSource, take_answers

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
WIDTH, RATE = 24, 1.5e-2
N_PATIENTS, N_COPIES = 16, 8
SCORED_AFTER = (3, 5, 8, 10)  # answers after which belief in the right condition counts
MIN_BELIEF = -5.0  # in the right condition, as a logarithm


class PolicyNetwork(nn.Module):
    """Scores of questions: the log information, plus what a hidden layer makes of all features."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(N_FEATURES, WIDTH)
        self.output = nn.Linear(WIDTH, 1)
        nn.init.zeros_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return scores [N, Q] for features [N, Q, F]."""
        inner = features.clamp(min=MIN_FEATURE)
        return self.output(torch.relu(self.first(inner)))[..., 0] + features[..., 0]


class Episodes(NamedTuple):
    """Interviews: features [T, N, Q, F], questions chosen [T, N], returns [T, N]."""

    features: Array
    chosen: Array
    returns: Array


def train_policy(
    source: PatientSource, posterior: PosteriorLayers, steps: int, run: Run, seed: int
) -> dict[str, Array]:
    """Train on interviews with drawn patients; returns the mean of the weights of the second half."""
    torch.manual_seed(seed)
    outcomes, network = build_outcomes(source.tables), PolicyNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.0)
    sums = {name: torch.zeros_like(value) for name, value in network.state_dict().items()}
    done = 0
    for step in range(steps):
        if run.should_stop:
            break
        optimizer.param_groups[0]["lr"] = RATE * (0.5 + 0.5 * math.cos(math.pi * step / steps))
        loss = _loss(network, *_episodes(source, outcomes, posterior, network, np.random.default_rng((seed, step))))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step >= steps // 2:
            done += 1
            for name, value in network.state_dict().items():
                sums[name] += value
    return {name: (value / max(done, 1)).numpy() for name, value in sums.items()}


def _episodes(
    source: PatientSource,
    outcomes: tuple[Outcomes, ...],
    posterior: PosteriorLayers,
    network: PolicyNetwork,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return features, questions chosen, and advantages over other interviews with the same patient."""
    patients = repeat(source.draw(N_PATIENTS, rng), N_COPIES)
    episodes = play(source.tables, outcomes, posterior, network, patients, rng)
    advantages = episodes.returns.reshape(N_STEPS, N_COPIES, N_PATIENTS)
    advantages = (advantages - advantages.mean(1, keepdims=True)).reshape(episodes.returns.shape)
    advantages = (advantages / (advantages.std() + 1e-6)).astype(np.float32)
    return torch.from_numpy(episodes.features), torch.from_numpy(episodes.chosen), torch.from_numpy(advantages)


def _loss(network: PolicyNetwork, features: Tensor, chosen: Tensor, advantages: Tensor) -> Tensor:
    logs = torch.log_softmax(network(features), -1).gather(-1, chosen[..., None])[..., 0]
    return -(logs * advantages).mean()


def repeat(patients: DrawnPatients, count: int) -> DrawnPatients:
    """Return the patients `count` times over."""
    return DrawnPatients(
        np.tile(patients.conditions, count),
        np.tile(patients.bits, (count, 1)),
        np.tile(patients.complaints, count),
        np.tile(patients.missing, (count, 1)),
        patients.ages * count,
        patients.sexes * count,
    )


def play(
    tables: Tables,
    outcomes: tuple[Outcomes, ...],
    posterior: PosteriorLayers,
    network: PolicyNetwork,
    patients: DrawnPatients,
    rng: np.random.Generator,
) -> Episodes:
    """Interview patients by the policy, with chance; returns are sums of beliefs still to come."""
    beliefs = patients.begin(tables)
    rows = np.arange(len(patients.conditions))
    features, chosen, rewards = [], [], []
    belief = posterior.probabilities(network_input(beliefs))
    for step in range(N_STEPS):
        features.append(question_features(outcomes, beliefs, belief, step))
        with torch.no_grad():
            scores = network(torch.from_numpy(features[-1])).numpy()
        chosen.append((scores + rng.gumbel(size=scores.shape)).argmax(1))
        take_answers(beliefs, patients, chosen[-1])
        belief = posterior.probabilities(network_input(beliefs))
        right = np.maximum(np.log(belief[rows, patients.conditions] + 1e-9), MIN_BELIEF)
        rewards.append(right if step + 1 in SCORED_AFTER else np.zeros(len(rows)))
    returns = np.cumsum(np.stack(rewards)[::-1], 0)[::-1]
    return Episodes(np.stack(features), np.stack(chosen), returns.copy())

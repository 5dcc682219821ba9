"""Training of "none of these": drawn patients whose condition is hidden from the tables, against others."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import Outcomes, build_outcomes
from pippin.apps.symptoms.interview.none_features import none_features
from pippin.apps.symptoms.training.drawn_interviews import (
    N_STEPS,
    DrawnPatients,
    PatientSource,
    explore,
    take_answers,
)

Array = np.ndarray
HIDDEN = 0.5  # share of patients whose condition is hidden
WIDTH, EPOCHS, BATCH = 24, 60, 256
MIN_STEPS = 3  # answers after which states are learned from


def train_none(source: PatientSource, count: int, seed: int, left_out: int = -1) -> dict[str, Array]:
    """Train on interviews with `count` drawn patients; of the condition `left_out` nothing is drawn or known."""
    rng = np.random.default_rng(seed)
    features, hidden = hidden_states(source, count, rng, left_out)
    mean, spread = features.mean(0), features.std(0) + 1e-6
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(features.shape[1], WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-2)
    inputs, targets = torch.from_numpy((features - mean) / spread), torch.from_numpy(hidden.astype(np.float32))
    n_steps = EPOCHS * max(1, len(inputs) // BATCH) // 10
    for step in range(n_steps):
        optimizer.param_groups[0]["lr"] = 3e-3 * (1 - step / n_steps)
        batch = torch.from_numpy(rng.integers(len(inputs), size=BATCH))
        loss = nn.functional.binary_cross_entropy_with_logits(network(inputs[batch])[:, 0], targets[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    names = {"0.weight": "first.weight", "0.bias": "first.bias", "2.weight": "output.weight", "2.bias": "output.bias"}
    arrays = {names[name]: value.detach().numpy().copy() for name, value in network.state_dict().items()}
    return {**arrays, "mean": mean, "spread": spread}


def hidden_states(source: PatientSource, count: int, rng: np.random.Generator, left_out: int) -> tuple[Array, Array]:
    """Return features of states of interviews, and whether the patient's condition was hidden."""
    tables = source.tables
    n_conditions = len(tables.prior)
    known = np.array([number for number in range(n_conditions) if number != left_out])
    outcomes = build_outcomes(tables)
    shares = np.sqrt(tables.prior[known].astype(float))
    conditions = rng.choice(known, count, p=shares / shares.sum())
    patients = source.draw(count, rng, conditions)
    hidden = rng.random(count) < HIDDEN
    beliefs = patients.begin(tables)
    beliefs.exclude(np.flatnonzero(hidden), conditions[hidden])
    if left_out >= 0:
        beliefs.exclude(np.arange(count), np.full(count, left_out))
    return _states(outcomes, beliefs, patients, hidden, rng)


def _states(
    outcomes: tuple[Outcomes, ...], beliefs: Beliefs, patients: DrawnPatients, hidden: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    curiosity = np.zeros(len(hidden))
    found = []
    for step in range(N_STEPS):
        take_answers(beliefs, patients, explore(outcomes[0], beliefs, beliefs.posteriors()[0], curiosity, rng))
        if step + 1 >= MIN_STEPS:
            found.append(none_features(outcomes, beliefs))
    return np.concatenate(found), np.tile(hidden, len(found))

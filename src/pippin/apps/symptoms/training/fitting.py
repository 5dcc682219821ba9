"""Fitting of the three networks, one after another, on patients drawn from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.interview.networks import NoneLayers, PolicyLayers, PosteriorLayers
from pippin.apps.symptoms.training.drawn_interviews import PatientSource
from pippin.apps.symptoms.training.none_training import train_none
from pippin.apps.symptoms.training.policy_training import PolicyNetwork, train_policy
from pippin.apps.symptoms.training.posterior_training import train_posterior

if TYPE_CHECKING:
    from pippin.core.run import Run

Networks = tuple[PosteriorLayers, PolicyLayers, NoneLayers]


def fit_networks(source: PatientSource, config: SymptomsConfig, run: Run) -> Networks:
    """Train the posterior network, the policy and "none of these"."""
    posterior = PosteriorLayers(exact(train_posterior(source, config.posterior_steps, run, run.seed)))
    policy = PolicyLayers(exact(fit_policy(source, posterior, config.policy_steps, run)))
    none = NoneLayers(exact(train_none(source, config.none_patients, run.seed)))
    return posterior, policy, none


def fit_policy(source: PatientSource, posterior: PosteriorLayers, steps: int, run: Run) -> dict[str, np.ndarray]:
    """Train the policy; without steps, it asks by information alone."""
    if not steps:
        return {name: value.detach().numpy() for name, value in PolicyNetwork().state_dict().items()}
    return train_policy(source, posterior, steps, run, run.seed)


def exact(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return arrays as they will be stored, so that a model answers the same once loaded."""
    return {name: np.asarray(value, np.float32) for name, value in arrays.items()}

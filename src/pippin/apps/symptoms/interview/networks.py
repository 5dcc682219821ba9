"""The networks in numpy: posterior of conditions, worth of questions, and whether it is none of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from pippin.apps.symptoms.interview.beliefs import softmax
from pippin.apps.symptoms.interview.network_input import NetworkInput

Array = np.ndarray
MIN_FEATURE = -20.0  # of questions, below which the policy sees no difference
MAX_COUNT = 30  # answers beyond which their number tells the network nothing more
ROUNDS = ("once", "again")  # in which answers are weighed by how well they fit what the others say


@dataclass(frozen=True, eq=False)
class Layers:
    """Weights by name, as torch stores them: "NAME.weight" and "NAME.bias"."""

    arrays: Mapping[str, Array]
    prefix: ClassVar[str] = ""

    def linear(self, name: str, inputs: Array) -> Array:
        """Apply a linear layer."""
        return np.asarray(inputs @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"])

    def hidden(self, name: str, inputs: Array) -> Array:
        """Apply a linear layer and a rectifier."""
        return np.maximum(self.linear(name, inputs), 0)

    def save(self) -> dict[str, Array]:
        """Return arrays to store."""
        return {f"{self.prefix}.{name}": np.asarray(value, np.float32) for name, value in self.arrays.items()}

    @classmethod
    def load(cls, stored: Mapping[str, Array]) -> Self:
        """Return the network of stored arrays."""
        begin = f"{cls.prefix}."
        return cls(
            {name.removeprefix(begin): np.asarray(value) for name, value in stored.items() if name.startswith(begin)}
        )


class PosteriorLayers(Layers):
    """Weighs each answer by how well it fits the others, twice (see training/posterior_training.py)."""

    prefix = "posterior"

    def logits(self, inputs: NetworkInput) -> tuple[Array, Array]:
        """Return logits [N, C], and by how much each answer counts [N, T, E]."""
        is_answer = np.asarray(inputs.kinds.any(-1))[..., None]
        weights = np.full(inputs.terms.shape[:3], 1 / inputs.terms.shape[2], np.float32) * is_answer
        logits = self._combine(inputs, weights)
        for name in ROUNDS:
            features = answer_features(inputs, weights, logits)
            weights = self.linear(f"{name}.output", self.hidden(f"{name}.first", features))
            weights = weights * is_answer
            logits = self._combine(inputs, weights)
        return logits, weights

    def _combine(self, inputs: NetworkInput, weights: Array) -> Array:
        return np.asarray(inputs.prior * self.arrays["prior"] + np.einsum("ntec,nte->nc", inputs.terms, weights))

    def probabilities(self, inputs: NetworkInput) -> Array:
        """Return probabilities [N, C]."""
        return softmax(self.logits(inputs)[0])


def answer_features(inputs: NetworkInput, weights: Array, logits: Array) -> Array:
    """Return features [N, T, F] of answers: how likely the others make each, at best and on average, and its kind."""
    own = np.einsum("ntec,nte->ntc", inputs.terms, weights)
    others = softmax(logits[:, None] - own)
    expected = np.log((others[:, :, None] * np.exp(inputs.terms)).sum(-1) + 1e-6)
    mean = np.log(np.exp(inputs.terms).mean(-1) + 1e-6)
    best = inputs.terms.max(-1)
    is_answer = np.asarray(inputs.kinds.any(-1), np.float32)
    count = np.asarray(np.maximum(is_answer.sum(1), 1))
    surprise = ((mean - expected) * is_answer[..., None]).sum(1) / count[:, None]
    posterior = softmax(logits)
    entropy = -(posterior * np.log(posterior + 1e-9)).sum(1)
    size = np.minimum(count, MAX_COUNT)[:, None] / 10
    whole = np.concatenate([surprise, entropy[:, None] / 4, size], 1)
    repeated = np.repeat(whole[:, None], inputs.terms.shape[1], 1)
    return np.concatenate([expected, expected - mean, best, inputs.kinds, repeated], -1).astype(np.float32)


class PolicyLayers(Layers):
    """The worth of each question from what is expected of its answer (see training/policy_training.py)."""

    prefix = "policy"

    def scores(self, features: Array) -> Array:
        """Return scores [N, Q] for features [N, Q, F]."""
        inner = np.maximum(features, MIN_FEATURE)
        return np.asarray(self.linear("output", self.hidden("first", inner))[..., 0] + features[..., 0])


class NoneLayers(Layers):
    """Return whether none of the conditions explains the answers (see training/none_training.py)."""

    prefix = "none"

    def probabilities(self, features: Array) -> Array:
        """Return probabilities [N] for features [N, F]."""
        scaled = (features - self.arrays["mean"]) / self.arrays["spread"]
        logits = self.linear("output", self.hidden("first", scaled))[:, 0]
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))

"""Re-ranker: a small network, in numpy, from scores of candidates to probabilities of diseases and of none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pippin.apps.raredisease.ranking.calibration import sigmoid, softmax

Array = np.ndarray
LAYERS = ("hidden", "hidden_bias", "output", "none_hidden", "none_hidden_bias", "none_output", "none_bias")


@dataclass(frozen=True)
class Network:
    """One network: a hidden layer for candidates, one for the patient as a whole."""

    hidden: Array
    hidden_bias: Array
    output: Array
    none_hidden: Array
    none_hidden_bias: Array
    none_output: Array
    none_bias: Array

    def logits(self, rows: Array, patient: Array) -> tuple[Array, float]:
        """Return logits [C] of the candidates, and the logit of none of them."""
        inner = np.maximum(rows @ self.hidden.T + self.hidden_bias, 0)
        none = np.maximum(self.none_hidden @ patient + self.none_hidden_bias, 0)
        return inner @ self.output, float(none @ self.none_output + self.none_bias[0])


@dataclass(frozen=True)
class Reranker:
    """The mean of several networks, calibrated: `temperature` divides the logits of diseases.

    `scale` and `shift` turn the logit of none into one whose sigmoid is a probability.
    """

    networks: Sequence[Network]
    temperature: float = 1.0
    scale: float = 1.0
    shift: float = 0.0

    def logits(self, rows: Array, patient: Array) -> tuple[Array, float]:
        """Return mean logits [C] of the candidates, and the mean logit of none of them."""
        found = [network.logits(rows, patient) for network in self.networks]
        return np.mean([each for each, _ in found], 0), float(np.mean([none for _, none in found]))

    def probabilities(self, rows: Array, patient: Array) -> tuple[Array, float]:
        """Return (probabilities [C] of the candidates if it is one of them, probability of none of them)."""
        logits, none = self.logits(rows, patient)
        return softmax(logits, self.temperature), float(sigmoid(self.scale * none + self.shift))

    def save(self) -> tuple[dict[str, Array], dict[str, float]]:
        """Return arrays and numbers to store."""
        arrays = {
            f"reranker.{number}.{name}": np.asarray(getattr(network, name), np.float32)
            for number, network in enumerate(self.networks)
            for name in LAYERS
        }
        return arrays, {"temperature": self.temperature, "scale": self.scale, "shift": self.shift}

    @classmethod
    def load(cls, arrays: Mapping[str, Array], numbers: Mapping[str, float]) -> Reranker:
        """Return the re-ranker of stored arrays and numbers."""
        networks: list[Network] = []
        while f"reranker.{len(networks)}.hidden" in arrays:
            networks.append(Network(*(np.asarray(arrays[f"reranker.{len(networks)}.{name}"]) for name in LAYERS)))
        return cls(networks, **{name: float(value) for name, value in numbers.items()})

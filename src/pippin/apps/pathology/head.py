"""The linear head on standardised features: the same for small networks and for the backbone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """Weights [L,C] and biases [L] on features less their `mean` [C] over their `scale` [C], sharpened."""

    weights: Floats
    biases: Floats
    mean: Floats
    scale: Floats
    temperature: float = 1.0

    @classmethod
    def empty(cls) -> Head:
        """Return the head of a model that has learned nothing."""
        none = np.zeros(0, np.float32)
        return cls(np.zeros((0, 0), np.float32), none, none, none)

    @classmethod
    def on_raw(cls, weights: Floats, biases: Floats, mean: Floats, scale: Floats, temperature: float) -> Head:
        """Return the head whose weights and biases were learned on features that are not standardised."""
        return cls(weights * scale, biases + weights @ mean, mean, scale, temperature)

    def standardise(self, means_NC: Floats) -> Floats:
        """Return features [N,C]."""
        return np.asarray((means_NC - self.mean) / self.scale, np.float32)

    def logits(self, features_NC: Floats) -> Floats:
        """Return logits [N,L], of the right sharpness."""
        return np.asarray((features_NC @ self.weights.T + self.biases) / np.float32(self.temperature), np.float32)

    def evidence(self, maps_CHW: Floats, label: int) -> Floats:
        """Return where an image speaks for a label rather than the others [h,w].

        Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): the slope of a logit on maps whose means a linear layer
        reads is that layer's weight, the same everywhere. What speaks against the label is kept.
        """
        slope = (self.weights[label] - self.weights.mean(axis=0)) / self.scale
        return np.asarray(np.tensordot(slope, maps_CHW - self.mean[:, None, None], 1), np.float32)

    def save(self) -> dict[str, NDArray[Any]]:
        """Return arrays."""
        arrays = {"weights": self.weights, "biases": self.biases, "mean": self.mean, "scale": self.scale}
        return {f"head.{name}": array for name, array in arrays.items()} | {
            "head.temperature": np.array([self.temperature], np.float32)
        }

    @classmethod
    def load(cls, arrays: Mapping[str, NDArray[Any]]) -> Head:
        """Return the same again."""
        weights, biases, mean, scale = (arrays[f"head.{name}"] for name in ("weights", "biases", "mean", "scale"))
        return cls(weights, biases, mean, scale, float(arrays["head.temperature"][0]))

"""Layers of a transformer's encoder in numpy, by the names that BERT's weights have (Devlin et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
MASKED = np.float32(-1e9)  # added to the scores of what is no piece


class TransformerLayers:
    """Layers called `names`, in order, with the weights of `tensors`."""

    def __init__(self, tensors: Mapping[str, Array], names: Sequence[str], heads: int) -> None:
        self.tensors, self.names, self.heads = tensors, tuple(names), heads

    def __call__(self, states_NTD: Array, real_NT: Array) -> list[Array]:
        """Return the states after each layer; `real_NT` is 1 for pieces and 0 for padding."""
        found, masked_NT = [], (1 - real_NT) * MASKED
        for name in self.names:
            states_NTD = layer(self.tensors, name, states_NTD, masked_NT, self.heads)
            found.append(states_NTD)
        return found


def layer(tensors: Mapping[str, Array], name: str, x_NTD: Array, masked_NT: Array, heads: int) -> Array:
    """Return the states [N,T,D] after the layer called `name`."""
    count, length, width = x_NTD.shape

    def split(part: str) -> Array:
        found = linear(tensors, x_NTD, f"{name}.attention.self.{part}")
        return found.reshape(count, length, heads, width // heads).transpose(0, 2, 1, 3)

    scores = split("query") @ split("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // heads))
    scores = scores + masked_NT[:, None, None]
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    mixed = (shares @ split("value")).transpose(0, 2, 1, 3).reshape(count, length, width)
    attended = linear(tensors, mixed, f"{name}.attention.output.dense")
    x = normalized(tensors, x_NTD + attended, f"{name}.attention.output.LayerNorm")
    inner = gelu(linear(tensors, x, f"{name}.intermediate.dense"))
    return normalized(tensors, x + linear(tensors, inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")


def linear(tensors: Mapping[str, Array], x: Array, name: str) -> Array:
    """Return x times the transposed weight, plus the bias."""
    return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def normalized(tensors: Mapping[str, Array], x: Array, name: str) -> Array:
    """Return x with mean 0 and variance 1 over its last axis, scaled and moved (Ba et al. 2016)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
    return np.asarray(centred / scale * tensors[f"{name}.weight"] + tensors[f"{name}.bias"], np.float32)


def gelu(x: Array) -> Array:
    """Return x * Phi(x); the error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26)."""
    z = np.abs(x) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    error = (1 - series * np.exp(-z * z)).astype(np.float32)
    return x * np.float32(0.5) * (1 + np.sign(x) * error)

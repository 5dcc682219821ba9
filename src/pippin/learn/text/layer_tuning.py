"""The encoder's upper layers in PyTorch, to be tuned to a task; needs torch and onnx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import missing_extra
from pippin.learn.text.token_encoder import UPPER_NAMES, WEIGHTS, WEIGHTS_FILE, WEIGHTS_SHA256
from pippin.learn.text.transformer import Array

try:
    import onnx
    import torch
except ImportError as problem:
    raise missing_extra(problem.name or "torch", "train", "Tuning the encoder's layers") from problem
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

HEADS = 12
DROPOUT = 0.1
# The products of a layer in the graph's order, by the names of its biases.
PRODUCTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


class Layer(nn.Module):
    """One layer of a transformer's encoder, normalized after each of its two parts."""

    def __init__(self, name: str, weights: Mapping[str, Array]) -> None:
        super().__init__()
        self.name = name
        self.parts = nn.ModuleDict()
        for part in (*PRODUCTS, *NORMS):
            weight, bias = (torch.from_numpy(weights[f"{name}.{part}.{kind}"].copy()) for kind in ("weight", "bias"))
            own: nn.Module = (
                nn.LayerNorm(len(bias), eps=1e-12) if part in NORMS else nn.Linear(weight.shape[1], len(bias))
            )
            own.load_state_dict({"weight": weight, "bias": bias})
            self.parts[part.replace(".", "_")] = own

    def forward(self, x_NTD: Tensor, real_NT: Tensor) -> Tensor:
        """Return the states after the layer; `real_NT` is True for pieces."""
        count, length, width = x_NTD.shape

        def product(part: str, x: Tensor) -> Tensor:
            found: Tensor = self.parts[part.replace(".", "_")](x)
            return found

        def split(part: str) -> Tensor:
            return product(f"attention.self.{part}", x_NTD).view(count, length, HEADS, width // HEADS).transpose(1, 2)

        mixed = F.scaled_dot_product_attention(
            split("query"), split("key"), split("value"), attn_mask=real_NT[:, None, None]
        )
        joined = mixed.transpose(1, 2).reshape(count, length, width)
        x = product(NORMS[0], x_NTD + self._dropped(product("attention.output.dense", joined)))
        inner = F.gelu(product("intermediate.dense", x))
        return product(NORMS[1], x + self._dropped(product("output.dense", inner)))

    def _dropped(self, x: Tensor) -> Tensor:
        return F.dropout(x, DROPOUT, self.training)

    def arrays(self) -> dict[str, Array]:
        """Return the weights by the names they were given with, rounded to half precision."""
        found = {}
        for part in (*PRODUCTS, *NORMS):
            state = self.parts[part.replace(".", "_")].state_dict()
            for kind in ("weight", "bias"):
                rounded = state[kind].numpy().astype(np.float16)
                found[f"{self.name}.{part}.{kind}"] = rounded.astype(np.float32)
        return found


class UpperLayers(nn.Module):
    """The layers above the first of the encoder's LAYERS, with its published weights."""

    def __init__(self) -> None:
        super().__init__()
        weights = upper_weights()
        self.layers = nn.ModuleList(Layer(name, weights) for name in UPPER_NAMES)

    def forward(self, x_NTD: Tensor, real_NT: Tensor) -> list[Tensor]:
        """Return the states after each layer."""
        found = []
        for layer in self.layers:
            x_NTD = layer(x_NTD, real_NT)
            found.append(x_NTD)
        return found

    def arrays(self) -> dict[str, Array]:
        """Return all weights by name, rounded to half precision."""
        layers = [layer for layer in self.layers if isinstance(layer, Layer)]
        return {name: array for layer in layers for name, array in layer.arrays().items()}


def upper_weights() -> dict[str, Array]:
    """Return the weights of the upper layers, by their usual names; 8-bit ones times their scales."""
    model = onnx.load(WEIGHTS.find(WEIGHTS_FILE, WEIGHTS_SHA256))
    arrays: dict[str, NDArray[Any]] = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    # The products have no names of their own, but the graph's order.
    products = [name for name in arrays if name.endswith("_q") and "embeddings" not in name]
    products.sort(key=lambda name: int(name.split("_")[1]))
    found = {}
    for name in UPPER_NAMES:
        position = int(name.split(".")[2])
        for part, own in zip(PRODUCTS, products[position * len(PRODUCTS) :], strict=False):
            scale = arrays[own.replace("_q", "_scale")]
            found[f"{name}.{part}.weight"] = np.ascontiguousarray((arrays[own] * scale).T.astype(np.float32))
            found[f"{name}.{part}.bias"] = arrays[f"inner.{name}.{part}.bias"]
        for part in NORMS:
            for kind in ("weight", "bias"):
                found[f"{name}.{part}.{kind}"] = arrays[f"inner.{name}.{part}.{kind}"]
    return found


def pooled_states(states_NTD: Tensor, real_NT: Tensor) -> Tensor:
    """Return the mean [N,D] over a text's pieces, of length 1."""
    real = real_NT[..., None].float()
    return F.normalize((states_NTD * real).sum(dim=1) / real.sum(dim=1), dim=1)

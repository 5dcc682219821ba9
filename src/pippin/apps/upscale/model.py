"""The network as it answers: one kernel per layer, run by ONNX Runtime, without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pippin.apps.upscale.resizing import bicubic_kernels
from pippin.learn.onnx_session import session

Array = np.ndarray
SLOPE = 0.1  # of the leaky ReLU, which what runs the network fuses into the convolution


@dataclass(frozen=True)
class Shape:
    """How large a network is: between its first and last 3x3 convolution lie `blocks` (at least 1) of `width` channels.

    It works on luma (`channels` 1), or on red, green and blue (3).
    """

    scale: int
    channels: int
    width: int
    blocks: int

    @property
    def layers(self) -> int:
        """Convolutions in all."""
        return self.blocks + 2

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""
        return self.layers

    def sizes(self, number: int) -> tuple[tuple[int, ...], tuple[int]]:
        """Of a layer's kernel and bias."""
        inputs = self.channels if number == 0 else self.width
        outputs = self.channels * self.scale**2 if number == self.layers - 1 else self.width
        return (outputs, inputs, 3, 3), (outputs,)

    def bicubic(self) -> Array:
        """Kernels that enlarge a picture of three channels."""
        return bicubic_kernels(self.scale, 3)


@dataclass
class Model:
    """A network's shape, its kernels ("number.weight", "number.bias") and its graphs ("network", "features").

    Kernels are kept in half precision, which costs nothing that can be measured, and run in single precision.
    """

    shape: Shape
    weights: Mapping[str, Array]
    graphs: Mapping[str, bytes]

    def _numbers(self, layers: range) -> dict[str, Array]:
        names = [f"{number}.{part}" for number in layers for part in ("weight", "bias")]
        return {name: self.weights[name].astype(np.float32) for name in names}

    @cached_property
    def _network(self) -> Any:
        return session(self.graphs["network"], numbers=self._numbers(range(self.shape.layers)))

    @cached_property
    def _features(self) -> Any:
        return session(self.graphs["features"], numbers=self._numbers(range(self.shape.layers - 1)))

    def __call__(self, picture: Array) -> tuple[Array, Array]:
        """A float32 picture [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,1,...] or [1,3,...]."""
        bicubic, added = self._network.run(["bicubic", "added"], {"picture": picture})
        return bicubic, added

    def features(self, picture: Array) -> Array:
        """What the last convolution sees [width,h+2,w+2] of a float32 picture [1,3,h+2r,w+2r]."""
        (found,) = self._features.run(["features"], {"picture": picture})
        return np.asarray(found[0])

    def with_last(self, weight: Array, bias: Array) -> Model:
        """The same but for the last convolution."""
        last = self.shape.layers - 1
        changed = {f"{last}.weight": weight.astype(np.float16), f"{last}.bias": bias.astype(np.float16)}
        return Model(self.shape, {**self.weights, **changed}, self.graphs)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of its numbers, by which two networks of one shape are told apart."""
        digest = hashlib.sha256()
        for name, weights in sorted(self.weights.items()):
            digest.update(name.encode() + np.ascontiguousarray(weights, np.float16).tobytes())
        return digest.hexdigest()[:16]

    @property
    def facts(self) -> dict[str, int]:
        """The shape, as JSON values."""
        return asdict(self.shape)

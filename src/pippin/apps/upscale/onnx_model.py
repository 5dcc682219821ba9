"""The network as it answers: one kernel per layer, run by ONNX Runtime, without torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from pippin.apps.upscale.estimation import cautious, estimate, tiles_of
from pippin.apps.upscale.resampling import bicubic_kernels
from pippin.learn.nn.onnx_session import session

Array = np.ndarray
SLOPE = 0.1  # of the leaky ReLU, which what runs the network fuses into the convolution


MIXER = 32  # hidden numbers between a condition and the experts
ESTIMATOR_HIDDEN = 64
DETAIL = 8.0  # times the difference to the mean around is enlarged
ESTIMATOR_WIDTHS = (6, 24, 24, 32, 32, 48, 64)  # channels of its 3x3 convolutions
ESTIMATOR_STEPS = (1, 1, 2, 1, 2, 2)
ESTIMATOR = (
    *(f"estimator.{part}.{number}" for number in range(len(ESTIMATOR_STEPS)) for part in ("kernels", "biases")),
    *(f"estimator.{layer}.{part}" for layer in ("hidden", "out") for part in ("weight", "bias")),
)


@dataclass(frozen=True)
class Shape:
    """How large a network is: between its first and last 3x3 convolution lie `blocks` (at least 1) of `width` channels.

    It works on luma (`channels` 1), or on red, green and blue (3). Of `experts` each kernel is a sum, weighted by the
    image's condition.
    """

    scale: int
    channels: int
    width: int
    blocks: int
    experts: int = 0

    @property
    def layers(self) -> int:
        """Convolutions in all."""
        return self.blocks + 2

    @property
    def fold(self) -> int:
        """Pixels a side that are taken together at first; at a scale of 1 the network works at half the size."""
        return 2 if self.scale == 1 else 1

    @property
    def factor(self) -> int:
        """How many times as wide the result is as what the convolutions work on."""
        return self.scale * self.fold

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""
        return self.layers * self.fold

    @property
    def names(self) -> list[str]:
        """Of all arrays such a network needs."""
        kernels = [f"{number}.{part}" for number in range(self.layers) for part in ("weight", "bias")]
        if not self.experts:
            return kernels
        mixer = [f"mixer.{number}.{part}" for number in (0, 1, 2) for part in ("weight", "bias")]
        return kernels + [f"{name}.experts" for name in kernels] + mixer + list(ESTIMATOR)

    def sizes(self, number: int) -> tuple[tuple[int, ...], tuple[int]]:
        """Return the shapes of a layer's kernel and bias."""
        inputs = self.channels * self.fold**2 if number == 0 else self.width
        outputs = self.channels * self.factor**2 if number == self.layers - 1 else self.width
        return (outputs, inputs, 3, 3), (outputs,)

    def bicubic(self) -> Array:
        """Return kernels that enlarge an image of three channels."""
        return bicubic_kernels(self.scale, 3)


def run(session: Any, shape: Shape, image: Array, **more: Array) -> tuple[Array, Array]:
    """Run a graph on a float32 image [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,1 or 3,...]."""
    height, width = (shape.scale * (side - 2 * shape.radius) for side in image.shape[2:])
    odd = [side % shape.fold for side in image.shape[2:]]
    if any(odd):
        image = np.pad(image, ((0, 0), (0, 0), (0, odd[0]), (0, odd[1])), mode="edge")
    bicubic, added = session.run(["bicubic", "added"], {"picture": image, **more})
    return bicubic[..., :height, :width], added[..., :height, :width]


@dataclass
class Model:
    """A network's shape, its kernels ("number.weight", "number.bias") and its graphs ("network", "features").

    Kernels are kept in half precision, which costs nothing that can be measured, and run in single precision.
    """

    shape: Shape
    weights: Mapping[str, Array]
    graphs: Mapping[str, bytes]
    origin: str = ""  # the fingerprint of the network it was made of

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""
        return self.shape.radius

    def _numbers(self, layers: range) -> dict[str, Array]:
        names = [f"{number}.{part}" for number in layers for part in ("weight", "bias")]
        return {name: self.weights[name].astype(np.float32) for name in names}

    @cached_property
    def _network(self) -> Any:
        return session(self.graphs["network"], numbers=self._numbers(range(self.shape.layers)))

    @cached_property
    def _features(self) -> Any:
        return session(self.graphs["features"], numbers=self._numbers(range(self.shape.layers - 1)))

    def __call__(self, image: Array) -> tuple[Array, Array]:
        """Return a float32 image [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,1,...] or [1,3,...]."""
        return run(self._network, self.shape, image)

    def for_condition(self, condition: Array | None) -> Model:
        """Return the network for images of a condition [conditions]: experts added, in the share it asks for."""
        if not self.shape.experts or condition is None:
            return self
        condition = cautious(condition)
        weights = {name: array.astype(np.float32) for name, array in self.weights.items()}
        hidden = weights["mixer.0.weight"] @ condition + weights["mixer.0.bias"]
        hidden = np.maximum(hidden, SLOPE * hidden)
        direct = weights["mixer.2.weight"] @ condition + weights["mixer.2.bias"]
        mix = np.tanh(weights["mixer.1.weight"] @ hidden + weights["mixer.1.bias"] + direct)
        plain = replace(self.shape, experts=0)
        summed = {name: weights[name] + np.tensordot(mix, weights[f"{name}.experts"], 1) for name in plain.names}
        return Model(plain, summed, self.graphs, self.fingerprint)

    def adapted(self, planes: Array) -> Model:
        """Return the network for an image [3,H,W] in 0..1, by its estimated condition."""
        return self.for_condition(self.estimate(tiles_of([planes], *planes.shape[1:]))) if self.shape.experts else self

    def estimate(self, tiles: Array) -> Array:
        """Estimate the condition [conditions] of an image by its tiles [N,3,h,w] in 0..1 (`tiles_of`)."""
        return estimate(self.run_estimator, tiles)

    def run_estimator(self, tiles: Array) -> Array:
        """Run the estimator on tiles [N,3,h,w] in 0..1 -> what all of them show [conditions]."""
        (found,) = self._estimator.run(["condition"], {"tiles": np.ascontiguousarray(tiles, np.float32)})
        return np.asarray(found)

    @cached_property
    def _estimator(self) -> Any:
        return session(
            self.graphs["estimator"], numbers={name: self.weights[name].astype(np.float32) for name in ESTIMATOR}
        )

    def features(self, image: Array) -> Array:
        """Return the last convolution's input [width,h+2,w+2] for a float32 image [1,3,h+2r,w+2r]."""
        (found,) = self._features.run(["features"], {"picture": image})
        return np.asarray(found[0])

    def with_last(self, weight: Array, bias: Array) -> Model:
        """Return the same but for the last convolution."""
        last = self.shape.layers - 1
        changed = {f"{last}.weight": weight.astype(np.float16), f"{last}.bias": bias.astype(np.float16)}
        return Model(self.shape, {**self.weights, **changed}, self.graphs)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of its numbers, by which two networks of one shape are told apart; the same for all conditions."""
        if self.origin:
            return self.origin
        digest = hashlib.sha256()
        for name, weights in sorted(self.weights.items()):
            digest.update(name.encode() + np.ascontiguousarray(weights, np.float16).tobytes())
        return digest.hexdigest()[:16]

    @property
    def facts(self) -> dict[str, int]:
        """The shape, as JSON values."""
        return asdict(self.shape)


class Network(Protocol):
    """A network of one scale: `Model`, or one of exported files."""

    @property
    def shape(self) -> Any:
        """Networks of one shape take equally long."""

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""

    def __call__(self, image: Array) -> tuple[Array, Array]:
        """Return a float32 image [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,1,...] or [1,3,...]."""


@dataclass(frozen=True)
class Blend:
    """Half of what each of two networks of one scale adds, where it is not sure which is right."""

    first: Network
    second: Network

    @property
    def radius(self) -> int:
        """Pixels a result needs around it."""
        return max(self.first.radius, self.second.radius)

    @property
    def shape(self) -> Any:
        """Of both."""
        return self.first.shape, self.second.shape

    def __call__(self, image: Array) -> tuple[Array, Array]:
        """Return a float32 image [1,3,h+2r,w+2r] -> bicubic [1,3,s*h,s*w] and what to add, [1,1,...] or [1,3,...]."""
        answers = []
        for network in (self.first, self.second):
            cut = self.radius - network.radius
            inner = image[..., cut : image.shape[2] - cut, cut : image.shape[3] - cut]
            answers.append(network(np.ascontiguousarray(inner)))
        (bicubic, one), (_, other) = answers
        return bicubic, (one + other) / 2


def choose(clean: Network | None, adapted: Network, share: float) -> tuple[Network, str]:
    """Return the network for an image and its name, by the share of the one for clean images (`clean_share`)."""
    if clean is None or share == 0:
        return adapted, "photo"
    return (clean, "clean") if share == 1 else (Blend(clean, adapted), "both")

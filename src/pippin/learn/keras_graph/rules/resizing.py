"""Images made larger or smaller, by nearest neighbours or linearly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.rules.convolutions import channels_last
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter


def _resize(
    c: Converter,
    node: Node,
    value: Value,
    region: Value | None = None,
    scales: Value | None = None,
    sizes: Value | None = None,
) -> Value:
    mode, place = node.attribute("mode", "nearest"), node.attribute("coordinate_transformation_mode", "half_pixel")
    if value.rank != 4 or mode not in ("nearest", "linear") or node.attribute("antialias", 0):
        raise NoRuleError(f"there is no rule for its mode {mode}")
    order = channels_last(4)
    tensor = value.in_order(order)
    factors, target = _factors(value, scales, sizes)
    whole = all(abs(factor - round(factor)) < 1e-6 and factor >= 1 for factor in factors) if factors else False
    if mode == "nearest":
        rounding = node.attribute("nearest_mode", "round_prefer_floor")
        usual = (place, rounding) in (("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"))
        if not whole or not usual:
            raise NoRuleError(f"nearest neighbours by {place} and {rounding}, not a whole number of times")
        times = tuple(round(factor) for factor in factors)
        return Value(c.layer(keras.layers.UpSampling2D, tensor, size=times, interpolation="nearest"), order)
    if place not in ("half_pixel", "pytorch_half_pixel"):
        raise NoRuleError(f"linear by {place}")
    if target is None:
        raise NoRuleError("linear, from a size that is free")
    if factors and any(abs(one / old - factor) > 1e-6 for one, old, factor in _pairs(value, target, factors)):
        raise NoRuleError("its size is no whole number of pixels")
    resized = ops.image.resize(tensor, target, interpolation="bilinear", antialias=False, data_format="channels_last")
    return Value(resized, order)


def _pairs(value: Value, target: tuple[int, int], factors: list[float]) -> list[tuple[int, int, float]]:
    return list(zip(target, value.shape[2:], factors, strict=True))


def _factors(value: Value, scales: Value | None, sizes: Value | None) -> tuple[list[float], tuple[int, int] | None]:
    """Return the factors of height and width, and the size to reach where it is known."""
    if sizes is not None and sizes.array is not None and sizes.array.size:
        if sizes.array.dtype == object:
            raise NoRuleError("its size is computed")
        height, width = (int(one) for one in sizes.array[2:])
        old = value.shape[2:]
        known = [new / side for new, side in zip((height, width), old, strict=True) if side is not None]
        return known if len(known) == 2 else [], (height, width)
    if scales is None or scales.array is None or scales.array.size != 4 or scales.array[:2].tolist() != [1, 1]:
        raise NoRuleError("its size is computed, or it grows in other axes than height and width")
    factors = [float(one) for one in scales.array[2:]]
    if None in value.shape[2:]:
        return factors, None
    height, width = (
        int(np.floor(np.float32(side) * np.float32(factor)))
        for side, factor in zip(value.shape[2:], factors, strict=True)
    )
    return factors, (height, width)


RULES: dict[str, Callable[..., Any]] = {"Resize": _resize}

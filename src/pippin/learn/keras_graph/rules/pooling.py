"""Maxima and means over windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.rules.convolutions import channels_last, padded, window
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter

MAXIMA = {1: keras.layers.MaxPooling1D, 2: keras.layers.MaxPooling2D, 3: keras.layers.MaxPooling3D}
MEANS = {1: keras.layers.AveragePooling1D, 2: keras.layers.AveragePooling2D, 3: keras.layers.AveragePooling3D}
SMALLEST = float(np.finfo(np.float32).min)


def _max(c: Converter, node: Node, value: Value) -> Value:
    sizes, strides, pads, order = _read(node, value)
    tensor = padded(value.in_order(order), pads, SMALLEST)
    return Value(_pool(c, MAXIMA[value.rank - 2], tensor, sizes, strides), order)


def _mean(c: Converter, node: Node, value: Value) -> Value:
    sizes, strides, pads, order = _read(node, value)
    tensor, make = value.in_order(order), MEANS[value.rank - 2]
    pooled = _pool(c, make, padded(tensor, pads), sizes, strides)
    if not any(any(pair) for pair in pads) or (
        node.attribute("count_include_pad", 0) and not node.attribute("ceil_mode", 0)
    ):
        return Value(pooled, order)
    # What lies outside does not count: divide by the share of each window that lies inside.
    if node.attribute("count_include_pad", 0):
        raise NoRuleError("its windows reach beyond the padding")
    ones = ops.ones_like(tensor[(Ellipsis, slice(0, 1))])
    return Value(ops.divide(pooled, _pool(c, make, padded(ones, pads), sizes, strides)), order)


def _pool(c: Converter, make: Any, tensor: Any, sizes: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    return c.layer(make, tensor, pool_size=sizes, strides=strides, padding="valid")


def _read(node: Node, value: Value) -> tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, int]], tuple[int, ...]]:
    spatial = value.rank - 2
    if spatial not in MAXIMA or len(node.outputs) > 1:
        raise NoRuleError("it gives indices, or has other axes than 1 to 3")
    sizes, (strides, dilations, pads) = tuple(node.attribute("kernel_shape")), window(node, spatial)
    if set(dilations) != {1}:
        raise NoRuleError("its windows are dilated")
    if node.attribute("ceil_mode", 0):
        # The last window may be cut off at the border: as much padding as the widest such window needs.
        for index, (size, step) in enumerate(zip(sizes, strides, strict=True)):
            length = value.shape[2 + index]
            if length is None:
                raise NoRuleError("it rounds up a size that is free")
            before, after = pads[index]
            inside = length + before + after - size
            count = -(-inside // step)
            if count * step >= length + before:  # a window that begins in the padding does not count
                count -= 1
            pads[index] = (before, after + max(0, count * step - inside))
    return sizes, strides, pads, channels_last(value.rank)


def _global(make: dict[int, Any]) -> Any:
    def rule(c: Converter, node: Node, value: Value) -> Value:
        order = channels_last(value.rank)
        return Value(c.layer(make[value.rank - 2], value.in_order(order), keepdims=True), order)

    return rule


GLOBAL_MEANS = {1: keras.layers.GlobalAveragePooling1D, 2: keras.layers.GlobalAveragePooling2D}
GLOBAL_MAXIMA = {1: keras.layers.GlobalMaxPooling1D, 2: keras.layers.GlobalMaxPooling2D}
RULES: dict[str, Callable[..., Any]] = {
    "MaxPool": _max,
    "AveragePool": _mean,
    "GlobalAveragePool": _global(GLOBAL_MEANS),
    "GlobalMaxPool": _global(GLOBAL_MAXIMA),
}

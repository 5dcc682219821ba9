"""Normalisations and softmax."""

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


def _batch(c: Converter, node: Node, value: Value, *weights: Value) -> Value:
    if any(one.array is None for one in weights) or len(weights) != 4:
        raise NoRuleError("its weights are computed")
    order = value.order if value.rank == 2 else channels_last(value.rank)
    pairs = [(one.array, one.origin) for one in weights if one.array is not None]
    result = c.layer(
        keras.layers.BatchNormalization,
        value.in_order(order),
        pairs,
        axis=order.index(1),
        momentum=float(node.attribute("momentum", 0.9)),
        epsilon=float(node.attribute("epsilon", 1e-5)),
    )
    return Value(result, order)


def _layer(c: Converter, node: Node, value: Value, scale: Value, bias: Value | None = None) -> Value:
    axis = int(node.attribute("axis", -1)) % value.rank
    if axis != value.rank - 1 or scale.array is None or (bias is not None and bias.array is None):
        raise NoRuleError("it normalises more than the last axis, or by weights that are computed")
    order = value.order if value.order[-1] == axis else tuple(range(value.rank))
    width = scale.array.size
    weights = [
        c.place(one.array, one.origin, ("reshape", one.array.shape, (width,)))
        for one in (scale, bias)
        if one is not None and one.array is not None
    ]
    result = c.layer(
        keras.layers.LayerNormalization,
        value.in_order(order),
        weights,
        axis=-1,
        epsilon=float(node.attribute("epsilon", 1e-5)),
        center=bias is not None,
    )
    return Value(result, order)


def _instance(c: Converter, node: Node, value: Value, scale: Value, bias: Value) -> Value:
    order = channels_last(value.rank)
    tensor, axes = value.in_order(order), tuple(range(1, value.rank - 1))
    return Value(_scaled(c, node, tensor, axes, [c.operand(one, (0,)) for one in (scale, bias)]), order)


def _group(c: Converter, node: Node, value: Value, scale: Value, bias: Value) -> Value:
    """Normalise groups of channels [n,c,...]; the spatial axes may be free."""
    order, groups = channels_last(value.rank), int(node.attribute("num_groups"))
    tensor = value.in_order(order)
    channels = int(tensor.shape[-1])
    if any(one.array is None for one in (scale, bias)) or c.graph.opset < 21:
        raise NoRuleError("its weights are computed, or count groups")
    mixing = np.kron(np.eye(groups), np.full((channels // groups,) * 2, 1 / (channels // groups))).astype(np.float32)
    axes = tuple(range(1, value.rank - 1))
    mean = ops.matmul(ops.mean(tensor, axis=axes, keepdims=True), mixing)
    centred = ops.subtract(tensor, mean)
    variance = ops.matmul(ops.mean(ops.square(centred), axis=axes, keepdims=True), mixing)
    normal = ops.divide(centred, ops.sqrt(variance + np.float32(node.attribute("epsilon", 1e-5))))
    factor, shift = (c.operand(one, (0,)) for one in (scale, bias))
    return Value(ops.add(ops.multiply(normal, factor), shift), order)


def _scaled(c: Converter, node: Node, tensor: Any, axes: tuple[int, ...], weights: list[Any]) -> Any:
    centred = ops.subtract(tensor, ops.mean(tensor, axis=axes, keepdims=True))
    variance = ops.mean(ops.square(centred), axis=axes, keepdims=True)
    normal = ops.divide(centred, ops.sqrt(variance + np.float32(node.attribute("epsilon", 1e-5))))
    return ops.add(ops.multiply(normal, weights[0]), weights[1])


def _softmax(c: Converter, node: Node, value: Value) -> Value:
    return _along_last(c, node, value, ops.softmax)


def _log_softmax(c: Converter, node: Node, value: Value) -> Value:
    return _along_last(c, node, value, ops.log_softmax)


def _along_last(c: Converter, node: Node, value: Value, function: Any) -> Value:
    old = c.graph.opset < 13  # then all axes from the first named one on are one
    axis = int(node.attribute("axis", 1 if old else -1)) % value.rank
    if old and axis != value.rank - 1:
        raise NoRuleError("it takes several axes as one")
    return Value(function(value.tensor, axis=value.held_axis(axis)), value.order)


def _length(c: Converter, node: Node, value: Value) -> Value:
    axis, power = value.held_axis(int(node.attribute("axis", -1))), int(node.attribute("p", 2))
    tensor = value.tensor
    if power == 1:
        size = ops.sum(ops.absolute(tensor), axis=axis, keepdims=True)
    else:
        size = ops.sqrt(ops.sum(ops.square(tensor), axis=axis, keepdims=True))
    safe = ops.where(ops.equal(size, np.float32(0)), np.float32(1), size)  # of zeros, ONNX Runtime makes zeros
    return Value(ops.divide(tensor, safe), value.order)


RULES: dict[str, Callable[..., Any]] = {
    "BatchNormalization": _batch,
    "LayerNormalization": _layer,
    "InstanceNormalization": _instance,
    "GroupNormalization": _group,
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "LpNormalization": _length,
}

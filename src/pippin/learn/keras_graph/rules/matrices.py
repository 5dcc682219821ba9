"""Products of matrices: Dense where one factor is known, EinsumDense where each member of a group has its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.values import Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter


def _matmul(c: Converter, node: Node, first: Value, second: Value) -> Value:
    if second.array is not None:
        return _by_known(c, node, first, second)
    if first.array is not None:
        return _known_by(c, first, second)
    return Value.plain(ops.matmul(first.plain_tensor(), second.plain_tensor()))


def _by_known(c: Converter, node: Node, value: Value, factor: Value) -> Value:
    """Return a tensor times a known matrix."""
    assert factor.array is not None
    if factor.array.ndim == 1:
        column = c.place(factor.array, factor.origin, ("reshape", factor.array.shape, (len(factor.array), 1)))
        product = _dense(c, value, Value.known(*column), None)
        return Value.plain(ops.squeeze(product.plain_tensor(), -1))
    if factor.array.ndim == 2:
        bias, output = _bias_after(c, node, factor.array.shape[1:])
        product = _dense(c, value, factor, bias)
        if output:
            c.finish(output, product)
        return product
    members = factor.array.shape[0]
    if factor.array.ndim == 3 and value.rank in (2, 3) and (value.rank == 2 or value.shape[0] == members):
        return _by_member(c, node, value, factor)
    return Value.plain(ops.matmul(value.plain_tensor(), c.constant(factor)))


def _known_by(c: Converter, factor: Value, value: Value) -> Value:
    """Return a known matrix [m,k] times a tensor [k] or [k,n]."""
    assert factor.array is not None
    if factor.array.ndim == 2 and value.rank <= 2:
        turned = c.place(factor.array, factor.origin, ("transpose", (1, 0), None))
        right = value.plain_tensor() if value.rank == 1 else value.in_order((1, 0))
        product = _dense(c, Value.plain(right), Value.known(*turned), None).plain_tensor()
        return Value.plain(product) if value.rank == 1 else Value(product, (1, 0))
    return Value.plain(ops.matmul(c.constant(factor), value.plain_tensor()))


def _dense(c: Converter, value: Value, kernel: Value, bias: Value | None) -> Value:
    """Return a tensor [...,k] times a known matrix [k,n], with a known bias [n]."""
    last = value.rank - 1
    order = value.order if value.order[-1] == last else tuple(range(value.rank))
    tensor = value.in_order(order)
    if value.rank == 1:
        tensor = ops.expand_dims(tensor, 0)
    assert kernel.array is not None
    weights = [(kernel.array, kernel.origin)]
    if bias is not None and bias.array is not None:
        weights.append((bias.array, bias.origin))
    units = kernel.array.shape[1]
    product = c.layer(keras.layers.Dense, tensor, weights, units=units, use_bias=bias is not None)
    return Value.plain(ops.squeeze(product, 0)) if value.rank == 1 else Value(product, order)


def _by_member(c: Converter, node: Node, value: Value, factor: Value) -> Value:
    """Return [n,i] or [k,n,i] times [k,i,o], held as [n,k,o]."""
    assert factor.array is not None
    members, _, units = factor.array.shape
    order = (1, 0, 2)
    tensor = value.plain_tensor() if value.rank == 2 else value.in_order(order)
    equation = "ni,kio->nko" if value.rank == 2 else "nki,kio->nko"
    bias, output = _bias_after(c, node, (members, 1, units))
    weights = [(factor.array, factor.origin)]
    if bias is not None and bias.array is not None:
        weights.append(c.place(bias.array, bias.origin, ("reshape", bias.array.shape, (members, units))))
    axes = "ko" if bias is not None else None
    settings: dict[str, Any] = {"equation": equation, "output_shape": (members, units), "bias_axes": axes}
    product = Value(c.layer(keras.layers.EinsumDense, tensor, weights, **settings), order)
    if output:
        c.finish(output, product)
    return product


def _bias_after(c: Converter, node: Node, shape: tuple[int, ...]) -> tuple[Value | None, str]:
    """Return the bias that the next node adds, if that is all it does, and its output."""
    following = c.graph.consumer(node.outputs[0])
    if following is None or following.operator != "Add":
        return None, ""
    other = next((name for name in following.inputs if name != node.outputs[0]), "")
    value = c.values.get(other)
    if value is None or value.array is None or value.array.shape != shape:
        return None, ""
    return value, following.outputs[0]


def _gemm(c: Converter, node: Node, first: Value, second: Value, third: Value | None = None) -> Value:
    alpha, beta = float(node.attribute("alpha", 1.0)), float(node.attribute("beta", 1.0))
    left = first if not node.attribute("transA", 0) else _turned(c, first)
    right = second if not node.attribute("transB", 0) else _turned(c, second)
    if alpha == beta == 1 and right.array is not None and left.array is None:
        units = right.array.shape[1]
        if third is None:
            return _dense(c, left, right, None)
        if third.array is not None and third.array.shape in ((units,), (1, units)):
            bias = c.place(third.array, third.origin, ("reshape", third.array.shape, (units,)))
            return _dense(c, left, right, Value.known(*bias))
    product = _matmul(c, node, left, right) if right.array is None else _dense(c, left, right, None)
    if alpha != 1:
        product = Value(product.tensor * np.float32(alpha), product.order)
    if third is None:
        return product
    (a, b), order = c.aligned(product, third)
    return Value(ops.add(a, b if beta == 1 else b * np.float32(beta)), order)


def _turned(c: Converter, value: Value) -> Value:
    if value.array is not None:
        return Value.known(*c.place(value.array, value.origin, ("transpose", (1, 0), None)))
    return Value(value.tensor, tuple(1 - axis for axis in value.order))


RULES: dict[str, Callable[..., Any]] = {"MatMul": _matmul, "Gemm": _gemm}

"""Operators that work number by number: arithmetic, comparisons, activations."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter

Rule = Callable[..., Any]
# Of erf by Abramowitz and Stegun 1964, formula 7.1.26: within 1.5e-7, by operators every runtime has.
ERF_P, ERF_A = 0.3275911, (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
DTYPES = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64"}


def _binary(function: Callable[[Any, Any], Any]) -> Rule:
    def rule(c: Converter, node: Node, first: Value, second: Value) -> Value:
        (a, b), order = c.aligned(first, second)
        return Value(function(a, b), order)

    return rule


def _variadic(function: Callable[[Any, Any], Any], *, mean: bool = False) -> Rule:
    def rule(c: Converter, node: Node, *values: Value) -> Value:
        operands, order = c.aligned(*values)
        total = reduce(function, operands)
        return Value(ops.multiply(total, np.float32(1 / len(values))) if mean else total, order)

    return rule


def _unary(function: Callable[[Any], Any]) -> Rule:
    def rule(c: Converter, node: Node, value: Value) -> Value:
        return Value(function(value.tensor), value.order)

    return rule


def _activation(name: str) -> Rule:
    def rule(c: Converter, node: Node, value: Value) -> Value:
        return Value(c.layer(keras.layers.Activation, value.tensor, activation=name), value.order)

    return rule


def _divide(c: Converter, node: Node, first: Value, second: Value) -> Value:
    (a, b), order = c.aligned(first, second)
    of_floats = all(one.array is None or one.array.dtype.kind == "f" for one in (first, second))
    tensor = first.tensor if first.array is None else second.tensor
    if of_floats and str(tensor.dtype).startswith("float"):
        return Value(ops.divide(a, b), order)
    return Value(ops.floor_divide(a, b), order)


def _leaky(c: Converter, node: Node, value: Value) -> Value:
    slope = float(node.attribute("alpha", 0.01))
    return Value(c.layer(keras.layers.LeakyReLU, value.tensor, negative_slope=slope), value.order)


def _elu(c: Converter, node: Node, value: Value) -> Value:
    return Value(c.layer(keras.layers.ELU, value.tensor, alpha=float(node.attribute("alpha", 1.0))), value.order)


def _gelu(c: Converter, node: Node, value: Value) -> Value:
    x = value.tensor
    if node.attribute("approximate", "none") == "tanh":
        inner = 0.7978845608028654 * (x + 0.044715 * x * x * x)
        return Value(0.5 * x * (1 + ops.tanh(inner)), value.order)
    return Value(0.5 * x * (1 + erf(c, x * np.float32(0.5**0.5))), value.order)


def _hard_sigmoid(c: Converter, node: Node, value: Value) -> Value:
    alpha, beta = float(node.attribute("alpha", 0.2)), float(node.attribute("beta", 0.5))
    return Value(ops.clip(value.tensor * np.float32(alpha) + np.float32(beta), 0, 1), value.order)


def _hard_swish(c: Converter, node: Node, value: Value) -> Value:
    gate = ops.clip(value.tensor * np.float32(1 / 6) + np.float32(0.5), 0, 1)
    return Value(value.tensor * gate, value.order)


def erf(c: Converter, x: Any) -> Any:
    """Return the error function; for runtimes without it, by exponentials."""
    if not c.portable:
        return ops.erf(x)
    size = ops.absolute(x)
    t = 1 / (1 + size * ERF_P)
    series = reduce(lambda total, factor: total * t + factor, reversed(ERF_A[:-2]), t * ERF_A[-1] + ERF_A[-2])
    return ops.sign(x) * (1 - series * t * ops.exp(-size * size))


def _erf(c: Converter, node: Node, value: Value) -> Value:
    return Value(erf(c, value.tensor), value.order)


def _clip(c: Converter, node: Node, value: Value, low: Value | None = None, high: Value | None = None) -> Value:
    limits = [_limit(one, node.attribute(name)) for one, name in ((low, "min"), (high, "max"))]
    tensor = value.tensor
    if limits == [0.0, 6.0]:
        return Value(c.layer(keras.layers.ReLU, tensor, max_value=6.0), value.order)
    if limits[0] is not None:
        tensor = ops.maximum(tensor, np.asarray(limits[0], value.tensor.dtype))
    if limits[1] is not None:
        tensor = ops.minimum(tensor, np.asarray(limits[1], value.tensor.dtype))
    return Value(tensor, value.order)


def _limit(value: Value | None, attribute: Any) -> float | None:
    if value is None:
        return attribute
    if value.array is None:
        raise NoRuleError("its limits are computed")
    return float(value.array)


def _cast(c: Converter, node: Node, value: Value) -> Value:
    if node.attribute("to") not in DTYPES:
        raise NoRuleError(f"there is no rule for its type {node.attribute('to')}")
    return Value(ops.cast(value.tensor, DTYPES[node.attribute("to")]), value.order)


def _where(c: Converter, node: Node, condition: Value, first: Value, second: Value) -> Value:
    (chosen, a, b), order = c.aligned(condition, first, second)
    return Value(ops.where(chosen, a, b), order)


def _is_nan(c: Converter, node: Node, value: Value) -> Value:
    return Value(ops.not_equal(value.tensor, value.tensor), value.order)


def _prelu(c: Converter, node: Node, value: Value, slope: Value) -> Value:
    (x, factor), order = c.aligned(value, slope)
    return Value(ops.subtract(ops.relu(x), ops.multiply(factor, ops.relu(ops.negative(x)))), order)


def _dropout(c: Converter, node: Node, value: Value, ratio: Value | None = None, mode: Value | None = None) -> Value:
    share = float(ratio.array) if ratio is not None and ratio.array is not None else float(node.attribute("ratio", 0.5))
    return Value(c.layer(keras.layers.Dropout, value.tensor, rate=share), value.order)


def _identity(c: Converter, node: Node, value: Value) -> Value:
    return value


RULES: dict[str, Rule] = {
    "Add": _binary(ops.add),
    "Sub": _binary(ops.subtract),
    "Mul": _binary(ops.multiply),
    "Div": _divide,
    "Pow": _binary(ops.power),
    "Mod": _binary(ops.mod),
    "Sum": _variadic(ops.add),
    "Mean": _variadic(ops.add, mean=True),
    "Max": _variadic(ops.maximum),
    "Min": _variadic(ops.minimum),
    "Equal": _binary(ops.equal),
    "Greater": _binary(ops.greater),
    "GreaterOrEqual": _binary(ops.greater_equal),
    "Less": _binary(ops.less),
    "LessOrEqual": _binary(ops.less_equal),
    "And": _binary(ops.logical_and),
    "Or": _binary(ops.logical_or),
    "Xor": _binary(ops.logical_xor),
    "Not": _unary(ops.logical_not),
    "Neg": _unary(ops.negative),
    "Abs": _unary(ops.absolute),
    "Exp": _unary(ops.exp),
    "Log": _unary(ops.log),
    "Sqrt": _unary(ops.sqrt),
    "Reciprocal": _unary(lambda x: 1 / x),
    "Floor": _unary(ops.floor),
    "Ceil": _unary(ops.ceil),
    "Round": _unary(ops.round),
    "Sign": _unary(ops.sign),
    "Sin": _unary(ops.sin),
    "Cos": _unary(ops.cos),
    "Softplus": _activation("softplus"),
    "Softsign": _activation("softsign"),
    "Relu": _activation("relu"),
    "Sigmoid": _activation("sigmoid"),
    "Tanh": _activation("tanh"),
    "Selu": _activation("selu"),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _hard_swish,
    "LeakyRelu": _leaky,
    "Elu": _elu,
    "Gelu": _gelu,
    "PRelu": _prelu,
    "Erf": _erf,
    "IsNaN": _is_nan,
    "Clip": _clip,
    "Cast": _cast,
    "Where": _where,
    "Dropout": _dropout,
    "Identity": _identity,
}

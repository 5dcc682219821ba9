"""Sums, means and extremes along axes, and where they lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter


def without(order: tuple[int, ...], axes: set[int]) -> tuple[int, ...]:
    """Return the order of a tensor some of whose (graph's) axes are gone."""
    kept = [axis for axis in order if axis not in axes]
    return tuple(sorted(kept).index(axis) for axis in kept)


def known_axes(node: Node, value: Value, axes: Value | None) -> list[int]:
    """Return the graph's axes that a node names, by attribute or input; [] where it names none."""
    if axes is not None and axes.array is None:
        raise NoRuleError("its axes are computed")
    given = node.attribute("axes") if axes is None or axes.array is None else axes.array.tolist()
    return [int(axis) % value.rank for axis in given or []]


def _reduce(function: Callable[..., Any]) -> Callable[..., Any]:
    def rule(c: Converter, node: Node, value: Value, axes: Value | None = None) -> Value:
        named = known_axes(node, value, axes)
        if not named and node.attribute("noop_with_empty_axes", 0):
            return value
        named = named or list(range(value.rank))
        keep = bool(node.attribute("keepdims", 1))
        held = tuple(sorted(value.held_axis(axis) for axis in named))
        result = function(value.tensor, axis=held, keepdims=keep)
        return Value(result, value.order if keep else without(value.order, set(named)))

    return rule


def _position(*, largest: bool) -> Callable[..., Any]:
    """Return a rule for where the largest or least number lies; Keras's argmax has operators that LiteRT lacks."""

    def rule(c: Converter, node: Node, value: Value) -> Value:
        if node.attribute("select_last_index", 0):
            raise NoRuleError("of equal ones it takes the last")
        axis, keep = int(node.attribute("axis", 0)) % value.rank, bool(node.attribute("keepdims", 1))
        order = (*(one for one in range(value.rank) if one != axis), axis)
        tensor = value.in_order(order)
        places = ops.cast(ops.top_k(tensor if largest else ops.negative(tensor), 1)[1], "int64")
        if keep:
            return Value(places, order)
        return Value(ops.squeeze(places, -1), without(order, {axis}))

    return rule


def _l2(tensor: Any, axis: Any, keepdims: bool) -> Any:
    return ops.sqrt(ops.sum(ops.square(tensor), axis=axis, keepdims=keepdims))


RULES: dict[str, Callable[..., Any]] = {
    "ReduceMean": _reduce(ops.mean),
    "ReduceSum": _reduce(ops.sum),
    "ReduceMax": _reduce(ops.max),
    "ReduceMin": _reduce(ops.min),
    "ReduceProd": _reduce(ops.prod),
    "ReduceL2": _reduce(_l2),
    "ReduceLogSumExp": _reduce(ops.logsumexp),
    "ArgMax": _position(largest=True),
    "ArgMin": _position(largest=False),
}

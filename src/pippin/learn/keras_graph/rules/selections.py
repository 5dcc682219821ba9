"""What picks numbers out of others: slices, gathering, the largest ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.values import Dim, NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter


def _ints(value: Value | None) -> list[Any] | None:
    if value is None:
        return None
    if value.array is None:
        raise NoRuleError("where it cuts is computed")
    return list(value.array.ravel().tolist())


def _slice(
    c: Converter,
    node: Node,
    value: Value,
    starts: Value | None = None,
    ends: Value | None = None,
    axes: Value | None = None,
    steps: Value | None = None,
) -> Value:
    begin, end = _ints(starts) or list(node.attribute("starts")), _ints(ends) or list(node.attribute("ends"))
    named = _ints(axes) or list(node.attribute("axes") or range(len(begin)))
    strides = _ints(steps) or [1] * len(begin)
    if value.array is not None:
        return _known_slice(value, begin, end, named, strides)
    cut = [slice(None)] * value.rank
    for first, last, axis, step in zip(begin, end, named, strides, strict=True):
        if isinstance(first, Dim) or isinstance(last, Dim):
            raise NoRuleError("where it cuts is known only when it runs")
        cut[value.held_axis(axis)] = _python_slice(first, last, step, value.shape[axis])
    return Value(value.tensor[tuple(cut)], value.order)


def _python_slice(first: int, last: int, step: int, size: int | None) -> slice:
    """Return ONNX's slice as Python's; there, ends beyond the tensor are allowed in both directions."""
    huge = 2**31 - 1
    if step < 0:
        if size is None and abs(last) < huge and last < 0 and last != -huge:
            raise NoRuleError("it runs backwards to a place in an axis that is free")
        stop = None if last <= -huge or (size is not None and last < -size) else last
        start = None if first >= huge or (size is not None and first >= size - 1) or first == -1 else first
        return slice(start, stop, step)
    return slice(first or None, None if last >= huge else last, None if step == 1 else step)


def _known_slice(value: Value, begin: list[Any], end: list[Any], axes: list[Any], strides: list[Any]) -> Value:
    """Return the first numbers of a known array along one axis, as many as a size that is known when it runs."""
    if len(axes) != 1 or begin != [0] or strides != [1] or not isinstance(end[0], Dim):
        raise NoRuleError("where it cuts is known only when it runs")
    index = ops.subtract(ops.cumsum(end[0].ones()), np.int32(1))
    return Value.plain(ops.take(value.array, index, axis=int(axes[0])))


def _gather(c: Converter, node: Node, value: Value, index: Value) -> Value:
    axis = int(node.attribute("axis", 0)) % value.rank
    if value.array is not None:
        return _look_up(c, value, index, axis)
    if index.array is not None:
        number = index.array
        if number.ndim == 0:
            place = int(number)
            cut = [slice(None)] * value.rank
            cut[value.held_axis(axis)] = slice(place, place + 1 or None)
            tensor = ops.squeeze(value.tensor[tuple(cut)], value.held_axis(axis))
            kept = [one for one in value.order if one != axis]
            return Value(tensor, tuple(sorted(kept).index(one) for one in kept))
        if number.ndim == 1:
            places = _positive(number, value.shape[axis])
            return Value(ops.take(value.tensor, places, axis=value.held_axis(axis)), value.order)
        return Value.plain(ops.take(value.plain_tensor(), _positive(number, value.shape[axis]), axis=axis))
    places = ops.cast(index.plain_tensor(), "int32")
    return Value.plain(ops.take(value.plain_tensor(), places, axis=axis))


def _positive(index: np.ndarray, size: int | None) -> np.ndarray:
    """Return indices as int32, negative ones counted from the end."""
    if (index < 0).any() and size is None:
        raise NoRuleError("it counts from the end of an axis that is free")
    return np.where(index < 0, index + (size or 0), index).astype(np.int32)


def _look_up(c: Converter, table: Value, index: Value, axis: int) -> Value:
    """Return rows of a known array by computed indices: an Embedding."""
    assert table.array is not None
    places = ops.cast(index.plain_tensor(), "int32")
    array = table.array
    if axis or array.dtype != np.float32 or array.ndim > 2:
        return Value.plain(ops.take(array, places, axis=axis))
    rows = len(array)
    flat = c.place(array, table.origin, ("reshape", array.shape, (rows, array.size // rows)))
    found = c.layer(keras.layers.Embedding, places, [flat], input_dim=rows, output_dim=array.size // rows)
    return Value.plain(found if array.ndim == 2 else ops.squeeze(found, -1))


def _gather_nd(c: Converter, node: Node, value: Value, index: Value) -> Value:
    """Return elements by their whole position, counted in the flat tensor."""
    depth = index.shape[-1]
    if int(node.attribute("batch_dims", 0)) or depth != value.rank:
        raise NoRuleError("it picks more than single numbers")
    sizes = value.sizes()
    places = ops.cast(index.plain_tensor() if index.array is None else index.array, "int32")
    flat = places[..., 0]
    for axis in range(1, value.rank):
        size = sizes[axis]
        size = size.scalar() if isinstance(size, Dim) else np.int32(size)
        flat = ops.add(ops.multiply(flat, size), places[..., axis])
    return Value.plain(ops.take(ops.reshape(value.plain_tensor(), (-1,)), flat, axis=0))


def _top(c: Converter, node: Node, value: Value, count: Value | None = None) -> tuple[Value, Value]:
    if count is not None and count.array is None:
        raise NoRuleError("how many it takes is computed")
    number = int(count.array.ravel()[0]) if count is not None and count.array is not None else int(node.attribute("k"))
    axis, largest = int(node.attribute("axis", -1)) % value.rank, bool(node.attribute("largest", 1))
    order = (*(one for one in range(value.rank) if one != axis), axis)
    tensor = value.in_order(order)
    best, places = ops.top_k(tensor if largest else ops.negative(tensor), number, sorted=True)
    return Value(best if largest else ops.negative(best), order), Value(ops.cast(places, "int64"), order)


RULES: dict[str, Callable[..., Any]] = {
    "Slice": _slice,
    "Gather": _gather,
    "GatherND": _gather_nd,
    "TopK": _top,
}

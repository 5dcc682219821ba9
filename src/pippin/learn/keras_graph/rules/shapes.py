"""What changes a value's form and not its numbers, and sizes that are known only when the network runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.rules.reductions import known_axes, without
from pippin.learn.keras_graph.values import Dim, NoRuleError, Value, same_sizes

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter


def _reshape(c: Converter, node: Node, value: Value, shape: Value) -> Value:
    if shape.array is None:
        raise NoRuleError("its shape is computed")
    sizes = list(shape.array.ravel())
    old = value.sizes()
    copies = not node.attribute("allowzero", 0)
    if value.merged:
        return replace(value, merged=0) if same_sizes(sizes, list(old)) else _reshape(c, node, settled(value), shape)
    target = [
        old[index] if copies and not isinstance(one, Dim) and one == 0 else one for index, one in enumerate(sizes)
    ]
    gone = value.rank - len(target) + 1
    merges = value.shape[:gone].count(None) + value.shape[gone:].count(None) > 1
    is_open = gone > 1 and not isinstance(target[0], Dim) and target[0] == -1
    if merges and is_open and same_sizes(target[1:], list(old[gone:])):
        return replace(value, merged=gone)
    return _reshaped(c, value, target)


def settled(value: Value) -> Value:
    """Return a value whose first axes are one also in memory."""
    if not value.merged:
        return value
    sizes = value.shape[value.merged :]
    if None in sizes:
        raise NoRuleError("it reads a shape of several free sizes")
    return Value.plain(ops.reshape(value.plain_tensor(), (-1, *sizes)))


def _reshaped(c: Converter, value: Value, target: list[Any]) -> Value:
    tensor = value.plain_tensor()
    free = [index for index, one in enumerate(target) if isinstance(one, Dim) or one == -1]
    if len(free) == 1 and -1 not in target:
        target = [-1 if isinstance(one, Dim) else int(one) for one in target]
    elif len(free) > 1:
        return Value.plain(_reshaped_freely(tensor, target, free))
    return Value.plain(ops.reshape(tensor, tuple(int(one) for one in target)))


def _reshaped_freely(tensor: Any, target: list[Any], free: list[int]) -> Any:
    """Return a tensor in a shape of several free sizes: the first of them counts examples, as the tensor's does."""
    shape, known = tuple(tensor.shape), -1 in target
    sizes = [one for one in target if isinstance(one, Dim)]
    rest = [int(one) for one in target if not isinstance(one, Dim) and one != -1]
    inside = [side for side in shape if side is not None]
    if known and shape.count(None) == len(sizes) and (math.prod(inside) % math.prod(rest) == 0):
        # The free sizes stay as they are, so what is left to find is a number.
        target = [
            math.prod(inside) // math.prod(rest) if not isinstance(one, Dim) and one == -1 else one for one in target
        ]
        free = [index for index, one in enumerate(target) if isinstance(one, Dim)]
    if len(free) == 2 and free[0] == 0 and shape[0] is None and isinstance(target[0], Dim) and target[0].is_batch:
        rest = [-1 if index in free else int(one) for index, one in enumerate(target)][1:]
        return keras.layers.Reshape(tuple(rest))(tensor)
    if len(free) == 1:
        return ops.reshape(tensor, tuple(-1 if index in free else int(one) for index, one in enumerate(target)))
    raise NoRuleError(f"its shape has {len(free)} free sizes")


def _flatten(c: Converter, node: Node, value: Value) -> Value:
    axis = int(node.attribute("axis", 1))
    sizes = value.shape
    if axis == 1 and value.rank > 1 and None not in sizes[1:]:
        return Value.plain(c.layer(keras.layers.Flatten, value.plain_tensor()))
    first, last = sizes[:axis], sizes[axis:]
    target = [math.prod(part) if None not in part else -1 for part in (first, last)]
    if target == [-1, -1]:
        raise NoRuleError("sizes on both sides of its axis are free")
    return Value.plain(ops.reshape(value.plain_tensor(), tuple(target)))


def _transpose(c: Converter, node: Node, value: Value) -> Value:
    turned = tuple(node.attribute("perm") or reversed(range(value.rank)))
    if value.merged:
        if turned[0] != 0:
            return _transpose(c, node, settled(value))
        more = value.merged - 1
        turned = (*range(value.merged), *(axis + more for axis in turned[1:]))
        return replace(value, order=tuple(turned.index(axis) for axis in value.order))
    return Value(value.tensor, tuple(turned.index(axis) for axis in value.order))


def _squeeze(c: Converter, node: Node, value: Value, axes: Value | None = None) -> Value:
    named = known_axes(node, value, axes) or [axis for axis, size in enumerate(value.shape) if size == 1]
    held = tuple(sorted(value.held_axis(axis) for axis in named))
    return Value(ops.squeeze(value.tensor, held), without(value.order, set(named)))


def _unsqueeze(c: Converter, node: Node, value: Value, axes: Value | None = None) -> Value:
    if axes is not None and axes.array is None:
        raise NoRuleError("its axes are computed")
    given = node.attribute("axes") if axes is None or axes.array is None else axes.array.ravel().tolist()
    rank = value.rank + len(given)
    named = sorted(int(axis) % rank for axis in given)
    old = [axis for axis in range(rank) if axis not in named]
    # New axes come last where the tensor is held in another order, so that it stays as it is held.
    if value.is_plain:
        tensor = value.tensor
        for axis in named:
            tensor = ops.expand_dims(tensor, axis)
        return Value.plain(tensor)
    tensor, order = value.tensor, [old[axis] for axis in value.order]
    for axis in named:
        tensor = ops.expand_dims(tensor, -1)
        order.append(axis)
    return Value(tensor, tuple(order))


def _concat(c: Converter, node: Node, *values: Value) -> Value:
    axis = int(node.attribute("axis")) % values[0].rank
    order = next(one.order for one in values if one.array is None)
    free = next(one for one in values if one.array is None)
    held = []
    for one in values:
        if one.array is None:
            held.append(one.in_order(order))
        else:
            held.append(_beside(c, one, free, order, axis))
    return Value(c.layer(keras.layers.Concatenate, held, axis=order.index(axis)), order)


def _beside(c: Converter, value: Value, other: Value, order: tuple[int, ...], axis: int) -> Any:
    """Return a known array as a tensor that another can be joined to."""
    tensor = c.constant(value)
    return ops.transpose(tensor, order) if order != tuple(range(len(order))) else tensor


def _split(c: Converter, node: Node, value: Value, sizes: Value | None = None) -> list[Value]:
    axis = int(node.attribute("axis", 0)) % value.rank
    held, count = value.held_axis(axis), len(node.outputs)
    given = sizes.array.tolist() if sizes is not None and sizes.array is not None else node.attribute("split")
    if given is None and value.shape[axis] is None:
        # An axis whose size is free: the halves of a batch that was joined of two.
        return [Value(one, value.order) for one in ops.split(value.tensor, count, axis=held)]
    if given is None:
        chunk = -(-value.shape[axis] // count)
        given = [min(chunk, value.shape[axis] - chunk * index) for index in range(count)]
    bounds = np.cumsum([0, *given]).tolist()
    cuts = pairwise(bounds)
    before = (slice(None),) * held
    return [Value(value.tensor[(*before, slice(a, b))], value.order) for a, b in cuts]


def _pad(
    c: Converter,
    node: Node,
    value: Value,
    pads: Value | None = None,
    fill: Value | None = None,
    axes: Value | None = None,
) -> Value:
    if pads is not None and (pads.array is None or pads.array.dtype == object):
        raise NoRuleError("its widths are computed")
    given = list(node.attribute("pads") or []) if pads is None or pads.array is None else pads.array.tolist()
    named = axes.array.tolist() if axes is not None and axes.array is not None else range(value.rank)
    half = len(given) // 2
    widths = [(0, 0)] * value.rank
    for axis, before, after in zip(named, given[:half], given[half:], strict=True):
        widths[value.held_axis(int(axis))] = (int(before), int(after))
    if min(min(pair) for pair in widths) < 0:
        raise NoRuleError("it cuts off")
    mode, tensor = node.attribute("mode", "constant"), value.tensor
    if mode == "edge":
        for axis, (before, after) in enumerate(widths):
            tensor = _repeat_edges(tensor, axis, before, after)
        return Value(tensor, value.order)
    if mode not in ("constant", "reflect"):
        raise NoRuleError(f"there is no rule for its mode {mode}")
    number = float(fill.array) if fill is not None and fill.array is not None and fill.array.size else 0.0
    more = {"constant_values": number} if mode == "constant" and number else {}
    return Value(ops.pad(tensor, tuple(widths), mode=mode, **more), value.order)


def _repeat_edges(tensor: Any, axis: int, before: int, after: int) -> Any:
    """Return a tensor with its first and last slices repeated along an axis."""
    lead = (slice(None),) * axis
    parts = [tensor[(*lead, slice(0, 1))]] * before + [tensor] + [tensor[(*lead, slice(-1, None))]] * after
    return ops.concatenate(parts, axis=axis) if len(parts) > 1 else tensor


def _shape(c: Converter, node: Node, value: Value) -> Value:
    start, end = node.attribute("start", 0), node.attribute("end")
    return Value.known(value.sizes()[slice(start or None, end)])


def _range(c: Converter, node: Node, first: Value, last: Value, step: Value) -> Value:
    if any(one.array is None for one in (first, last, step)):
        raise NoRuleError("its bounds are computed")
    assert first.array is not None
    assert last.array is not None
    assert step.array is not None
    a, b, s = (one.item() for one in (first.array, last.array, step.array))
    if not isinstance(b, Dim):
        return Value.known(np.arange(a, b, s, dtype=first.array.dtype))
    if (a, s) != (0, 1):
        raise NoRuleError("it counts otherwise than 0, 1, 2 ...")
    numbers = ops.subtract(ops.cumsum(b.ones()), np.int32(1))
    return Value.plain(ops.cast(numbers, "int64"))


def _expand(c: Converter, node: Node, value: Value, shape: Value) -> Value:
    if shape.array is None:
        raise NoRuleError("its shape is computed")
    target = list(shape.array.ravel())
    rank = max(len(target), value.rank)
    tensor = c.constant(value) if value.array is not None else value.plain_tensor()
    dtype = str(tensor.dtype)
    tensor = ops.cast(tensor, "int32") if dtype == "bool" else tensor
    for _ in range(rank - value.rank):
        tensor = ops.expand_dims(tensor, 0)
    for axis, size in enumerate(target, rank - len(target)):
        if not isinstance(size, Dim) and int(size) == 1:
            continue
        ones = size.ones() if isinstance(size, Dim) else np.ones(int(size), np.int32)
        wide = ops.reshape(ones, (1,) * axis + (-1,) + (1,) * (rank - axis - 1))
        tensor = ops.multiply(tensor, ops.cast(wide, tensor.dtype))
    return Value.plain(ops.cast(tensor, dtype))


RULES: dict[str, Callable[..., Any]] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Concat": _concat,
    "Split": _split,
    "Pad": _pad,
    "Shape": _shape,
    "Range": _range,
    "Expand": _expand,
}

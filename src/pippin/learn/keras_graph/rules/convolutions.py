"""Convolutions: ordinary, grouped, by channel, transposed, and by a kernel that the network computes itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter

LAYERS = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D, 3: keras.layers.Conv3D}
TRANSPOSED = {1: keras.layers.Conv1DTranspose, 2: keras.layers.Conv2DTranspose, 3: keras.layers.Conv3DTranspose}


def channels_last(rank: int) -> tuple[int, ...]:
    """Return the order in which channels come last."""
    return (0, *range(2, rank), 1)


def window(node: Node, spatial: int) -> tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, int]]]:
    """Return strides, dilations and the padding before and after each spatial axis."""
    strides = tuple(node.attribute("strides") or (1,) * spatial)
    dilations = tuple(node.attribute("dilations") or (1,) * spatial)
    auto = node.attribute("auto_pad", "NOTSET")
    if auto not in ("NOTSET", "VALID"):
        raise NoRuleError(f"its padding is {auto}")
    pads = list(node.attribute("pads") or (0,) * (2 * spatial)) if auto == "NOTSET" else [0] * (2 * spatial)
    return strides, dilations, list(zip(pads[:spatial], pads[spatial:], strict=True))


def padded(tensor: Any, pads: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    """Return a tensor with channels last, padded at its spatial axes."""
    if not any(any(pair) for pair in pads):
        return tensor
    return ops.pad(tensor, ((0, 0), *pads, (0, 0)), constant_values=value if value else None)


def _conv(c: Converter, node: Node, value: Value, kernel: Value, bias: Value | None = None) -> Value:
    spatial = value.rank - 2
    if spatial not in LAYERS:
        raise NoRuleError(f"it has {spatial} spatial axes")
    order, (strides, dilations, pads) = channels_last(value.rank), window(node, spatial)
    tensor, group = value.in_order(order), int(node.attribute("group", 1))
    if kernel.array is None or (bias is not None and bias.array is None):
        return _by_computed(c, padded(tensor, pads), kernel, bias, strides, dilations, group, order)
    size = kernel.array.shape[2:]
    same = set(strides) == {1} and all(
        before == after == (side - 1) * step // 2 and side % 2
        for (before, after), side, step in zip(pads, size, dilations, strict=True)
    )
    tensor = tensor if same else padded(tensor, pads)
    settings: dict[str, Any] = {
        "kernel_size": size,
        "strides": strides,
        "dilation_rate": dilations,
        "padding": "same" if same else "valid",
        "use_bias": bias is not None,
    }
    outside, inside = kernel.array.shape[:2]
    turned: tuple[Any, ...] = (("transpose", (*range(2, 2 + spatial), 1, 0), None),)
    make: Any = LAYERS[spatial]
    if inside == 1 and group > 1 and spatial == 2 and len(set(strides)) == 1:
        # One filter or more for each channel: [c*m,1,h,w] -> [h,w,c,m]
        shape = (group, outside // group, *size)
        turned = (("reshape", kernel.array.shape, shape), ("transpose", (2, 3, 0, 1), None))
        make, settings = keras.layers.DepthwiseConv2D, {**settings, "depth_multiplier": outside // group}
    else:
        settings |= {"filters": outside, "groups": group}
    weights = [c.place(kernel.array, kernel.origin, *turned)]
    if bias is not None and bias.array is not None:
        weights.append((bias.array, bias.origin))
    return Value(c.layer(make, tensor, weights, **settings), order)


def _by_computed(
    c: Converter,
    tensor: Any,
    kernel: Value,
    bias: Value | None,
    strides: Any,
    dilations: Any,
    group: int,
    order: tuple[int, ...],
) -> Value:
    if group != 1:
        raise NoRuleError("its kernel is computed, and it has groups")
    turned = (*range(2, len(order)), 1, 0)
    weights = (
        kernel.in_order(turned) if kernel.array is None else c.constant(Value.known(kernel.array.transpose(turned)))
    )
    result = ops.conv(
        tensor, weights, strides=strides, padding="valid", data_format="channels_last", dilation_rate=dilations
    )
    if bias is not None:
        result = ops.add(result, bias.tensor if bias.array is None else bias.array)
    return Value(result, order)


def _transposed(c: Converter, node: Node, value: Value, kernel: Value, bias: Value | None = None) -> Value:
    spatial = value.rank - 2
    if kernel.array is None or (bias is not None and bias.array is None):
        raise NoRuleError("its kernel is computed")
    if int(node.attribute("group", 1)) != 1 or node.attribute("output_shape") or spatial not in TRANSPOSED:
        raise NoRuleError("it has groups or a fixed size")
    order, (strides, dilations, pads) = channels_last(value.rank), window(node, spatial)
    size = kernel.array.shape[2:]
    more = list(node.attribute("output_padding") or (0,) * spatial)
    turned = ("transpose", (*range(2, 2 + spatial), 1, 0), None)
    weights = [c.place(kernel.array, kernel.origin, turned)]
    if bias is not None and bias.array is not None:
        weights.append((bias.array, bias.origin))
    if set(dilations) != {1} or any(step > side for step, side in zip(strides, size, strict=True)):
        raise NoRuleError("its kernel is dilated, or smaller than its stride")
    if any(extra > after for extra, (_, after) in zip(more, pads, strict=True)):
        raise NoRuleError("its output is padded by more than is cut off")
    result = c.layer(
        TRANSPOSED[spatial], value.in_order(order), weights, filters=kernel.array.shape[1], kernel_size=size,
        strides=strides, padding="valid", use_bias=bias is not None,
    )  # fmt: skip
    cuts = [(before, after - extra) for (before, after), extra in zip(pads, more, strict=True)]
    if any(any(pair) for pair in cuts):
        inner = [slice(before, -after if after else None) for before, after in cuts]
        result = result[(slice(None), *inner, slice(None))]
    return Value(result, order)


def _depth_to_space(c: Converter, node: Node, value: Value) -> Value:
    """Move channels into space: a transposed convolution with ones in it, which any size goes through."""
    block, order = int(node.attribute("blocksize")), channels_last(4)
    tensor = value.in_order(order)
    inside = int(tensor.shape[-1])
    outside = inside // block**2
    kernel = np.zeros((block, block, outside, inside), np.float32)
    rows, columns, channels = np.meshgrid(range(block), range(block), range(outside), indexing="ij")
    if node.attribute("mode", "DCR") == "CRD":
        source = channels * block**2 + rows * block + columns
    else:
        source = (rows * block + columns) * outside + channels
    kernel[rows, columns, channels, source] = 1
    result = c.layer(
        keras.layers.Conv2DTranspose, tensor, [(kernel, None)], filters=outside, kernel_size=block, strides=block,
        padding="valid", use_bias=False, trainable=False,
    )  # fmt: skip
    return Value(result, order)


RULES: dict[str, Callable[..., Any]] = {"Conv": _conv, "ConvTranspose": _transposed, "DepthToSpace": _depth_to_space}

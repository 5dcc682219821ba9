"""Nodes whose inputs are all known: computed while converting, sizes among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.placements import Origin
from pippin.learn.keras_graph.values import Dim, NoRuleError, Value


def _has_sizes(value: Value | None) -> bool:
    return value is not None and value.array is not None and value.array.dtype == object


def can_fold(node: Node, inputs: Sequence[Value | None]) -> bool:
    """Return whether a node's outputs can be computed while converting: all is known, or all are sizes."""
    if any(one is not None and one.array is None for one in inputs):
        return False
    if not any(map(_has_sizes, inputs)):
        return True
    return node.operator not in ("Range", "Expand", "ConstantOfShape") and (
        node.operator not in ("Slice", "Gather") or _has_sizes(inputs[0])
    )


def fold(node: Node, inputs: Sequence[Value | None], opset: int) -> list[Value]:
    """Return the outputs of a node that depends on nothing but known arrays."""
    if any(map(_has_sizes, inputs)):
        return [_normal(_fold_sizes(node, inputs))]
    names = [f"in{index}" if one is not None else "" for index, one in enumerate(inputs)]
    attributes: dict[str, Any] = {
        key: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for key, value in node.attributes.items()
    }
    made = helper.make_node(node.operator, names, list(node.outputs), **attributes)
    given = {name: one.array for name, one in zip(names, inputs, strict=True) if one is not None}
    ports = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in given.items()
        if array is not None
    ]
    results = [onnx.ValueInfoProto(name=name) for name in node.outputs if name]
    graph = helper.make_graph([made], "fold", ports, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    found: Any = ReferenceEvaluator(model).run(None, given)
    origin = _origin(node, inputs, np.asarray(found[0]))
    return [Value.known(one, origin if index == 0 else None) for index, one in enumerate(found)]


def _origin(node: Node, inputs: Sequence[Value | None], result: np.ndarray) -> Origin | None:
    """Return where a folded array came from, if it is an initializer in another form."""
    first = inputs[0] if inputs else None
    if first is None or first.array is None or first.origin is None:
        return None
    if node.operator == "Identity":
        return first.origin
    if node.operator == "Transpose":
        order = tuple(node.attribute("perm") or reversed(range(first.rank)))
        return first.then(("transpose", order, None))
    if node.operator in ("Reshape", "Squeeze", "Unsqueeze", "Flatten"):
        return first.then(("reshape", first.array.shape, result.shape))
    if node.operator == "Cast" and first.array.dtype == np.float16 and result.dtype == np.float32:
        return first.then(("cast", "float16", "float32"))
    return None


def _normal(array: Any) -> Value:
    """Return sizes as numbers where all are known."""
    array = np.asarray(array, object)
    if not any(isinstance(one, Dim) for one in array.ravel()):
        array = array.astype(np.int64)
    return Value.known(array)


def _fold_sizes(node: Node, inputs: Sequence[Value | None]) -> Any:
    arrays = [one.array if one is not None else None for one in inputs]
    first: Any = arrays[0]
    match node.operator:
        case "Identity" | "Cast":
            return first
        case "Concat":
            return np.concatenate([np.asarray(one, object) for one in arrays if one is not None])
        case "Gather":
            return first[np.asarray(arrays[1], np.int64)]
        case "Unsqueeze" | "Squeeze" | "Reshape":
            if node.operator == "Unsqueeze":
                return np.reshape(first, (1,) * (first.ndim + 1))
            if node.operator == "Squeeze":
                return np.squeeze(first)
            return np.reshape(first, np.asarray(arrays[1], np.int64))
        case "Slice":
            starts, ends = (int(np.ravel(one)[0]) for one in arrays[1:3] if one is not None)
            step = int(np.ravel(arrays[4])[0]) if len(arrays) > 4 and arrays[4] is not None else 1
            return first[slice(starts, None if ends >= len(first) else ends, step)]
        case "Add":
            return first + arrays[1]
        case "Sub":
            return first - arrays[1]
        case "Mul":
            return first * arrays[1]
        case "Div":
            return first // arrays[1]
    raise NoRuleError("sizes that are known only when it runs")

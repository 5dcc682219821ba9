"""An ONNX model as plain values: nodes in order, initializers as arrays, what goes in and what comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pippin.core.errors import PippinError, missing_extra

try:
    import onnx
except ImportError as problem:
    raise missing_extra("onnx", "tensorflow", "Converting a network") from problem
from onnx import helper, numpy_helper

DTYPES = {"float32", "float16", "float64", "int64", "int32", "uint8", "int8", "bool"}


@dataclass(frozen=True)
class Node:
    """One operator of a graph."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    name: str

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, text as `str`."""
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value


@dataclass(frozen=True)
class Port:
    """An input or output of a graph: its name, type and shape, a free dimension being None."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Graph:
    """An ONNX graph; `opset` is the version of its operators, `uses` counts who reads a value."""

    nodes: tuple[Node, ...]
    initializers: Mapping[str, np.ndarray]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    opset: int
    uses: Mapping[str, int] = field(default_factory=dict)

    def consumer(self, value: str) -> Node | None:
        """Return the only node that reads a value; None where there are others, or it is an output."""
        if self.uses[value] != 1:
            return None
        return next((node for node in self.nodes if value in node.inputs), None)


def read_graph(content: bytes, numbers: Mapping[str, np.ndarray] | None = None) -> Graph:
    """Read an ONNX model; `numbers` are those weights, by name, that the model itself says lie elsewhere.

    PippinError where it is no model, or holds graphs within nodes.
    """
    try:
        model = onnx.load_from_string(content)
    except Exception as problem:  # protobuf raises types of its own
        raise PippinError("This is no ONNX model, or its end is missing; export it again.") from problem
    if not model.graph.node:
        raise PippinError("This ONNX model holds no nodes; export it again.")
    arrays = {one.name: _array(one, numbers or {}) for one in model.graph.initializer}
    nodes = tuple(_node(one, index) for index, one in enumerate(model.graph.node))
    outputs = tuple(_port(one) for one in model.graph.output)
    uses = Counter(name for node in nodes for name in node.inputs)
    uses.update(one.name for one in outputs)
    inputs = tuple(_port(one) for one in model.graph.input if one.name not in arrays)
    opset = next((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), 1)
    return Graph(nodes, arrays, inputs, outputs, opset, uses)


def _array(tensor: onnx.TensorProto, numbers: Mapping[str, np.ndarray]) -> np.ndarray:
    if tensor.name in numbers:
        return np.asarray(numbers[tensor.name])
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise PippinError(f"The weights {tensor.name} lie outside the graph; export it with its weights inside.")
    return np.array(numpy_helper.to_array(tensor))


def _node(node: onnx.NodeProto, index: int) -> Node:
    name = node.name or next((one for one in node.output if one), f"node {index}")
    attributes = {}
    for one in node.attribute:
        value = helper.get_attribute_value(one)
        if isinstance(value, onnx.GraphProto):
            raise PippinError(f"The node {name} ({node.op_type}) holds a graph of its own, which cannot be converted.")
        attributes[one.name] = numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value
    return Node(node.op_type, tuple(node.input), tuple(node.output), attributes, name)


def _port(value: onnx.ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    if not tensor.elem_type:  # an output whose type the graph leaves open
        return Port(value.name, "float32", ())
    dtype = np.dtype(helper.tensor_dtype_to_np_dtype(tensor.elem_type)).name
    if dtype not in DTYPES:
        raise PippinError(f"The value {value.name} holds {dtype}, which cannot be converted.")
    shape = tuple(one.dim_value if one.HasField("dim_value") else None for one in tensor.shape.dim)
    return Port(value.name, dtype, shape)

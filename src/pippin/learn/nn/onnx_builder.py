"""Nodes and tensors of an ONNX graph as they gather, and the model they become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pippin.core.errors import missing_extra

try:
    import onnx
except ImportError as problem:
    raise missing_extra("onnx", "train", "Writing a network as ONNX") from problem
from onnx import helper, numpy_helper

OPSET, IR = 18, 10  # read by ONNX Runtime 1.18 and later


class GraphBuilder:
    """Nodes and tensors in the order in which they were added."""

    def __init__(self) -> None:
        self.nodes, self.tensors = list[onnx.NodeProto](), list[onnx.TensorProto]()

    def node(self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output, which has the operator's and a number where none is given."""
        output = output or f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Add a tensor of numbers; return its name."""
        self.tensors.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def numbers(self, values: Sequence[int]) -> str:
        """Add int64 numbers; return the name of their tensor."""
        return self.constant(f"numbers{len(self.tensors)}", np.array(values, np.int64))

    def model(self, name: str, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]) -> bytes:
        """Return the bytes of the model of this graph, unchecked: its tensors may lie elsewhere."""
        return _model(helper.make_graph(self.nodes, name, inputs, outputs, self.tensors)).SerializeToString()


def checked_model(graph: onnx.GraphProto) -> bytes:
    """Check a graph; return the bytes of its model."""
    return checked_bytes(_model(graph))


def checked_bytes(model: onnx.ModelProto) -> bytes:
    """Check a model; return its bytes, which are made once, for they may be many."""
    content: bytes = model.SerializeToString()
    onnx.checker.check_model(content)
    return content


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)

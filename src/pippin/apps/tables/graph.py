"""Models of tables as one ONNX graph: parts that answer, and their weighted mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import missing_extra
from pippin.learn.nn.onnx_builder import IR, OPSET, GraphBuilder, checked_bytes
from pippin.learn.tree_onnx import OPSET_ML, tree_node

try:
    from onnx import TensorProto, helper
except ImportError as problem:
    raise missing_extra("onnx", "train", "Training") from problem

INPUTS = ("columns", "trees")


class Nodes(GraphBuilder):
    """Nodes and weights of a graph; names begin with `prefix`. With `learns` it keeps what works only in training."""

    def __init__(self, prefix: str, *, learns: bool = False) -> None:
        super().__init__()
        self.prefix, self.learns = prefix, learns
        self.origins: dict[str, Any] = {}  # the network's tensors by their names here

    def add(self, operator: str, given: Sequence[str], **attributes: Any) -> str:
        """Add a node with one result; returns the name of that."""
        return self.node(operator, given, f"{self.prefix}.{len(self.nodes)}", **attributes)

    def array(self, values: Any) -> str:
        """Add a constant; returns its name."""
        return self.constant(f"{self.prefix}.w{len(self.tensors)}", values)

    def parameter(self, tensor: Any) -> str:
        """Add a tensor of the network; returns its name."""
        name = self.array(tensor.detach().numpy())
        self.origins[name] = tensor
        return name

    def dropout(self, given: str, share: float) -> str:
        """Add dropout, where the graph is to learn; returns the name of the result."""
        if not self.learns or not share:
            return given
        return self.add("Dropout", [given, self.array(np.float32(share))])

    def trees(self, models: Sequence[Any], given: str) -> str:
        """Add the mean raw output of tree models; returns its name."""
        result = f"{self.prefix}.{len(self.nodes)}"
        self.nodes.append(tree_node(models, given, result))
        return result


class Part(NamedTuple):
    """Something that answers: `output` names probabilities [N,L] or standardised numbers [N,1] among `nodes`.

    `out_of_fold` [N,L] are outputs for the rows learned from, by models that were not fitted on them. `features`
    names what rows are compared by, where there is something of the kind.
    """

    output: str
    nodes: Nodes
    out_of_fold: NDArray[Any]
    features: str = ""


def assemble(parts: Sequence[Part], weights: Sequence[float], widths: dict[str, int], numbers: bool) -> bytes:
    """Return an ONNX model: inputs of `widths`, outputs `logits` [N,L] or `value` [N,1], and `features` [N,C].

    `logits` are logarithms of the parts' mean probabilities. `features` is left out where no part has any.
    """
    end = Nodes("mean")
    pairs = zip(parts, weights, strict=True)
    scaled = [end.add("Mul", [part.output, end.array(np.float32(weight))]) for part, weight in pairs]
    mean = end.add("Sum", scaled)
    if not numbers:
        mean = end.add("Log", [end.add("Max", [mean, end.array(np.float32(1e-9))])])
    results = [("value" if numbers else "logits", mean)]
    results += [("features", part.features) for part in parts if part.features][:1]
    pieces = [*(part.nodes for part in parts), end]
    nodes = [node for piece in pieces for node in piece.nodes]
    nodes += [helper.make_node("Identity", [inner], [name]) for name, inner in results]
    used = [name for name in INPUTS if any(name in node.input for node in nodes)]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", widths[name]]) for name in used]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", None]) for name, _ in results]
    arrays = [array for piece in pieces for array in piece.tensors]
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", OPSET_ML)]
    graph = helper.make_graph(nodes, "tables", inputs, outputs, arrays)
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR)
    return checked_bytes(model)

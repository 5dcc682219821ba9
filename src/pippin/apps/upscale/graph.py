"""The network as ONNX: graphs without numbers, which lie beside them as arrays, so that teaching can change some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pippin.apps.upscale.colours import LUMA
from pippin.apps.upscale.model import SLOPE, Shape
from pippin.core.errors import missing_extra

try:
    import onnx
except ImportError as problem:
    raise missing_extra("onnx", "train", "Writing a network as ONNX") from problem
from onnx import TensorProto, helper, numpy_helper

Array = np.ndarray
OPSET, IR = 18, 10


def network(shape: Shape) -> bytes:
    """A float32 `picture` [1,3,h+2r,w+2r] in 0..1 -> `bicubic` [1,3,s*h,s*w] and `added`, [1,1,...] or [1,3,...]."""
    made = _Nodes(shape)
    last = made.convolution(made.chain(), shape.layers - 1)
    made.node("DepthToSpace", [last], "added", blocksize=shape.scale, mode="CRD")
    cut = shape.radius - 2
    inner = made.node("Slice", ["picture", *map(made.numbers, ([cut, cut], [-cut, -cut], [2, 3]))])
    enlarged = made.node("Conv", [inner, made.constant("cubic", shape.bicubic())], group=3)
    made.node("DepthToSpace", [enlarged], "bicubic", blocksize=shape.scale, mode="CRD")
    return made.finished({"bicubic": 3, "added": shape.channels})


def features(shape: Shape) -> bytes:
    """The same up to what the last convolution sees: `features` [1,width,h+2,w+2]."""
    made = _Nodes(shape)
    made.node("Identity", [made.chain()], "features")
    return made.finished({"features": shape.width})


def filled(graph: bytes, weights: Mapping[str, Array]) -> bytes:
    """A graph with its numbers inside, for other programs."""
    model = onnx.load_from_string(graph)
    for place in [tensor for tensor in model.graph.initializer if tensor.external_data]:
        place.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(weights[place.name], "<f4"), place.name))
    onnx.checker.check_model(model)
    return model.SerializeToString()


class _Nodes:
    """Nodes and numbers as they gather."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.nodes, self.tensors = shape, list[onnx.NodeProto](), list[onnx.TensorProto]()

    def node(self, kind: str, inputs: list[str], output: str = "", **facts: Any) -> str:
        output = output or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **facts))
        return output

    def constant(self, name: str, value: Array) -> str:
        self.tensors.append(numpy_helper.from_array(value, name))
        return name

    def numbers(self, values: list[int]) -> str:
        return self.constant(f"numbers{len(self.tensors)}", np.array(values, np.int64))

    def chain(self) -> str:
        """All convolutions but the last, each followed by the leaky ReLU."""
        last = "picture"
        if self.shape.channels == 1:
            luma = self.constant("luma", LUMA.reshape(1, 3, 1, 1).astype(np.float32))
            last = self.node("Conv", ["picture", luma])
        for number in range(self.shape.layers - 1):
            last = self.node("LeakyRelu", [self.convolution(last, number)], alpha=SLOPE)
        return last

    def convolution(self, given: str, number: int) -> str:
        """One convolution; its numbers lie elsewhere."""
        names = [f"{number}.weight", f"{number}.bias"]
        for name, size in zip(names, self.shape.sizes(number), strict=True):
            tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=size, data_location=TensorProto.EXTERNAL)
            for key, value in (("location", "weights"), ("offset", 0), ("length", 4 * int(np.prod(size)))):
                tensor.external_data.add(key=key, value=str(value))
            self.tensors.append(tensor)
        return self.node("Conv", [given, *names])

    def finished(self, outputs: Mapping[str, int]) -> bytes:
        given = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"])
        made = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, f"{name}_height", f"{name}_width"])
            for name, channels in outputs.items()
        ]
        graph = helper.make_graph(self.nodes, "upscale", [given], made, self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
        content: bytes = model.SerializeToString()
        return content

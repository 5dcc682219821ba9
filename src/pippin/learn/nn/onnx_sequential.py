"""From a plain stack of PyTorch layers to ONNX in milliseconds, where torch's own exporter takes seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pippin.core.errors import PippinError, missing_extra

try:
    import onnx
    import torch
except ImportError as problem:
    raise missing_extra(problem.name or "onnx", "train", "Writing a network as ONNX") from problem
from onnx import helper
from torch import Tensor, nn

from pippin.learn.nn.layers import Residual, Standardise
from pippin.learn.nn.onnx_builder import GraphBuilder, checked_model

Node = tuple[str, list[Tensor], dict[str, Any]]


def stack_to_onnx(layers: nn.Sequential, shape: Sequence[int], given: str, outputs: Mapping[str, str]) -> bytes:
    """Return the bytes of an ONNX model of `layers`, fed with `given`, float32 [batch, *shape].

    `outputs` maps a name to the layer (its name in the stack) whose result goes by it. Knows the layers below;
    PippinError for another: use `to_onnx` of `pippin.learn.nn.onnx_export`, which knows all of PyTorch.
    """
    nodes, weights = stack_nodes(layers, given, outputs)
    graph = helper.make_graph(nodes, "network", [_value(given, shape)], _results(layers, shape, outputs), weights)
    return checked_model(graph)


def stack_nodes(
    layers: nn.Sequential, given: str, outputs: Mapping[str, str]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the nodes and weights of `layers` fed with the value `given`, to be part of a larger graph."""
    made = _Nodes({layer: name for name, layer in outputs.items()})
    for name, layer in layers.named_children():
        given = made.add(name, layer, given)
    return made.nodes, made.tensors


def stack_with_origins(
    layers: nn.Sequential, given: str, outputs: Mapping[str, str]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto], dict[str, Tensor]]:
    """Return nodes and weights as `stack_nodes` does, dropout included, and the tensor each weight was made of."""
    made = _Nodes({layer: name for name, layer in outputs.items()}, learns=True)
    for name, layer in layers.named_children():
        given = made.add(name, layer, given)
    return made.nodes, made.tensors, made.origins


class _Nodes(GraphBuilder):
    """Nodes and weights, layer by layer; `places` names the results of some layers.

    With `learns` the graph keeps what works only in training: dropout.
    """

    def __init__(self, places: Mapping[str, str], *, learns: bool = False) -> None:
        super().__init__()
        self.places, self.learns = places, learns
        self.origins: dict[str, Tensor] = {}

    def add(self, name: str, layer: nn.Module, given: str) -> str:
        """Add one layer, or all within it; returns the name of its result."""
        result = self.places.get(name, f"{name}.out")
        match layer:
            case nn.Sequential():
                for child, inner in layer.named_children():
                    given = self.add(f"{name}.{child}", inner, given)
                self.node("Identity", [given], result)
            case Residual():
                added = self.add(f"{name}.branch", layer.branch, given)
                self.node("Add", [given, added], result)
            case nn.SiLU():
                self.node("Sigmoid", [given], f"{name}.gate")
                self.node("Mul", [given, f"{name}.gate"], result)
            case nn.Dropout() if self.learns and layer.p > 0:
                ratio = self.constant(f"{name}.ratio", np.float32(layer.p))
                self.node("Dropout", [given, ratio], result)
            case Standardise():
                self._single("Sub", f"{name}.centred", [layer.mean], {}, given, f"{name}.centred")
                self._single("Div", name, [layer.spread], {}, f"{name}.centred", result)
            case _:
                operator, tensors, attributes = _node(name, layer)
                self._single(operator, name, tensors, attributes, given, result)
        return result

    def _single(
        self, operator: str, name: str, tensors: list[Tensor], attributes: dict[str, Any], given: str, result: str
    ) -> None:
        names = [self.constant(f"{name}.{number}", one.detach().numpy()) for number, one in enumerate(tensors)]
        self.origins |= dict(zip(names, tensors, strict=True))
        self.node(operator, [given, *names], result, **attributes)


def _node(name: str, layer: nn.Module) -> Node:
    """Return the ONNX operator of one layer, its weights and its attributes (see the operator list of ONNX)."""
    match layer:
        case nn.Conv2d(padding=tuple(), padding_mode="zeros"):
            window = {"kernel_shape": layer.kernel_size, "strides": layer.stride, "dilations": layer.dilation}
            given = {**window, "pads": layer.padding * 2, "group": layer.groups}
            return "Conv", [p for p in (layer.weight, layer.bias) if p is not None], given
        case nn.Linear():
            return "Gemm", [p for p in (layer.weight, layer.bias) if p is not None], {"transB": 1}
        case (
            nn.BatchNorm1d(affine=True, track_running_stats=True)
            | nn.BatchNorm2d(affine=True, track_running_stats=True)
        ):
            assert layer.running_mean is not None
            assert layer.running_var is not None
            tensors = [layer.weight, layer.bias, layer.running_mean, layer.running_var]
            return "BatchNormalization", tensors, {"epsilon": layer.eps}
        case nn.MaxPool2d(padding=0, dilation=1, return_indices=False):
            pair = {"kernel_shape": _pair(layer.kernel_size), "strides": _pair(layer.stride)}
            return "MaxPool", [], {**pair, "ceil_mode": int(layer.ceil_mode)}
        case nn.AvgPool2d(padding=0, ceil_mode=False, divisor_override=None):
            pair = {"kernel_shape": _pair(layer.kernel_size), "strides": _pair(layer.stride)}
            return "AveragePool", [], pair
        case nn.AdaptiveAvgPool2d(output_size=1):
            return "GlobalAveragePool", [], {}
        case nn.Flatten(start_dim=1, end_dim=-1):
            return "Flatten", [], {"axis": 1}
        case nn.ReLU():
            return "Relu", [], {}
        case nn.ReLU6():
            return "Clip", [torch.tensor(0.0), torch.tensor(6.0)], {}
        case nn.Sigmoid():
            return "Sigmoid", [], {}
        case nn.Tanh():
            return "Tanh", [], {}
        case nn.Softmax(dim=1):
            return "Softmax", [], {"axis": 1}
        case nn.Dropout() | nn.Dropout2d() | nn.Identity():
            return "Identity", [], {}
    message = f"The layer {name} ({type(layer).__name__}) is none that a stack can be written with as ONNX"
    raise PippinError(f"{message}; use pippin.learn.nn.onnx_export.to_onnx for this network.", input=name)


def _results(layers: nn.Sequential, shape: Sequence[int], outputs: Mapping[str, str]) -> list[onnx.ValueInfoProto]:
    """Return the outputs with their shapes, which PyTorch itself tells."""
    flowing, shapes = torch.zeros(1, *shape), {}
    training = layers.training
    with torch.no_grad():
        for name, layer in layers.eval().named_children():
            flowing = layer(flowing)
            shapes[name] = tuple(flowing.shape[1:])
    layers.train(training)
    return [_value(name, shapes[layer]) for name, layer in outputs.items()]


def _value(name: str, shape: Sequence[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", *shape])


def _pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)

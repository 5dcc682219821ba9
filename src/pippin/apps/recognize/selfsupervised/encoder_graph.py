"""The encoder as ONNX: what answers, in Pippin and elsewhere, without PyTorch."""

from __future__ import annotations

import torch
from onnx import TensorProto, helper
from torch import nn

from pippin.apps.recognize.scratch.networks import StagedResNet
from pippin.apps.recognize.selfsupervised.points import PointSpace
from pippin.learn.nn.onnx_builder import GraphBuilder, checked_model
from pippin.learn.nn.onnx_sequential import stack_nodes


def encoder_to_onnx(encoder: StagedResNet, side: int, space: PointSpace | None = None) -> bytes:
    """Return a model from `pixels` [N,3,side,side] to `features` [N,D] and, with a `space`, `points` [N,K].

    The features are the mean of the last two stages' maps, one after the other.
    """
    graph, width = GraphBuilder(), 0
    given, last = "pixels", list(encoder.stages)[-2:]
    layers = nn.Sequential()
    layers.add_module("standardise", encoder.standardise)
    for name, stage in encoder.stages.items():
        layers.add_module(name.replace(" ", "_"), stage)
    names = [name.replace(" ", "_") for name in last]
    nodes, weights = stack_nodes(layers.eval(), given, {f"maps_{name}": name for name in names})
    graph.nodes += nodes
    graph.tensors += weights
    pooled = [graph.node("GlobalAveragePool", [f"maps_{name}"], f"pooled_{name}") for name in names]
    joined = graph.node("Concat", pooled, "joined", axis=1)
    graph.node("Flatten", [joined], "features", axis=1)
    width = sum(_channels(encoder.stages[name]) for name in last)
    results = {"features": width}
    if space is not None:
        add_points(graph, space)
        results["points"] = space.axes.shape[1]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size]) for name, size in results.items()]
    inputs = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, side, side])]
    return checked_model(helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.tensors))


def add_points(graph: GraphBuilder, space: PointSpace) -> None:
    """Add the steps of `PointSpace.points` from `features` to `points`."""
    centred = graph.node("Sub", ["features", graph.constant("space_mean", space.mean)], "centred")
    raw = graph.node("MatMul", [centred, graph.constant("space_axes", space.axes)], "on_axes")
    graph.node("LpNormalization", [raw], "points", axis=1, p=2)


def _channels(stage: nn.Module) -> int:
    return next(layer.out_channels for layer in reversed(list(stage.modules())) if isinstance(layer, nn.Conv2d))


@torch.no_grad()
def compute_stage_features(encoder: StagedResNet, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return by stage the mean of its maps [N,C] for images [N,3,side,side] (0 to 1)."""
    x, found = encoder.standardise(pixels), {}
    for name, stage in encoder.stages.items():
        x = stage(x)
        found[name] = x.mean((2, 3))
    return found

"""A PyTorch network as the graph that another framework trains: which weights are learned, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from onnx import TensorProto, helper
from torch import nn

from pippin.learn.nn.onnx_builder import checked_model
from pippin.learn.nn.onnx_sequential import stack_with_origins


@dataclass(frozen=True)
class TrainingGraph:
    """A graph with what is left out in use (dropout); `names` are the network's names of its initializers.

    `trainable` are the initializers that are learned. `loss` names a loss of `learn.keras_graph.losses` as "kind",
    the "output" it is taken of, and its settings.
    """

    onnx: bytes
    names: Mapping[str, str]
    trainable: tuple[str, ...]
    loss: Mapping[str, Any]


def stack_training_graph(
    network: nn.Module, stack: nn.Sequential, shape: tuple[int, ...], loss: Mapping[str, Any]
) -> TrainingGraph:
    """Return the graph of a stack fed with float32 [N, *shape], whose last layer's result the loss is taken of."""
    last = list(dict(stack.named_children()))[-1]
    nodes, weights, origins = stack_with_origins(stack, "given", {loss["output"]: last})
    given = helper.make_tensor_value_info("given", TensorProto.FLOAT, ["N", *shape])
    result = helper.make_tensor_value_info(loss["output"], TensorProto.FLOAT, ["N", None])
    onnx = checked_model(helper.make_graph(nodes, "training", [given], [result], weights))
    return named_graph(network, onnx, origins, loss)


def named_graph(
    network: nn.Module, onnx: bytes, origins: Mapping[str, torch.Tensor], loss: Mapping[str, Any]
) -> TrainingGraph:
    """Return a graph whose initializers are called after the network's tensors that they were made of."""
    own = {id(tensor): name for name, tensor in network.state_dict(keep_vars=True).items()}
    names = {name: own[id(tensor)] for name, tensor in origins.items() if id(tensor) in own}
    learned = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    return TrainingGraph(onnx, names, tuple(name for name, whose in names.items() if whose in learned), loss)

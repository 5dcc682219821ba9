"""Small convolutional networks side by side, each of which leaves out one part of the images."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from pippin.core.errors import missing_extra

try:
    from onnx import NodeProto, TensorProto, helper
    from torch import Tensor, nn
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem

from pippin.learn.nn.layers import Residual, Standardise, convolution
from pippin.learn.nn.onnx_builder import checked_model
from pippin.learn.nn.onnx_sequential import stack_nodes

WIDTH = 16  # channels of the first layer
DROPOUT = 0.3
LARGE = 40  # pixels a side from which the first layer takes steps of two


class SmallNetwork(nn.Module):
    """Convolutions whose last maps are averaged, and a linear layer: float32 [N,3,side,side] from 0 to 1 to logits."""

    def __init__(self, labels: int, side: int, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        width, stride = WIDTH, 2 if side >= LARGE else 1

        def stage(inside: int, outside: int) -> nn.Sequential:
            return nn.Sequential(nn.MaxPool2d(2), convolution(inside, outside), Residual(convolution(outside, outside)))

        stem = nn.Sequential(convolution(3, width, 3, stride), Residual(convolution(width, width)))
        self.standardise = Standardise(mean, spread)
        self.body = nn.Sequential(stem, stage(width, 2 * width), stage(2 * width, 4 * width))
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(4 * width, labels)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Return logits [N,labels]."""
        pooled = self.body(self.standardise(x_NCHW)).mean((2, 3))
        logits: Tensor = self.head(self.dropout(pooled))
        return logits


class Ensemble(nn.Module):
    """`count` networks; `folds` say which images each of them never learns from."""

    def __init__(self, count: int, labels: int, side: int, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.networks = nn.ModuleList(SmallNetwork(labels, side, mean, spread) for _ in range(count))

    def members(self) -> list[SmallNetwork]:
        """Return the networks."""
        return [member for member in self.networks if isinstance(member, SmallNetwork)]

    def logits(self, x_NCHW: Tensor, folds: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return of each network which images [N] are not of its fold, and its logits of those."""
        kept = [folds != number for number in range(len(self.networks))]
        return [(keep, member(x_NCHW[keep])) for keep, member in zip(kept, self.networks, strict=True) if keep.any()]


def bodies_to_onnx(members: Sequence[SmallNetwork], side: int) -> bytes:
    """Return a model from `pixels` [N,3,side,side] to `maps` [N,C,h,w] of all networks and their means `pooled` [N,C].

    The channels of the networks follow one another.
    """
    nodes, weights = list[NodeProto](), list[TensorProto]()
    for number, member in enumerate(members):
        parts = OrderedDict({f"scale{number}": member.standardise, f"body{number}": member.body})
        own, arrays = stack_nodes(nn.Sequential(parts).eval(), "pixels", {f"maps{number}": f"body{number}"})
        nodes, weights = nodes + own, weights + arrays
    channels = sum(member.head.in_features for member in members)
    nodes += [
        helper.make_node("Concat", [f"maps{number}" for number in range(len(members))], ["maps"], axis=1),
        helper.make_node("GlobalAveragePool", ["maps"], ["means"]),
        helper.make_node("Flatten", ["means"], ["pooled"], axis=1),
    ]
    given = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, side, side])
    results = [
        helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["N", channels, "h", "w"]),
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["N", channels]),
    ]
    return checked_model(helper.make_graph(nodes, "networks", [given], results, weights))

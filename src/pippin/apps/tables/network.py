"""The networks for tables: several members trained side by side, each without one fold, answering by their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.tables.graph import Nodes, Part
from pippin.learn.ensemble_weights import loss as loss_of
from pippin.learn.folds import Answers
from pippin.learn.nn.batches import in_memory
from pippin.learn.nn.early_stopping import BestWeights
from pippin.learn.nn.onnx_builder import checked_model
from pippin.learn.nn.training_graph import TrainingGraph, named_graph
from pippin.learn.nn.training_loop import TrainingConfig, train

if TYPE_CHECKING:
    from pippin.core.run import Run
    from pippin.learn.targets import Target

STEPS = 1000  # taken where there is no budget, as far as the passes over the data stay within:
PASSES = 8.0, 120.0
SMOOTHING = 0.05
BINS = 12
ROWS_PER_BIN = 4  # of labels: with fewer, bins of many columns (pixels) would be learned by heart
HELD_OUT_ROWS = 2000  # by which the weights to keep are chosen


@dataclass(frozen=True)
class Shape:
    """Size of a network: `kind` is residual or plain, `members` the networks whose mean answers."""

    kind: str = "residual"
    width: int = 64
    blocks: int = 1
    members: int = 4


class Bins(nn.Module):
    """Append a piecewise-linear encoding of the rank columns (Gorishniy et al. 2022, "On Embeddings", section 3.2).

    A rank in [-1, 1] is split into `bins` equal parts, each giving how far the rank reaches into it (0 to 1).
    """

    def __init__(self, ranks: Sequence[int], bins: int) -> None:
        super().__init__()
        self.ranks, self.bins = list(ranks), bins

    def forward(self, x_ND: Tensor) -> Tensor:
        """Map [N,D] to [N,D + ranks * bins]."""
        if not self.ranks:
            return x_ND
        reach = (x_ND[:, self.ranks, None] + 1) * (self.bins / 2) - torch.arange(self.bins)
        return torch.cat([x_ND, reach.clamp(0, 1).flatten(1)], dim=1)

    def write(self, nodes: Nodes, given: str) -> str:
        """Add the same steps to an ONNX graph; returns the name of the result."""
        if not self.ranks:
            return given
        picked = nodes.add("Gather", [given, nodes.array(np.array(self.ranks))], axis=1)
        wide = nodes.add("Unsqueeze", [picked, nodes.array(np.array([2]))])
        scaled = nodes.add("Mul", [wide, nodes.array(np.float32(self.bins / 2))])
        starts = np.arange(self.bins, dtype=np.float32) - np.float32(self.bins / 2)
        reach = nodes.add("Sub", [scaled, nodes.array(starts)])
        bounded = nodes.add("Clip", [reach, nodes.array(np.float32(0)), nodes.array(np.float32(1))])
        flat = nodes.add("Reshape", [bounded, nodes.array(np.array([0, -1]))])
        return nodes.add("Concat", [given, flat], axis=1)


class Linear(nn.Module):
    """A linear layer for each member: [K,N,in] (or [N,in] for all alike) to [K,N,out]."""

    def __init__(self, members: int, inside: int, outside: int) -> None:
        super().__init__()
        bound = inside**-0.5
        self.weight = nn.Parameter(torch.empty(members, inside, outside).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, outside).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """Apply each member's own weights."""
        return x @ self.weight + self.bias

    def write(self, nodes: Nodes, given: str) -> str:
        """Add the same steps to an ONNX graph; returns the name of the result."""
        product = nodes.add("MatMul", [given, nodes.parameter(self.weight)])
        return nodes.add("Add", [product, nodes.parameter(self.bias)])


class Block(nn.Module):
    """Two layers for each member, twice as wide in between: [K,N,width] to the same."""

    def __init__(self, members: int, width: int) -> None:
        super().__init__()
        self.first, self.last = Linear(members, width, 2 * width), Linear(members, 2 * width, width)

    def forward(self, x: Tensor, drop: nn.Module) -> Tensor:
        """Apply both, `drop` in between."""
        return self.last(drop(F.relu(self.first(x))))

    def write(self, nodes: Nodes, given: str, drop: float) -> str:
        """Add the same steps to an ONNX graph; returns the name of the result."""
        inner = nodes.add("Relu", [self.first.write(nodes, given)])
        return self.last.write(nodes, nodes.dropout(inner, drop))


class Network(nn.Module):
    """ResNet for tables (Gorishniy et al. 2021, section 3.2) with layer normalisation, or two plain layers."""

    def __init__(self, columns: int, ranks: Sequence[int], outputs: int, shape: Shape) -> None:
        super().__init__()
        regular = shape.kind == "residual"
        self.bins = Bins(ranks if regular else (), BINS)
        k, width = shape.members, shape.width
        self.drop_in, self.drop, self.drop_out = (nn.Dropout(p if regular else 0.0) for p in (0.05, 0.25, 0.1))
        self.stem = Linear(k, columns + len(self.bins.ranks) * BINS, width)
        self.blocks = nn.ModuleList(Block(k, width) for _ in range(shape.blocks if regular else 0))
        self.second = None if regular else Linear(k, width, width)
        self.head = Linear(k, width, outputs)

    def features(self, x_ND: Tensor) -> Tensor:
        """Return the features of each member [K,N,width]."""
        x = self.stem(self.drop_in(self.bins(x_ND)))
        if self.second is not None:
            return F.relu(self.second(F.relu(x)))
        for block in self.blocks:
            x = x + self.drop_out(block(_standard(x), self.drop))
        return F.relu(_standard(x))

    def forward(self, x_ND: Tensor) -> Tensor:
        """Return logits or standardised numbers [K,N,outputs]."""
        return self.head(self.features(x_ND))

    def write(self, nodes: Nodes, given: str) -> tuple[str, str]:
        """Add the network to an ONNX graph; returns the names of features and outputs, both with members first."""
        width = self.head.weight.shape[1]
        x = self.stem.write(nodes, nodes.dropout(self.bins.write(nodes, given), self.drop_in.p))
        if self.second is not None:
            looks = nodes.add("Relu", [self.second.write(nodes, nodes.add("Relu", [x]))])
        else:
            for block in self.blocks:
                assert isinstance(block, Block)
                change = block.write(nodes, _write_standard(nodes, x, width), self.drop.p)
                x = nodes.add("Add", [x, nodes.dropout(change, self.drop_out.p)])
            looks = nodes.add("Relu", [_write_standard(nodes, x, width)])
        return looks, self.head.write(nodes, looks)


def fit(rows: NDArray[np.float32], ranks: Sequence[int], answers: Answers, run: Run, shape: Shape) -> Part:
    """Train on encoded rows [N,D] and their targets; `ranks` are the columns that hold ranks.

    Member k never learns from fold k; its outputs there are `out_of_fold`.
    """
    truth, target = answers.truth, answers.target
    torch.manual_seed(run.seed)
    enough = target.is_number or len(rows) >= ROWS_PER_BIN * BINS * len(ranks)
    network = Network(rows.shape[1], ranks if enough else (), target.width, shape)
    decay = 0.05 if shape.kind == "residual" else 0.0
    batch = max(2, min(128, len(rows) // 8))
    epochs = min(PASSES[1], max(PASSES[0], STEPS * batch / len(rows)))
    folds = torch.from_numpy(answers.folds)
    inputs = torch.from_numpy(np.ascontiguousarray(rows))
    data = in_memory(inputs, torch.from_numpy(truth), folds)
    settings = TrainingConfig(batch, 2e-3, decay, epochs)
    twin = partial(_training_graph, network, rows.shape[1], target, shape)
    if shape.kind == "residual":
        few = slice(HELD_OUT_ROWS)
        best = BestWeights(network, _held_out_loss(inputs[few], truth[few], folds[few], target), run)
        train(network, _loss(target, shape), data, run, settings, best.watch, twin=twin)
        run.log(best_step=best.restore())
    else:
        train(network, _loss(target, shape), data, run, settings, twin=twin)
    return _part(network, inputs, target, folds)


def _training_graph(network: Network, columns: int, target: Target, shape: Shape) -> TrainingGraph:
    """Return the network as a graph that another framework trains, its outputs [K,N,outputs]."""
    nodes = Nodes("network", learns=True)
    _, answers = network.write(nodes, "columns")
    nodes.add("Identity", [answers])
    given = helper.make_tensor_value_info("columns", TensorProto.FLOAT, ["N", columns])
    result = helper.make_tensor_value_info(nodes.nodes[-1].output[0], TensorProto.FLOAT, [shape.members, "N", None])
    onnx = checked_model(helper.make_graph(nodes.nodes, "training", [given], [result], nodes.tensors))
    loss = {"kind": "members", "output": result.name, "numbers": target.is_number}
    return named_graph(network, onnx, nodes.origins, {**loss, "smoothing": _smoothing(target, shape)})


def _smoothing(target: Target, shape: Shape) -> float:
    return SMOOTHING if shape.kind == "residual" and not target.is_number else 0.0


def _loss(target: Target, shape: Shape) -> Any:
    smoothing = _smoothing(target, shape)

    def loss(network: nn.Module, given: Tensor, right: Tensor, fold: Tensor) -> Tensor:
        outputs = network(given)
        members = len(outputs)
        counted = (fold[None] != torch.arange(members, device=fold.device)[:, None]).float()
        if target.is_number:
            errors = (outputs[..., 0] - right) ** 2
        else:
            repeated = right.expand(members, -1).flatten()
            errors = F.cross_entropy(outputs.flatten(0, 1), repeated, reduction="none", label_smoothing=smoothing)
        return (errors.reshape(members, -1) * counted).sum() / counted.sum().clamp(min=1)

    return loss


def _held_out_loss(inputs: Tensor, truth: NDArray[Any], folds: Tensor, target: Target) -> Any:
    return lambda network: loss_of(_out_of_fold(network, inputs, folds, target).numpy(), truth, target)


@torch.no_grad()
def _out_of_fold(network: nn.Module, inputs: Tensor, folds: Tensor, target: Target) -> Tensor:
    """Return each row's probabilities [N,L] or number [N,1] by the member that did not learn from it."""
    outputs = torch.cat([network(piece) for piece in torch.split(inputs, 4096)], dim=1)
    apart = outputs[folds, torch.arange(len(folds))]
    return apart if target.is_number else apart.softmax(dim=1)


def _part(network: Network, inputs: Tensor, target: Target, folds: Tensor) -> Part:
    """Return the network as part of a graph, with each row's output by the member that did not learn from it."""
    apart = _out_of_fold(network, inputs, folds, target)
    nodes = Nodes("network")
    looks, answers = network.write(nodes, "columns")
    shares = answers if target.is_number else nodes.add("Softmax", [answers], axis=2)
    mean = nodes.add("ReduceMean", [shares, nodes.array(np.array([0]))], keepdims=0)
    turned = nodes.add("Transpose", [looks], perm=[1, 0, 2])
    features = nodes.add("Reshape", [turned, nodes.array(np.array([0, -1]))])
    return Part(mean, nodes, apart.numpy(), features)


def _standard(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])


def _write_standard(nodes: Nodes, given: str, width: int) -> str:
    ones = nodes.array(np.ones(width, np.float32))
    return nodes.add("LayerNormalization", [given, ones], axis=-1, epsilon=1e-5)
